"""Tokens made to deceive: each is TokenInvalid, and nothing else ever comes out."""

import hmac
import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.tokens import CLAIMS, NOW
from tests.unit.adapters.jwt.ring import AUDIENCE, ISSUER, PAIRS, Bench, kept
from wxlogin.adapters.jwt import JwtSigner
from wxlogin.domain.errors import TokenExpired, TokenInvalid
from wxlogin.domain.signing_key import Stage

PAIR = PAIRS["EdDSA"][0]
RSA = PAIRS["RS256"][0]
HEADER = {"alg": "EdDSA", "kid": PAIR.kid, "typ": "at+jwt"}
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


def _segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _token(header: Any = HEADER, payload: Any = PAYLOAD) -> str:
    """Answer a token over anything, truly signed by our own Ed25519 key."""
    message = f"{_segment(header)}.{_segment(payload)}"
    private = load_der_private_key(PAIR.private, password=None)
    return f"{message}.{_segment(private.sign(message.encode()))}"


def _signer() -> JwtSigner:
    return Bench.with_keys(kept(PAIR, Stage.CURRENT), kept(RSA, Stage.NEXT)).signer


async def test_the_forge_of_these_tests_makes_good_tokens():
    """What the attacks below start from is accepted, so that each is refused for its own sake."""
    assert await _signer().verify(_token(), NOW) == CLAIMS


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"])
async def test_the_type_may_be_written_in_any_case_and_in_full(typ: str):
    """RFC 9068 lets the type be a media type, and those know no case."""
    assert await _signer().verify(_token({**HEADER, "typ": typ}), NOW) == CLAIMS


@pytest.mark.parametrize(
    "change",
    [
        {"typ": "JWT"},
        {"typ": "logout+jwt"},
        {"typ": "at+jwt "},
        {"typ": None},
        {"typ": ["at+jwt"]},
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "HS256"},
        {"alg": "ES256"},
        {"alg": "RS256"},
        {"alg": ""},
        {"alg": None},
        {"alg": ["EdDSA"]},
        {"kid": ""},
        {"kid": None},
        {"kid": 7},
        {"kid": [PAIR.kid]},
        {"kid": {"kid": PAIR.kid}},
        {"kid": RSA.kid},
        {"kid": PAIR.kid + "\0"},
        {"kid": "../../../../dev/null"},
        {"kid": "' OR '1'='1' --"},
        {"kid": "k" * 3000},
        {"kid": "登" * 43},
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"b64": True},
        {"jwk": json.loads(PAIR.public_jwk)},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"x5t": "x"},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"anything": 1},
    ],
    ids=str,
)
async def test_a_header_we_do_not_write_is_refused(change: dict[str, Any]):
    """A header that is not exactly ours is refused, though our own key signed it."""
    with pytest.raises(TokenInvalid):
        await _signer().verify(_token({**HEADER, **change}), NOW)


@pytest.mark.parametrize("member", HEADER)
async def test_no_part_of_the_header_may_be_missing(member: str):
    """A header without key, type or algorithm is refused."""
    header = {name: value for name, value in HEADER.items() if name != member}

    with pytest.raises(TokenInvalid):
        await _signer().verify(_token(header), NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://login.example.com/"},
        {"iss": [ISSUER]},
        {"iss": None},
        {"aud": "other"},
        {"aud": []},
        {"aud": ["other"]},
        {"aud": {AUDIENCE: 1}},
        {"aud": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": None},
        {"sid": ["x"]},
        {"client_id": {}},
        {"jti": True},
        {"exp": str(PAYLOAD["exp"])},
        {"exp": True},
        {"exp": None},
        {"exp": PAYLOAD["exp"] + 0.5},
        {"exp": 10**30},
        {"exp": -1},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"iat": -(10**30)},
        {"iat": PAYLOAD["iat"] + 61},
        {"nbf": PAYLOAD["iat"] + 61},
        {"nbf": "now"},
    ],
    ids=str,
)
async def test_claims_of_another_shape_are_refused(change: dict[str, Any]):
    """A claim with a wrong value or type makes a token invalid, though our own key signed it."""
    with pytest.raises(TokenInvalid):
        await _signer().verify(_token(payload={**PAYLOAD, **change}), NOW)


@pytest.mark.parametrize("claim", PAYLOAD)
async def test_no_claim_may_be_missing(claim: str):
    """A token that lacks a claim of ours is refused."""
    payload = {name: value for name, value in PAYLOAD.items() if name != claim}

    with pytest.raises(TokenInvalid):
        await _signer().verify(_token(payload=payload), NOW)


@pytest.mark.parametrize("change", [{"aud": ["x", AUDIENCE]}, {"scope": "a"}, {"nbf": 1}], ids=str)
async def test_what_the_standard_allows_beyond_our_own_is_accepted(change: dict[str, Any]):
    """Several audiences with ours among them, further claims and a past nbf do no harm."""
    assert await _signer().verify(_token(payload={**PAYLOAD, **change}), NOW) == CLAIMS


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps(PAYLOAD)[:-1].encode() + b', "sub": "someone-else"}',
        b'{"sub": "first", ' + json.dumps(PAYLOAD)[1:].encode(),
        json.dumps(PAYLOAD).encode("utf-16"),
        b"\xff\xfe",
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"[" * 2500,
        b'{"a":' * 600,
        b'{"exp":' + b"9" * 2500 + b"}",
    ],
    ids=range(11),
)
async def test_json_made_to_be_read_in_two_ways_is_refused(payload: bytes):
    """Claims twice, other encodings, no object, deep nests and endless numbers are refused."""
    with pytest.raises(TokenInvalid):
        await _signer().verify(_token(payload=payload), NOW)
    with pytest.raises(TokenInvalid):
        await _signer().verify(_token(header=payload), NOW)


async def test_a_header_that_names_two_keys_is_refused():
    """A member twice in the header is refused before anything is made of it."""
    header = json.dumps({"kid": RSA.kid}).encode()[:-1] + b", " + json.dumps(HEADER).encode()[1:]

    with pytest.raises(TokenInvalid):
        await _signer().verify(_token(header), NOW)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE"])
async def test_an_unsigned_token_is_refused(alg: str):
    """Without a signature nothing is believed."""
    header = {**HEADER, "alg": alg}

    for signature in ("", "e30"):
        for head in (header, HEADER):
            with pytest.raises(TokenInvalid):
                await _signer().verify(f"{_segment(head)}.{_segment(PAYLOAD)}.{signature}", NOW)


@pytest.mark.parametrize("pair", [PAIR, RSA], ids=["EdDSA", "RS256"])
async def test_a_public_key_is_no_hmac_secret(pair):
    """HMAC with any spelling of the published key as its secret makes no token."""
    public = load_der_private_key(pair.private, password=None).public_key()
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    secrets = [
        pem,
        pem.strip(),
        public.public_bytes(*spki),
        pair.public_jwk.encode(),
        json.loads(pair.public_jwk).get("x", "").encode(),
        b"",
    ]
    if pair is PAIR:
        secrets.append(public.public_bytes_raw())
    for secret in secrets:
        for alg in ("HS256", pair.alg):
            header = {"alg": alg, "kid": pair.kid, "typ": "at+jwt"}
            message = f"{_segment(header)}.{_segment(PAYLOAD)}"
            mac = hmac.digest(secret, message.encode(), sha256)
            with pytest.raises(TokenInvalid):
                await _signer().verify(f"{message}.{_segment(mac)}", NOW)


async def test_a_signature_of_another_algorithm_is_refused():
    """A good RS256 signature of our own RSA key does not pass under the name of another key."""
    message = f"{_segment(HEADER)}.{_segment(PAYLOAD)}".encode()
    rsa = jwt.get_algorithm_by_name("RS256")
    signature = rsa.sign(message, load_der_private_key(RSA.private, password=None))

    with pytest.raises(TokenInvalid):
        await _signer().verify(f"{message.decode()}.{_segment(signature)}", NOW)


async def test_every_flipped_bit_is_noticed():
    """No bit of a token, in any of its segments, can be flipped."""
    signer = _signer()
    token = _token().encode()
    await signer.verify(token.decode(), NOW)

    for at in range(len(token)):
        for bit in range(7):
            bent = bytearray(token)
            bent[at] ^= 1 << bit
            with pytest.raises(TokenInvalid):
                await signer.verify(bent.decode(), NOW)


@pytest.mark.parametrize(
    "spell",
    [
        lambda t: t + "=",
        lambda t: t + "\n",
        lambda t: " " + t,
        lambda t: t + ".",
        lambda t: "." + t,
        lambda t: t.replace(".", "..", 1),
        lambda t: t.replace(".", "=.", 1),
        lambda t: t.replace(".", ".\n", 1),
        lambda t: t + "." + t,
        lambda t: "Bearer " + t,
        lambda t: t[:-1] + "\u0410",
        lambda t: t[:-1] + "\udc00",
        lambda t: t.replace("e", "\uff45", 1),
    ],
    ids=range(13),
)
async def test_one_token_has_one_spelling(spell):
    """Padding, blanks, look-alike signs and extra segments make another text, and no token."""
    with pytest.raises(TokenInvalid):
        await _signer().verify(spell(_token()), NOW)


async def test_a_token_beyond_four_kilobytes_is_not_even_read():
    """Length is looked at first: a well-signed but endless token is refused."""
    signer = _signer()
    fill = 4096 - len(_token(payload={**PAYLOAD, "fill": ""}))

    just = _token(payload={**PAYLOAD, "fill": "x" * (fill * 3 // 4 - 4)})
    assert 4080 < len(just) <= 4096
    assert await signer.verify(just, NOW) == CLAIMS
    with pytest.raises(TokenInvalid):
        await signer.verify(_token(payload={**PAYLOAD, "fill": "x" * fill}), NOW)
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


@given(st.lists(st.binary(max_size=60).map(_segment), min_size=3, max_size=3))
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
        await _signer().verify(_token({**HEADER, **change}), NOW)


@given(st.dictionaries(st.sampled_from([*PAYLOAD, "nbf", "scope"]), _ODD))
async def test_any_claims_are_read_without_harm(change: dict[str, Any]):
    """Odd claims in a token that is truly signed are refused, or harmless."""
    try:
        claims = await _signer().verify(_token(payload={**PAYLOAD, **change}), NOW)
    except (TokenInvalid, TokenExpired):
        return
    assert isinstance(claims.user_id, str)
    assert claims.expires_at > NOW
