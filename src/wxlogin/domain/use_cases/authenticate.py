"""Authenticate: from an access token to the person behind it, alive right now."""

from attrs import frozen

from wxlogin.domain.errors import SessionEnded, TokenInvalid, TokenMissing
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.sessions import Live, SessionRepository
from wxlogin.domain.ports.tokens import TokenSigner
from wxlogin.domain.session import EndReason, Session
from wxlogin.domain.user import User


@frozen
class Caller:
    """Who asks, and in which session."""

    user: User
    session: Session


@frozen
class Authenticate:
    """Checks an access token and, in one read, session and user: an end counts at once."""

    signer: TokenSigner
    sessions: SessionRepository
    clock: Clock

    async def __call__(self, token: str | None) -> Caller:
        """Answers who asks.

        Raises:
            TokenMissing, TokenInvalid, TokenExpired: about the token.
            SessionEnded: the token is good and its session over, with the reason.
        """
        if not token:
            raise TokenMissing
        now = self.clock.now()
        claims = await self.signer.verify(token, now)
        live = await self.sessions.load(claims.sid)
        if live is None or live.session.user_id != claims.user_id:
            raise TokenInvalid
        if reason := over(live) or live.session.over(now):
            raise SessionEnded(reason)
        return Caller(live.user, live.session)


def over(live: Live) -> EndReason | None:
    """Answers why a session counts as ended for its user's sake, whatever its own row says."""
    if live.session.end_reason is not None:
        return live.session.end_reason
    if live.user.erased:
        return EndReason.ERASED
    return EndReason.BANNED if live.user.banned else None
