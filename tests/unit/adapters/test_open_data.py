"""Open data: the published vector both ways, and nothing but None for all that is not it."""

import os
from base64 import b64decode, b64encode
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from tests.open_data import IV, VECTOR, VECTOR_IV, VECTOR_KEY, VECTOR_SHA1, encrypted
from wxlogin.adapters.wechat.open_data import OpenData

READ = OpenData().read
KEY = b64encode(b"k" * 16).decode()
GOOD = encrypted(KEY, b'{"a":1}')


def test_the_published_vector_is_read():
    """Every field of it, and the appid of its watermark."""
    told = READ(VECTOR_KEY, b64decode(VECTOR), b64decode(VECTOR_IV))

    assert told is not None
    assert ("Band", "oGZUI0egBJY1zhBYw2KhdUfwVJJE") == (told["nickName"], told["openId"])
    assert {"timestamp": 1477314187, "appid": "wx4f4bc4dec97d474b"} == told["watermark"]


def test_the_published_vector_is_written_too():
    """The tests' own encryption makes the published bytes of the published plaintext."""
    decryptor = Cipher(AES128(b64decode(VECTOR_KEY)), CBC(b64decode(VECTOR_IV))).decryptor()
    plain = (decryptor.update(b64decode(VECTOR)) + decryptor.finalize())[:-7]

    assert VECTOR_SHA1 == sha1(plain).hexdigest()
    assert b64decode(VECTOR) == encrypted(VECTOR_KEY, plain, b64decode(VECTOR_IV))


def test_what_is_not_whole_is_nothing():
    """Bad padding, a half block, nothing, no object, no JSON, no key, no iv."""
    assert {"a": 1} == READ(KEY, GOOD, IV)
    for padding in (b"\0" * 9, b"\x09" * 8 + b"\x08", b"\x11" * 9, b"\x01" * 8 + b"\x09", b"a" * 9):
        assert None is READ(KEY, encrypted(KEY, b'{"a":1}', padding=padding), IV)
    for plain in (b"", b"[1]", b"1", b"null", b"{", b"\xff\xfe", b'{"a":"\xff"}', b"[" * 9000):
        assert None is READ(KEY, encrypted(KEY, plain), IV)
    for odd in (b"", GOOD[:-1], GOOD + b"x"):
        assert None is READ(KEY, odd, IV)
    for key in ("", "no base64!", b64encode(b"k" * 15).decode(), "鑰" * 8):
        assert None is READ(key, GOOD, IV)
    for iv in (b"", b"short", IV * 2):
        assert None is READ(KEY, GOOD, iv)


def test_a_wrong_key_is_nothing_even_where_its_padding_happens_to_be_good():
    """One key in 256 ends in good padding; what is before it is no object."""
    keys = [b64encode(os.urandom(16)).decode() for _ in range(2000)]

    assert {None} == {READ(key, GOOD, IV) for key in keys}


@given(st.binary(max_size=80), st.binary(max_size=20), st.text(max_size=30))
def test_nothing_makes_it_fail(content: bytes, iv: bytes, key: str):
    """Whatever is sent, the answer is an object or nothing."""
    for each in (key, KEY):
        assert isinstance(READ(each, content, iv), dict | None)
