"""IntrospectToken and ReadRevocations: what other backends may ask."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import frozen

from wxlogin.domain.errors import SessionEnded, TokenExpired, TokenInvalid, TokenMissing
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.sessions import Revocation, SessionRepository
from wxlogin.domain.ports.tokens import AccessClaims, TokenSigner
from wxlogin.domain.use_cases.authenticate import over

OVERLAP = timedelta(seconds=15)
"""Machines' clocks differ and commits overtake one another: the feed repeats this much."""


@frozen
class IntrospectToken:
    """Tells a backend whether an access token counts right now (RFC 7662)."""

    signer: TokenSigner
    sessions: SessionRepository
    clock: Clock

    async def __call__(self, *, token: str) -> AccessClaims | None:
        """Answers the claims of an active token, None of any other; never why not."""
        now = self.clock.now()
        try:
            claims = await self.signer.verify(token, now)
            live = await self.sessions.load(claims.sid)
        except (TokenInvalid, TokenExpired, TokenMissing, SessionEnded):
            return None
        if live is None or live.session.user_id != claims.user_id:
            return None
        if over(live) or live.session.over(now):
            return None
        return claims


@frozen
class Revocations:
    """What ended, and the moment from which to ask next."""

    revocations: Sequence[Revocation]
    next: datetime


@frozen
class ReadRevocations:
    """Tells backends which sessions and users no longer count."""

    sessions: SessionRepository
    clock: Clock
    longest_token: timedelta

    async def __call__(self, *, since: datetime | None) -> Revocations:
        """Answers what ended since, or all that a living token could still contradict.

        Entries may come twice, none is left out.
        """
        now = self.clock.now()
        still_matters = now - self.longest_token - OVERLAP
        # What was ended since a clock was set back is dated before what was told then.
        set_back = since is not None and since > now + OVERLAP
        start = still_matters if since is None or set_back else max(since - OVERLAP, still_matters)
        return Revocations(await self.sessions.revoked_since(start), now)
