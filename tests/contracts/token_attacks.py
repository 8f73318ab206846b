"""Tokens made to deceive, as one table, and the suite that shows each of them to a verifier."""

import hmac
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
from attrs import frozen
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.forge import Forge, SigningKey, segment

_ORDER_OF_ED25519 = 2**252 + 27742317777372353535851937790883648493
_SKEW = 60  # how far ahead, in seconds, a token may have been made


@frozen
class Attack:
    """Tokens of one kind; whoever verifies refuses each with `code`."""

    name: str
    forge: Callable[[Forge], Iterator[str]]
    code: str = "token_invalid"


def _headers(*changes: dict[str, Any]) -> Callable[[Forge], Iterator[str]]:
    return lambda forge: (forge.headed(**change) for change in changes)


def _claims(*changes: dict[str, Any]) -> Callable[[Forge], Iterator[str]]:
    return lambda forge: (forge.saying(**change) for change in changes)


def _later(name: str, *seconds: float) -> Callable[[Forge], Iterator[str]]:
    """Tokens whose claim lies so many seconds after the moment they are shown."""
    return lambda forge: (forge.saying(**{name: forge.claims["iat"] + s}) for s in seconds)


def _unsigned(forge: Forge) -> Iterator[str]:
    for alg in ("none", "None", "NONE", "nOnE", "EdDSA"):
        message = f"{segment({**forge.eddsa.header, 'alg': alg})}.{segment(forge.claims)}"
        for signature in ("", "e30", segment(b"\0" * 64)):
            yield f"{message}.{signature}"


def _public_key_as_secret(forge: Forge) -> Iterator[str]:
    for key in forge.keys:
        for alg in ("HS256", key.alg):
            message = f"{segment({**key.header, 'alg': alg})}.{segment(forge.claims)}"
            for secret in _spellings(key):
                yield f"{message}.{segment(hmac.digest(secret, message.encode(), sha256))}"


def _spellings(key: SigningKey) -> Iterator[bytes]:
    public = key.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    yield from (
        pem,
        pem.strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )
    yield from (json.dumps(key.jwk).encode(), str(key.jwk.get("x")).encode(), key.kid.encode(), b"")
    if key.alg == "EdDSA":
        yield public.public_bytes_raw()


def _key_brought_along(forge: Forge) -> Iterator[str]:
    for kid in (forge.eddsa.kid, forge.stranger.kid):
        for more in ({}, {"jwk": forge.stranger.jwk}, {"jku": "https://evil.example/jwks.json"}):
            yield forge.stranger.signed({**forge.stranger.header, "kid": kid, **more}, forge.claims)


def _key_confused(forge: Forge) -> Iterator[str]:
    for key in forge.keys:
        for other in forge.keys:
            if key is not other:
                yield key.signed(other.header, forge.claims)
                yield key.signed({**key.header, "kid": other.kid}, forge.claims)
                yield key.signed({**key.header, "alg": other.alg}, forge.claims)


def _header_without(forge: Forge) -> Iterator[str]:
    for member in forge.eddsa.header:
        header = {name: value for name, value in forge.eddsa.header.items() if name != member}
        yield forge.eddsa.signed(header, forge.claims)


def _claims_without(forge: Forge) -> Iterator[str]:
    for member in forge.claims:
        claims = {name: value for name, value in forge.claims.items() if name != member}
        yield forge.eddsa.signed(forge.eddsa.header, claims)


def _said_twice(forge: Forge) -> Iterator[str]:
    claims, header = (
        json.dumps(part).encode() for part in (dict(forge.claims), forge.eddsa.header)
    )
    for odd in (
        claims[:-1] + b', "sub": "someone-else"}',
        b'{"sub": "first", ' + claims[1:],
        claims[:-1] + b', "exp": 9999999999}',
        claims[:-1] + b', "x": {"a": 1, "a": 2}}',
    ):
        yield forge.eddsa.signed(forge.eddsa.header, odd)
    kid = json.dumps(forge.rs256.kid).encode()
    yield forge.eddsa.signed(b'{"kid": ' + kid + b", " + header[1:], forge.claims)
    yield forge.eddsa.signed(header[:-1] + b', "alg": "none"}', forge.claims)


def _odd_json(forge: Forge) -> Iterator[str]:
    claims = json.dumps(dict(forge.claims)).encode()
    for odd in (
        claims.decode().encode("utf-16"), b"\xef\xbb\xbf" + claims, claims + b"x", b"\xff\xfe",
        b"", b"null", b"[]", b'"text"', b"1", b"NaN", b"[" * 2500, b'{"a":' * 500,
        b'{"exp":' + b"9" * 2500 + b"}",
    ):  # fmt: skip
        yield forge.eddsa.signed(forge.eddsa.header, odd)
        yield forge.eddsa.signed(odd, forge.claims)


def _too_long(forge: Forge) -> Iterator[str]:
    for room in (4096, 8000, 20_000):
        yield forge.saying(fill="x" * room)
        yield forge.headed(kid="k" * room)
    yield "a" * 5000
    yield "." * 5000


def _flipped(which: int) -> Callable[[Forge], Iterator[str]]:
    def flipped(forge: Forge) -> Iterator[str]:
        parts = forge.good().split(".")
        for at in range(len(parts[which])):
            for bit in range(7):
                bent = bytearray(parts[which].encode())
                bent[at] ^= 1 << bit
                yield ".".join([*parts[:which], bent.decode(), *parts[which + 1 :]])

    return flipped


def _spelled_otherwise(forge: Forge) -> Iterator[str]:
    good = forge.good()
    yield from (good + "=", good + ".", "." + good, good + "." + good, "Bearer " + good)
    yield from (good.replace(".", "..", 1), good.replace(".", "=.", 1), good.replace(".", ",", 1))
    yield from (good[:-1] + "\u0410", good[:-1] + "\udc00", good.replace("e", "\uff45", 1))
    yield from (good + "\n", " " + good, good.replace(".", ".\n", 1), good.rpartition(".")[0])
    yield from ("a.b.c", "..", "...", "null", "undefined", "{}", "登录")


def _other_serialization(forge: Forge) -> Iterator[str]:
    head, payload, signature = forge.good().split(".")
    flat = {"protected": head, "payload": payload, "signature": signature}
    yield json.dumps(flat, separators=(",", ":"))
    yield segment(flat)
    yield f"{segment({**forge.eddsa.header, 'alg': 'dir', 'enc': 'A256GCM'})}..{head}.{payload}.e30"


def _bent_signature(forge: Forge) -> Iterator[str]:
    for key in forge.keys:
        head, payload, signature = forge.good(key).split(".")
        message, zeros = f"{head}.{payload}", b"\0" * len(key.signature("x"))
        others = [b"", b"\0", zeros, zeros[1:], signature.encode(), key.signature(message) + b"\0"]
        others += [
            key.signature(message)[:-1],
            key.signature(payload),
            b"\0" + key.signature(message),
        ]
        yield from (f"{message}.{segment(other)}" for other in others)
    message = forge.good().rpartition(".")[0]
    signature = forge.eddsa.signature(message)
    more = int.from_bytes(signature[32:], "little") + _ORDER_OF_ED25519
    yield f"{message}.{segment(signature[:32] + more.to_bytes(32, 'little'))}"
    message = forge.good(forge.rs256).rpartition(".")[0]
    pss = forge.rs256.private.sign(message.encode(), PSS(MGF1(SHA256()), 32), SHA256())
    yield f"{message}.{segment(pss)}"


ATTACKS = (
    Attack("alg none", _unsigned),
    Attack("HMAC with the public key as its secret", _public_key_as_secret),
    Attack("alg of another kind", _headers(
        *({"alg": alg} for alg in ("HS256", "HS512", "ES256", "RS256", "PS256", "eddsa", "Ed25519",
                                   "", None, ["EdDSA"], 7)),
    )),
    Attack("kid tricks", _headers(
        *({"kid": kid} for kid in ("", None, 7, True, ["x"], {"a": 1}, "../../../dev/null",
                                   "' OR '1'='1' --", "k" * 43, "k" * 2500, "登" * 43, "登录",
                                   "https://evil.example/key", "|cat /etc/passwd")),
    )),
    Attack("kid with a NUL", lambda forge: iter([forge.headed(kid=forge.eddsa.kid + "\0")])),
    Attack("kid in a list", lambda forge: iter([forge.headed(kid=[forge.eddsa.kid])])),
    Attack("kid or alg of another published key", _key_confused),
    Attack("key brought along", _key_brought_along),
    Attack("jwk of a stranger", lambda forge: iter([forge.headed(jwk=forge.stranger.jwk)])),
    Attack("jwk of our own", lambda forge: iter([forge.headed(jwk=forge.eddsa.jwk)])),
    Attack("jku, x5u and kin", _headers(
        {"jwk": None}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/cert"},
        {"jku": "file:///etc/passwd"}, {"x5c": ["MIIB"]}, {"x5t": "x"}, {"x5t#S256": "x"},
    )),
    Attack("typ swap", _headers(
        *({"typ": typ} for typ in ("JWT", "jwt", "logout+jwt", "dpop+jwt", "at+jwt ", "at", "",
                                   None, ["at+jwt"])),
    )),
    Attack("crit and what changes the reading", _headers(
        {"crit": ["exp"]}, {"crit": []}, {"crit": ["b64"], "b64": False}, {"b64": False},
        {"b64": True}, {"zip": "DEF"}, {"cty": "JWT"}, {"enc": "A128GCM"},
    )),
    Attack("header without a member", _header_without),
    Attack("claims without a member", _claims_without),
    Attack("wrong iss", lambda forge: (
        forge.saying(iss=iss)
        for iss in (forge.claims["iss"] + "/", forge.claims["iss"].upper(), [forge.claims["iss"]],
                    "https://evil.example", "", None, 7)
    )),
    Attack("wrong aud", _claims(
        *({"aud": aud} for aud in ("other", "wxlogin2", "WXLOGIN", [], ["other"], {"wxlogin": 1},
                                   "", None)),
    )),
    Attack("past exp", _later("exp", 0, -1, -86_400), "token_expired"),
    Attack("exp of another shape", _claims(
        *({"exp": exp} for exp in ("9999999999", True, None, [], 9_999_999_999.5, 10**30, -1,
                                   float("inf"), float("nan"))),
    )),
    Attack("future iat", _later("iat", _SKEW + 1, 86_400)),
    Attack("future nbf", _later("nbf", _SKEW + 1, 86_400)),
    Attack("iat and nbf of another shape", _claims(
        {"iat": -(10**30)}, {"iat": "now"}, {"iat": None}, {"nbf": "now"}, {"nbf": [1]},
    )),
    Attack("names of another shape", _claims(
        {"sub": ""}, {"sub": 7}, {"sub": None}, {"sid": ["x"]}, {"sid": None}, {"client_id": {}},
        {"jti": True},
    )),
    Attack("oversize", _too_long),
    Attack("said twice", _said_twice),
    Attack("odd JSON", _odd_json),
    Attack("bits flipped in the header", _flipped(0)),
    Attack("bits flipped in the claims", _flipped(1)),
    Attack("bits flipped in the signature", _flipped(2)),
    Attack("spelled otherwise", _spelled_otherwise),
    Attack("another serialization", _other_serialization),
    Attack("bent signature", _bent_signature),
)  # fmt: skip


class TokenAttacks:
    """Subclasses have a `forge` fixture and answer from `judged` what became of a token.

    The answer is the code of the refusal, or None for a token that counts.
    """

    every: int = 1
    """Where judging is dear: of very many tokens only each so many-th is shown."""

    async def judged(self, token: str) -> str | None:
        raise NotImplementedError

    async def test_what_the_attacks_start_from_is_good(self, forge: Forge):
        """A token of each algorithm counts, so that each attack is refused for its own sake."""
        for key in forge.keys:
            assert await self.judged(forge.good(key)) is None

    @pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
    async def test_an_attack_is_refused(self, forge: Forge, attack: Attack):
        """Each token of the table is refused with its code, whoever verifies."""
        tokens = list(attack.forge(forge))
        for token in tokens if len(tokens) < 100 else tokens[:: self.every]:
            assert await self.judged(token) == attack.code, token
        assert await self.judged(forge.good()) is None
