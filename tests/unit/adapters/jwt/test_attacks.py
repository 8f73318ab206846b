"""Tokens made to deceive: each is TokenInvalid, and nothing else ever comes out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.token_attacks import TokenAttacks
from tests.contracts.tokens import CLAIMS, NOW
from tests.forge import Forge, SigningKey, segment
from tests.unit.adapters.jwt.ring import AUDIENCE, ISSUER, PAIRS, Bench, kept
from wxlogin.adapters.jwt import JwtSigner
from wxlogin.domain.errors import TokenExpired, TokenInvalid
from wxlogin.domain.signing_key import Stage

PAYLOAD = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": CLAIMS.user_id,
    "client_id": CLAIMS.appid,
    "sid": CLAIMS.sid,
    "jti": CLAIMS.token_id,
    "iat": int(NOW.timestamp()),
    "exp": int(CLAIMS.expires_at.timestamp()),
}
PUBLISHED = {
    Stage.CURRENT: PAIRS["EdDSA"][0], Stage.NEXT: PAIRS["ES256"][0],
    Stage.PREVIOUS: PAIRS["RS256"][0],
}  # fmt: skip
FORGE = Forge(*map(SigningKey.of, [*PUBLISHED.values(), PAIRS["EdDSA"][1]]), PAYLOAD)
HEADER = FORGE.eddsa.header


def _signer() -> JwtSigner:
    return Bench.with_keys(*(kept(pair, stage) for stage, pair in PUBLISHED.items())).signer


SIGNER = _signer()


async def judged(token: str) -> str | None:
    """Answer the code of the refusal, None for a good token."""
    try:
        await SIGNER.verify(token, NOW)
    except (TokenInvalid, TokenExpired) as refusal:
        return refusal.code
    return None


class TestSigner(TokenAttacks):
    @pytest.fixture
    def forge(self) -> Forge:
        return FORGE

    async def judged(self, token):
        return await judged(token)


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"])
async def test_the_type_may_be_written_in_any_case_and_in_full(typ: str):
    """RFC 9068 lets the type be a media type, and those know no case."""
    assert await _signer().verify(FORGE.headed(typ=typ), NOW) == CLAIMS


async def test_a_header_member_we_do_not_write_is_refused():
    """A header that says more than ours is refused, though our own key signed it."""
    assert await judged(FORGE.headed(anything=1)) == "token_invalid"


@pytest.mark.parametrize("change", [{"aud": ["x", AUDIENCE]}, {"scope": "a"}, {"nbf": 1}], ids=str)
async def test_what_the_standard_allows_beyond_our_own_is_accepted(change: dict[str, Any]):
    """Several audiences with ours among them, further claims and a past nbf do no harm."""
    assert await _signer().verify(FORGE.saying(**change), NOW) == CLAIMS


async def test_a_token_beyond_four_kilobytes_is_not_even_read():
    """Length is looked at first: a well-signed but endless token is refused."""
    signer = _signer()
    fill = 4096 - len(FORGE.saying(fill=""))

    just = FORGE.saying(fill="x" * (fill * 3 // 4 - 4))
    assert 4080 < len(just) <= 4096
    assert await signer.verify(just, NOW) == CLAIMS
    with pytest.raises(TokenInvalid):
        await signer.verify(FORGE.saying(fill="x" * fill), NOW)
    assert len(signer._good) == 1


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.text())
async def test_any_text_is_invalid(text: str):
    """Whatever text is shown, the answer is TokenInvalid."""
    with pytest.raises(TokenInvalid):
        await _signer().verify(text, NOW)


@given(st.lists(st.binary(max_size=60).map(segment), min_size=3, max_size=3))
async def test_any_three_segments_are_invalid(parts: list[str]):
    """Well-formed segments of anything are invalid."""
    with pytest.raises(TokenInvalid):
        await _signer().verify(".".join(parts), NOW)


@given(st.dictionaries(st.sampled_from([*HEADER, "crit", "jwk", "b64", "x"]), _ODD))
async def test_any_header_is_read_without_harm(change: dict[str, Any]):
    """Odd members in a header that is truly signed lead to nothing but TokenInvalid."""
    if all(HEADER.get(name) == value for name, value in change.items()):
        change = {"x": 1}
    with pytest.raises(TokenInvalid):
        await _signer().verify(FORGE.headed(**change), NOW)


@given(st.dictionaries(st.sampled_from([*PAYLOAD, "nbf", "scope"]), _ODD))
async def test_any_claims_are_read_without_harm(change: dict[str, Any]):
    """Odd claims in a token that is truly signed are refused, or harmless."""
    try:
        claims = await _signer().verify(FORGE.saying(**change), NOW)
    except (TokenInvalid, TokenExpired):
        return
    assert isinstance(claims.user_id, str)
    assert claims.expires_at > NOW
