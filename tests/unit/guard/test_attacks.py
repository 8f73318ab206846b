"""Tokens made to deceive: each is Rejected with `token_invalid`, and nothing else comes out."""

import hmac
import json
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guard.issuer import (
    APPID,
    AUDIENCE,
    EC,
    ED,
    ED_NEXT,
    ISSUER,
    NOW,
    RSA,
    SID,
    TTL,
    USER,
    FakeIssuer,
    SigningKey,
    said,
    segment,
)
from wxlogin.guard import Guard, Rejected

HEADER = {"alg": "EdDSA", "kid": ED.kid, "typ": "at+jwt"}
ISSUED = FakeIssuer([ED, EC, RSA])
GUARD = ISSUED.guard()


def code_of(token: Any, guard: Guard = GUARD) -> str:
    """Answer the code of the refusal."""
    with pytest.raises(Rejected) as refusal:
        guard.check(token)
    assert str(token) not in str(refusal.value) or not token
    return refusal.value.code


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
    "change",
    [
        {"typ": "JWT"}, {"typ": "jwt"}, {"typ": "logout+jwt"}, {"typ": "at+jwt "}, {"typ": None},
        {"typ": ["at+jwt"]}, {"alg": "none"}, {"alg": "None"}, {"alg": "HS256"}, {"alg": "ES256"},
        {"alg": "RS256"}, {"alg": "PS256"}, {"alg": "eddsa"}, {"alg": ""}, {"alg": None},
        {"alg": ["EdDSA"]}, {"kid": ""}, {"kid": None}, {"kid": 7}, {"kid": [ED.kid]},
        {"kid": {"a": 1}}, {"kid": RSA.kid}, {"kid": ED.kid + "\0"}, {"kid": "../../dev/null"},
        {"kid": "' OR '1'='1' --"}, {"kid": "k" * 2500}, {"kid": "登录"}, {"crit": ["exp"]},
        {"crit": []}, {"crit": ["b64"], "b64": False}, {"b64": True}, {"jwk": ED_NEXT.jwk},
        {"jwk": None}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/c"},
        {"x5c": ["MIIB"]}, {"x5t": "x"}, {"x5t#S256": "x"}, {"zip": "DEF"}, {"cty": "JWT"},
        {"enc": "A128GCM"},
    ],
    ids=str,
)  # fmt: skip
def test_a_header_with_tricks_is_refused(change: dict[str, Any]):
    """Other types, algorithms and key names are refused, and keys brought along, though signed."""
    assert code_of(ED.token({**HEADER, **change})) == "token_invalid"


@pytest.mark.parametrize("member", HEADER)
def test_no_part_of_the_header_may_be_missing(member: str):
    """A header without key, type or algorithm is refused."""
    assert code_of(ED.token({k: v for k, v in HEADER.items() if k != member})) == "token_invalid"


def test_a_key_brought_along_proves_nothing():
    """Self-signed tokens with the key in the header, under a known kid or another, are refused."""
    for kid in (ED.kid, ED_NEXT.kid):
        for more in ({}, {"jwk": ED_NEXT.jwk}):
            header = {**HEADER, "kid": kid, **more}
            assert code_of(ED_NEXT.token(header)) == "token_invalid"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": f"{ISSUER}/"}, {"iss": [ISSUER]}, {"iss": None}, {"iss": "https://evil.example"},
        {"aud": "other"}, {"aud": []}, {"aud": ["other"]}, {"aud": {AUDIENCE: 1}}, {"aud": None},
        {"aud": AUDIENCE + "2"}, {"sub": ""}, {"sub": 7}, {"sub": None}, {"sid": ["x"]},
        {"sid": None}, {"client_id": {}}, {"jti": True}, {"exp": str(NOW + TTL)}, {"exp": True},
        {"exp": None}, {"exp": NOW + 0.5}, {"exp": 10**30}, {"exp": -1}, {"exp": float("inf")},
        {"exp": float("nan")}, {"iat": -(10**30)}, {"iat": NOW + 61}, {"iat": None},
        {"nbf": NOW + 61}, {"nbf": "now"}, {"nbf": [1]},
    ],
    ids=str,
)  # fmt: skip
def test_claims_of_another_shape_are_refused(change: dict[str, Any]):
    """A claim with a wrong value or type makes a token invalid, though truly signed."""
    assert code_of(ED.token(**change)) == "token_invalid"


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


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps(said())[:-1].encode() + b', "sub": "someone-else"}',
        b'{"sub": "first", ' + json.dumps(said())[1:].encode(),
        json.dumps(said())[:-1].encode() + b', "x": {"a": 1, "a": 2}}',
        json.dumps(said()).encode("utf-16"),
        b"\xef\xbb\xbf" + json.dumps(said()).encode(),
        b"\xff\xfe", b"", b"null", b"[]", b'"text"', b"1", b"[" * 2500, b'{"a":' * 500,
        b'{"exp":' + b"9" * 2500 + b"}",
    ],
    ids=range(14),
)  # fmt: skip
def test_json_made_to_be_read_in_two_ways_is_refused(payload: bytes):
    """Names twice, other encodings, no object, deep nests and endless numbers are refused."""
    assert code_of(ED.token(payload=payload)) == "token_invalid"
    assert code_of(ED.token(header=payload)) == "token_invalid"


def test_a_header_that_names_two_keys_is_refused():
    """A member twice in the header is refused before anything is made of it."""
    header = json.dumps({"kid": RSA.kid}).encode()[:-1] + b", " + json.dumps(HEADER).encode()[1:]

    assert code_of(ED.token(header)) == "token_invalid"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "EdDSA"])
def test_an_unsigned_token_is_refused(alg: str):
    """Without a signature nothing is believed."""
    message = f"{segment({**HEADER, 'alg': alg})}.{segment(said())}"

    for signature in ("", "e30", segment(b"\0" * 64)):
        assert code_of(f"{message}.{signature}") == "token_invalid"


@pytest.mark.parametrize("key", [ED, EC, RSA], ids=lambda key: key.alg)
def test_a_public_key_is_no_hmac_secret(key: SigningKey):
    """HMAC with any spelling of the published key as its secret makes no token."""
    public = key.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    spelled = json.dumps(key.jwk).encode()
    for secret in (pem, pem.strip(), der, spelled, str(key.jwk.get("x")).encode(), b""):
        for alg in ("HS256", key.alg):
            message = f"{segment({'alg': alg, 'kid': key.kid, 'typ': 'at+jwt'})}.{segment(said())}"
            mac = hmac.digest(secret, message.encode(), sha256)
            assert code_of(f"{message}.{segment(mac)}") == "token_invalid"


def test_a_signature_of_another_key_is_refused():
    """A good signature of one published key does not pass under the name of another."""
    for key in (EC, RSA, ED_NEXT):
        assert code_of(key.token(HEADER)) == "token_invalid"
        assert code_of(key.token({**HEADER, "alg": key.alg})) == "token_invalid"


def test_every_flipped_bit_is_noticed():
    """No bit of a token, in any of its segments, can be flipped."""
    token = ED.token().encode()
    for at in range(len(token)):
        for bit in range(7):
            bent = bytearray(token)
            bent[at] ^= 1 << bit
            assert code_of(bent.decode()) == "token_invalid"


@pytest.mark.parametrize(
    "spell",
    [
        lambda t: t + "=", lambda t: t + "\n", lambda t: " " + t, lambda t: t + ".",
        lambda t: "." + t, lambda t: t.replace(".", "..", 1), lambda t: t.replace(".", "=.", 1),
        lambda t: t.replace(".", ".\n", 1), lambda t: t + "." + t, lambda t: "Bearer " + t,
        lambda t: t[:-1] + "\u0410", lambda t: t[:-1] + "\udc00",
        lambda t: t.replace("e", "\uff45", 1), lambda t: t.encode(), lambda _: 7, lambda t: [t],
    ],
    ids=range(16),
)  # fmt: skip
def test_one_token_has_one_spelling(spell):
    """Padding, blanks, look-alike signs, extra segments and other types make no token."""
    assert code_of(spell(ED.token())) == "token_invalid"


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
