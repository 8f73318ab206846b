"""The text of a token, taken apart strictly: one token has one spelling and one meaning."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, NoReturn

from attrs import field, frozen

LONGEST_TOKEN = 4096
_SEGMENTS = 3
_TYPES = frozenset({"at+jwt", "application/at+jwt"})
# They bring a key of their own, point at one, or change how the rest is read.
_MISLEADING = frozenset(
    {"b64", "crit", "cty", "enc", "jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u", "zip"}
)


@frozen
class ShownToken:
    """A token whose header is in order. Nothing of it is proved yet."""

    kid: str
    alg: str
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    _payload: str = field(repr=False)

    @classmethod
    def read(cls, token: str) -> "ShownToken":
        """Answers the parts of an access token.

        Raises:
            ValueError: it is none; the text does not quote it.
        """
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise ValueError("too long, or not ASCII")
        parts = token.split(".")
        if len(parts) != _SEGMENTS:
            raise ValueError("not three segments")
        head, payload, signature = parts
        header = _object(_bytes_of(head))
        if not _MISLEADING.isdisjoint(header):
            raise ValueError("the header wants to change the rules")
        match header:
            case {"typ": str(typ), "alg": str(alg), "kid": str(kid)} if typ.lower() in _TYPES:
                signed = f"{head}.{payload}".encode()
                return cls(kid, alg, signed, _bytes_of(signature), payload)
            case _:
                raise ValueError("not the header of an access token")

    def claims(self) -> dict[str, Any]:
        """Answers the claims; ValueError when they are no JSON object, or say a thing twice."""
        return _object(_bytes_of(self._payload))


def _bytes_of(segment: str) -> bytes:
    raw = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    # The decoder skips foreign signs and ignores spare bits; encoding again tells.
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != segment:
        raise ValueError("not canonical base64url")
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(
            raw.decode(), object_pairs_hook=_without_doubles, parse_constant=_no_number
        )
    except RecursionError as deep:
        raise ValueError("nested too deeply") from deep
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - a bad text, not a bad call
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
