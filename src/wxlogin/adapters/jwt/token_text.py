"""The text of a token: taken apart strictly, put together cheaply."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from attrs import frozen
from msgspec import Meta

from wxlogin.adapters.jwt.key_material import TYP, text_of
from wxlogin.domain.ports.tokens import AccessClaims

LONGEST_TOKEN = 4096
_SEGMENTS = 3
_HEADER_MEMBERS = {"alg", "kid", "typ"}
_TYPES = {TYP, f"application/{TYP}"}
_THUMBPRINT = 43

# Until the end of the year 9999, the last that datetime knows.
Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]
Word = Annotated[str, Meta(min_length=1)]


@frozen
class Header:
    """What names the key. `alg` chooses nothing; it must be the key's own."""

    alg: str
    kid: str


@frozen
class Payload:
    """The claims of RFC 9068 that are ours, typed; further ones are left alone."""

    iss: str
    aud: str | list[str]
    sub: Word
    client_id: Word
    sid: Word
    jti: Word
    iat: Seconds
    exp: Seconds
    nbf: Seconds = 0

    def claims(self) -> AccessClaims:
        """Answers them as the domain says them."""
        return AccessClaims(
            user_id=self.sub,
            sid=self.sid,
            appid=self.client_id,
            token_id=self.jti,
            issued_at=datetime.fromtimestamp(self.iat, UTC),
            expires_at=datetime.fromtimestamp(self.exp, UTC),
        )


def segments(token: str) -> tuple[str, str, str]:
    """Answers header, payload and signature, still encoded; ValueError when it is no token."""
    if len(token) > LONGEST_TOKEN:
        raise ValueError("too long")
    parts = token.split(".")
    if len(parts) != _SEGMENTS:
        raise ValueError("not three segments")
    return parts[0], parts[1], parts[2]


def bytes_of(segment: str) -> bytes:
    """Answers the bytes of base64url; ValueError unless it is written in the one right way."""
    raw = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    # The decoder skips foreign signs and ignores spare bits; encoding again tells.
    if text_of(raw) != segment:
        raise ValueError("not canonical base64url")
    return raw


def read_header(segment: str) -> Header:
    """Answers the header of a token that some key of ours may have signed.

    Anything beyond `alg`, `kid` and `typ` is refused: we never write it, and `jwk`, `jku`, `x5u`,
    `crit` and their kin are only there to mislead.
    """
    header = _object(bytes_of(segment))
    if header.keys() != _HEADER_MEMBERS or not all(isinstance(v, str) for v in header.values()):
        raise ValueError("not a header of ours")
    if header["typ"].lower() not in _TYPES:
        raise ValueError("not an access token")
    if len(header["kid"]) != _THUMBPRINT:
        raise ValueError("not a key id of ours")
    return Header(alg=header["alg"], kid=header["kid"])


def read_payload(segment: str) -> Payload:
    """Answers the claims; ValueError when one is missing, twice there or of another type."""
    try:
        return msgspec.convert(_object(bytes_of(segment)), Payload)
    except msgspec.ValidationError as wrong:
        raise ValueError(str(wrong)) from wrong


def write_payload(claims: AccessClaims, issuer: str, audience: str) -> str:
    """Answers the payload segment; parts of a second are cut off."""
    return text_of(
        msgspec.json.encode(
            {
                "iss": issuer,
                "aud": audience,
                "sub": claims.user_id,
                "client_id": claims.appid,
                "sid": claims.sid,
                "jti": claims.token_id,
                "iat": int(claims.issued_at.timestamp()),
                "exp": int(claims.expires_at.timestamp()),
            }
        )
    )


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode(), object_pairs_hook=_without_doubles)
    except RecursionError as deep:
        raise ValueError("nested too deeply") from deep
    match found:
        case dict():
            return found
        case _:
            raise ValueError("not a JSON object")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found
