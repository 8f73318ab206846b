"""Tokens made to deceive: each is Rejected with `token_invalid`, and nothing else comes out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.token_attacks import TokenAttacks
from tests.forge import Forge, segment
from tests.unit.guard.issuer import (
    APPID,
    AUDIENCE,
    EC,
    ED,
    ED_NEXT,
    NOW,
    RSA,
    SID,
    TTL,
    USER,
    FakeIssuer,
    SigningKey,
    said,
)
from wxlogin.guard import Guard, Rejected

HEADER = ED.header
ISSUED = FakeIssuer([ED, EC, RSA])
GUARD = ISSUED.guard()


def code_of(token: Any, guard: Guard = GUARD) -> str:
    """Answer the code of the refusal."""
    with pytest.raises(Rejected) as refusal:
        guard.check(token)
    assert str(token) not in str(refusal.value) or not token
    return refusal.value.code


class TestGuard(TokenAttacks):
    @pytest.fixture
    def forge(self) -> Forge:
        return Forge(ED, EC, RSA, ED_NEXT, said())

    async def judged(self, token):
        try:
            GUARD.check(token)
        except Rejected as refusal:
            code = refusal.code
        else:
            return None
        with pytest.raises(Rejected, match=code):
            await GUARD.acheck(token)
        return code


@pytest.mark.parametrize("key", [ED, EC, RSA], ids=lambda key: key.alg)
async def test_a_good_token_is_read_whole(key: SigningKey):
    """What the attacks start from is accepted, from thread and loop, with all it says."""
    token = key.token(scope="a")
    claims = GUARD.check(token)

    assert claims == await GUARD.acheck(token)
    assert (claims.sub, claims.sid, claims.client_id, claims.jti) == (USER, SID, APPID, "j1")
    assert claims.issued_at.timestamp() == NOW
    assert claims.expires_at.timestamp() == NOW + TTL
    assert claims.raw == said(scope="a")


@pytest.mark.parametrize("typ", ["AT+JWT", "application/at+jwt", "Application/At+Jwt"])
def test_the_type_may_be_written_in_any_case_and_in_full(typ: str):
    """RFC 9068 lets the type be a media type, and those know no case."""
    assert GUARD.check(ED.token({**HEADER, "typ": typ})).sub == USER


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_missing(token):
    """Where there is none the code says so."""
    assert code_of(token) == "token_missing"


@pytest.mark.parametrize(
    "change", [{"aud": ["x", AUDIENCE]}, {"scope": "a"}, {"nbf": 1}, {"iat": NOW + 59}], ids=str
)
def test_what_the_standard_allows_beyond_is_accepted(change: dict[str, Any]):
    """Several audiences, further claims, a past nbf and a clock a little ahead do no harm."""
    assert GUARD.check(ED.token(**change)).sub == USER


def test_an_unknown_header_member_is_passed_over():
    """RFC 7515 wants what is not understood ignored: a later wxlogin may say more."""
    assert GUARD.check(ED.token({**HEADER, "ver": "2"})).sub == USER


def test_a_token_is_dead_at_its_end():
    """To the second, without leeway, whether it was seen before or not."""
    issuer = FakeIssuer()
    seen, unseen = ED.token(jti="seen"), ED.token(jti="unseen")
    guard = issuer.guard()
    guard.check(seen)

    issuer.clock.now = NOW + TTL - 0.001
    assert guard.check(seen).jti == "seen"
    issuer.clock.now = NOW + TTL
    assert (code_of(seen, guard), code_of(seen, guard)) == ("token_expired", "token_expired")
    assert code_of(unseen, guard) == "token_expired"


def test_a_token_beyond_four_kilobytes_is_not_even_read():
    """Length is looked at first: a well-signed but endless token is refused, and costs no look."""
    issuer = FakeIssuer([ED])
    guard = issuer.guard()
    room = 4096 - len(ED.token(fill=""))

    just = ED.token(fill="x" * (room * 3 // 4 - 4))
    assert 4080 < len(just) <= 4096
    assert guard.check(just).sub == USER
    assert code_of(ED.token(fill="x" * room), guard) == "token_invalid"


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.text() | st.binary() | _ODD)
def test_anything_is_rejected(token: Any):
    """Whatever is shown in place of a token, the answer is Rejected."""
    assert code_of(token) in {"token_invalid", "token_missing"}


@given(st.lists(st.binary(max_size=60).map(segment), min_size=3, max_size=3))
def test_any_three_segments_are_invalid(parts: list[str]):
    """Well-formed segments of anything are invalid."""
    assert code_of(".".join(parts)) == "token_invalid"


@given(st.dictionaries(st.sampled_from([*HEADER, "crit", "jwk", "b64", "x5c"]), _ODD, min_size=1))
def test_any_header_is_read_without_harm(change: dict[str, Any]):
    """Odd members in a header that is truly signed lead to nothing but a refusal."""
    assert code_of(ED.token({**HEADER, **change})) == "token_invalid"


@given(st.dictionaries(st.sampled_from([*said(), "nbf", "scope"]), _ODD))
def test_any_claims_are_read_without_harm(change: dict[str, Any]):
    """Odd claims in a token that is truly signed are refused, or harmless."""
    try:
        claims = GUARD.check(ED.token(payload={**said(), **change}))
    except Rejected:
        return
    assert isinstance(claims.sub, str)
    assert claims.expires_at.timestamp() > NOW
