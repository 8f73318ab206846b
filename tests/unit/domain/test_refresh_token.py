"""Refresh tokens are derived, and nothing but the key derives them."""

import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from wxlogin.domain import refresh_token
from wxlogin.domain.refresh_token import PREFIX, MacKeys, RefreshClaim

OLD, NEW = b"old!", b"new!"
KEYS = MacKeys(NEW, {NEW: b"n" * 32, OLD: b"o" * 32})


@frozen
class Held:
    sid: str
    counter: int


holders = st.builds(Held, st.uuids().map(str), st.integers(0, 2**32 - 1))


@given(holders)
def test_a_token_says_what_it_was_derived_from(held):
    """Writing and reading are inverse for every session and count."""
    token = refresh_token.write(held, KEYS)

    assert RefreshClaim(held.sid, held.counter) == refresh_token.read(token, KEYS)
    assert token == refresh_token.write(held, KEYS)


@given(holders, st.integers(0, 55), st.integers(1, 255))
def test_any_changed_byte_is_noticed(held, place, change):
    """No byte of a token can be changed, not the key id, session, count or MAC."""
    token = refresh_token.write(held, KEYS)
    raw = bytearray(urlsafe_b64decode(token[len(PREFIX) :] + "="))
    raw[place] ^= change
    forged = PREFIX + urlsafe_b64encode(raw).rstrip(b"=").decode()

    assert refresh_token.read(forged, KEYS) is None


@given(st.text(max_size=200))
def test_rubbish_is_not_ours(text):
    """Whatever a client sends, reading answers None and never fails."""
    assert refresh_token.read(text, KEYS) is None
    assert refresh_token.read(PREFIX + text, KEYS) is None


@given(holders, st.sampled_from("!\x00é =/+\n"))
def test_other_spellings_of_a_token_are_refused(held, sign):
    """A lenient base64 reader would take signs outside the alphabet; one token has one spelling."""
    token = refresh_token.write(held, KEYS)

    assert refresh_token.read(token[:30] + sign + token[30:-1], KEYS) is None
    assert refresh_token.read(token[:30] + sign + token[31:], KEYS) is None


def test_only_one_spelling_of_the_last_sign_counts():
    """The last sign has two unused bits; tokens that differ in them are not both good."""
    token = refresh_token.write(Held(str(uuid.UUID(int=7)), 1), KEYS)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spellings = [s for s in alphabet if refresh_token.read(token[:-1] + s, KEYS)]

    assert [token[-1]] == spellings


@pytest.mark.parametrize(("known", "good"), [((OLD, NEW), True), ((NEW,), False)])
def test_a_token_of_an_older_key_counts_while_that_key_is_known(known, good):
    """Rotating the master key refuses no good token until the old key is dropped."""
    token = refresh_token.write(Held(str(uuid.UUID(int=9)), 3), MacKeys(OLD, KEYS.keys))
    keys = MacKeys(NEW, {key: KEYS.keys[key] for key in known})

    assert good == (refresh_token.read(token, keys) is not None)


def test_a_key_is_never_shown():
    """The keys are in no repr."""
    assert "nnnn" not in repr(KEYS)
