"""Verifier: token, keys and a moment in; Claims out, or Rejected, and nothing else ever."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from attrs import define, field

from wxlogin.guard.claims import TOKEN_EXPIRED, TOKEN_INVALID, Claims, Rejected
from wxlogin.guard.public_keys import KeySet
from wxlogin.guard.token_text import ShownToken

_END_OF_9999 = 253_402_300_799
_NO_KEYS = KeySet({})


@define(eq=False)
class Verifier:
    """Says what a token of one issuer, for one audience, says.

    Tokens found good are remembered, up to `room` of them, until their end or until the set of
    keys changes: a signature is checked once. Safe to use from many threads.

    `clock_skew` (seconds) is how far ahead the issuer's clock may be. About a token's end there is
    no leeway, as the issuer itself gives none.
    """

    issuer: str
    audience: str
    clock_skew: float = 60.0
    room: int = 10_000
    _good: dict[str, Claims] = field(factory=dict, init=False, repr=False)
    _good_under: KeySet = field(default=_NO_KEYS, init=False, repr=False)
    _writing: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def recall(self, token: str, keys: KeySet | None, now: float) -> Claims | None:
        """Answers a token that was found good under these very keys, else None.

        Raises:
            Rejected: it was good and is past its time.
        """
        if keys is not self._good_under:
            return None
        claims = self._good.get(token)
        if claims is not None and now >= claims.raw["exp"]:
            self.forget(token)
            raise Rejected(TOKEN_EXPIRED)
        return claims

    def read(self, token: str) -> ShownToken:
        """Answers the parts of a token, unproved.

        Raises:
            Rejected: it has not even the shape of one.
        """
        try:
            return ShownToken.read(token)
        except ValueError:
            # Without the cause: it may quote the token.
            raise Rejected(TOKEN_INVALID) from None

    def verify(self, token: str, shown: ShownToken, keys: KeySet, now: float) -> Claims:
        """Answers what a token says, once key, issuer, audience and times are in order.

        Raises:
            Rejected: `token_invalid`, or `token_expired` when all else is in order.
        """
        key = keys.by_kid.get(shown.kid)
        # The algorithm is the key's own; what the token asks for chooses nothing.
        if key is None or key.alg != shown.alg or not key.signed(shown.signed, shown.signature):
            raise Rejected(TOKEN_INVALID)
        try:
            claims = self._claims(shown.claims(), now)
        except ValueError:
            raise Rejected(TOKEN_INVALID) from None
        if now >= claims.raw["exp"]:
            raise Rejected(TOKEN_EXPIRED)
        self._remember(token, claims, keys, now)
        return claims

    def forget(self, token: str) -> None:
        """Remembers a token no longer."""
        with self._writing:
            self._good.pop(token, None)

    def _claims(self, said: Mapping[str, Any], now: float) -> Claims:
        audience = said.get("aud")
        for_us = audience == self.audience or (
            isinstance(audience, list) and self.audience in audience
        )
        if said.get("iss") != self.issuer or not for_us:
            raise ValueError("not from there, or not for us")
        issued, expires = _seconds(said, "iat"), _seconds(said, "exp")
        not_before = _seconds(said, "nbf") if "nbf" in said else 0
        if max(issued, not_before) > now + self.clock_skew:
            raise ValueError("not yet valid")
        return Claims(
            sub=_word(said, "sub"),
            sid=_word(said, "sid"),
            client_id=_word(said, "client_id"),
            jti=_word(said, "jti"),
            issued_at=datetime.fromtimestamp(issued, UTC),
            expires_at=datetime.fromtimestamp(expires, UTC),
            raw=MappingProxyType(said),
        )

    def _remember(self, token: str, claims: Claims, keys: KeySet, now: float) -> None:
        with self._writing:
            if keys is not self._good_under:
                self._good, self._good_under = {}, keys
            good = self._good
            while good:
                oldest = next(iter(good))
                if len(good) < self.room and now < good[oldest].raw["exp"]:
                    break
                del good[oldest]
            good[token] = claims


def _word(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not (isinstance(found, str) and found):
        raise ValueError(f"{name} is missing or no text")
    return found


def _seconds(said: Mapping[str, Any], name: str) -> int:
    found = said.get(name)
    # A bool is an int to Python, and not to us.
    if type(found) is not int or not 0 <= found <= _END_OF_9999:
        raise ValueError(f"{name} is missing or no time")
    return found
