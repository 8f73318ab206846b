"""Refresh token arithmetic: a token is derived from its session, so none is kept.

    wxr1_ base64url( key id 4 B | session id 16 B | counter 4 B big-endian | HMAC-SHA256 32 B )

The MAC covers everything before it, version included, under a key derived from the master key.
A dump of the database forges nothing, and a forged token costs no database call.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol

from attrs import field, frozen

PREFIX = "wxr1_"
_KEY, _SID, _HEAD, _ALL = 4, 20, 24, 56
_LENGTH = len(PREFIX) + -(-_ALL * 4 // 3)


@frozen
class MacKeys:
    """The keys that derive refresh tokens, newest first, each under its 4-byte id."""

    newest: bytes
    keys: Mapping[bytes, bytes] = field(repr=False)
    _begun: dict[bytes, hmac.HMAC] = field(init=False, repr=False, eq=False)

    @_begun.default
    def _begin(self) -> dict[bytes, hmac.HMAC]:
        return {name: hmac.new(key, PREFIX.encode(), sha256) for name, key in self.keys.items()}

    def mac(self, name: bytes, head: bytes) -> bytes:
        """Answers the MAC over a token's head; raises KeyError for an unknown key."""
        mac = self._begun[name].copy()  # the key's own part of the work is done
        mac.update(head)
        return mac.digest()


class HasCount(Protocol):
    """What a token is derived from."""

    @property
    def sid(self) -> str: ...  # noqa: D102

    @property
    def counter(self) -> int: ...  # noqa: D102


@frozen
class RefreshClaim:
    """What a genuine refresh token says: which session, and which of its tokens."""

    sid: str
    counter: int


def write(session: HasCount, keys: MacKeys) -> str:
    """Answers the refresh token of a session at its present count."""
    head = (
        keys.newest
        + bytes.fromhex(session.sid.replace("-", ""))
        + session.counter.to_bytes(4, "big")
    )
    return _spell(head + keys.mac(keys.newest, head))


def read(token: str, keys: MacKeys) -> RefreshClaim | None:
    """Answers what a token says, or None when it is not one of ours."""
    if len(token) != _LENGTH or not token.startswith(PREFIX) or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token[len(PREFIX) :] + "=")
    except NotBase64:
        return None
    if _spell(raw) != token:  # base64 has several spellings of the same bytes; we wrote one
        return None
    name = raw[:_KEY]
    if name not in keys.keys or not hmac.compare_digest(raw[_HEAD:], keys.mac(name, raw[:_HEAD])):
        return None
    sid = raw[_KEY:_SID].hex()
    return RefreshClaim(
        sid=f"{sid[:8]}-{sid[8:12]}-{sid[12:16]}-{sid[16:20]}-{sid[20:]}",
        counter=int.from_bytes(raw[_SID:_HEAD], "big"),
    )


def _spell(raw: bytes) -> str:
    return PREFIX + urlsafe_b64encode(raw).rstrip(b"=").decode()
