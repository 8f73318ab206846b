"""TokenSigner: `at+jwt` tokens (RFC 9068), signed and verified with the deployment's keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from attrs import Factory, define, field

from wxlogin.adapters.jwt.key_material import LoadedKey, text_of
from wxlogin.adapters.jwt.key_watch import KeyWatch, Look
from wxlogin.adapters.jwt.token_text import (
    bytes_of,
    read_header,
    read_payload,
    segments,
    write_payload,
)
from wxlogin.domain.errors import StoreUnavailable, TokenExpired, TokenInvalid
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.keys import KeyRepository
from wxlogin.domain.ports.tokens import AccessClaims
from wxlogin.domain.ports.vault import Vault

# Machines of one deployment may differ by as much about when a token was made. About its end
# there is no leeway: a token is dead at `exp`.
CLOCK_SKEW = timedelta(seconds=60)


@define
class JwtSigner:
    """Implements TokenSigner over PyJWT's algorithms; EdDSA, ES256 and RS256.

    The algorithm is the one of the key that `kid` names, never the one the token asks for. Tokens
    found good are remembered, up to `remembered` of them, until the set of keys changes; their end
    is looked at each time.
    """

    _keys: KeyRepository
    _vault: Vault = field(repr=False)
    _clock: Clock
    _issuer: str
    _audience: str
    _look_every: timedelta = timedelta(seconds=3)
    _remembered: int = 20_000
    _watch: KeyWatch = field(
        init=False,
        repr=False,
        default=Factory(
            lambda self: KeyWatch(self._keys, self._vault, self._look_every), takes_self=True
        ),
    )
    _good: dict[str, AccessClaims] = field(factory=dict, init=False, repr=False)
    _good_under: Look | None = field(default=None, init=False, repr=False)

    async def sign(self, claims: AccessClaims) -> str:
        """Answers a token signed by the current key.

        Raises:
            StoreUnavailable: there is no current key (yet), or the keys were never seen.
        """
        now = self._clock.now()
        look = self._watch.at_hand(now) or await self._watch.fresh(now)
        if look.signing is None:
            look = await self._watch.for_missing(now, look)
        key = look.signing
        if key is None:
            raise StoreUnavailable(retry_after=1)
        signed = f"{key.head}.{write_payload(claims, self._issuer, self._audience)}"
        return f"{signed}.{text_of(key.sign(signed.encode()))}"

    async def verify(self, token: str, now: datetime) -> AccessClaims:
        """Answers what a token of ours says; see TokenSigner for the refusals."""
        look = self._watch.at_hand(now) or await self._watch.fresh(now)
        if look is not self._good_under:
            self._good.clear()
            self._good_under = look
        claims = self._good.get(token)
        if claims is None:
            claims = await self._verified(token, look, now)
        if now >= claims.expires_at:
            self._good.pop(token, None)
            raise TokenExpired
        return claims

    async def jwks(self) -> Sequence[Mapping[str, str]]:
        """Answers the public keys: current, next, previous."""
        now = self._clock.now()
        return (self._watch.at_hand(now) or await self._watch.fresh(now)).jwks

    async def _verified(self, token: str, look: Look, now: datetime) -> AccessClaims:
        try:
            return await self._examined(token, look, now)
        except ValueError:
            # Without the cause: it may quote the token.
            raise TokenInvalid from None

    async def _examined(self, token: str, look: Look, now: datetime) -> AccessClaims:
        head, payload, signature = segments(token)
        key = look.by_head.get(head) or await self._key_of(head, look, now)
        if not key.signed(f"{head}.{payload}".encode(), bytes_of(signature)):
            raise ValueError("not signed by this key")
        claims = self._claims_for_us(payload, now)
        self._remember(token, claims, key)
        return claims

    async def _key_of(self, head: str, look: Look, now: datetime) -> LoadedKey:
        header = read_header(head)
        key = look.by_kid.get(header.kid)
        if key is None:
            key = (await self._watch.for_missing(now, look)).by_kid.get(header.kid)
        if key is None or key.alg != header.alg:
            raise ValueError("no key of ours, or not its algorithm")
        return key

    def _claims_for_us(self, payload: str, now: datetime) -> AccessClaims:
        said = read_payload(payload)
        for_us = said.aud == self._audience or (
            isinstance(said.aud, list) and self._audience in said.aud
        )
        if said.iss != self._issuer or not for_us:
            raise ValueError("not from here, or not for us")
        if max(said.iat, said.nbf) > (now + CLOCK_SKEW).timestamp():
            raise ValueError("not yet valid")
        return said.claims()

    def _remember(self, token: str, claims: AccessClaims, key: LoadedKey) -> None:
        if self._good_under is None or self._good_under.by_kid.get(key.kid) is not key:
            return  # the keys changed meanwhile
        if len(self._good) >= self._remembered:
            del self._good[next(iter(self._good))]
        self._good[token] = claims
