"""Authenticate: from an access token to the person behind it, alive right now."""

from attrs import frozen

from wxlogin.domain.errors import RateLimited, SessionEnded, TokenInvalid, TokenMissing
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.limits import RateLimiter, Rule
from wxlogin.domain.ports.sessions import Live, SessionRepository
from wxlogin.domain.ports.tokens import TokenSigner
from wxlogin.domain.session import EndReason, Session
from wxlogin.domain.user import User

CALLS_OF_A_USER = Rule("user", 1800, 60)
CHANGES_OF_A_USER = Rule("user_change", 600, 60)
"""Far more than a phone does, far less than what one user's script could."""


@frozen
class Caller:
    """Who asks, and in which session."""

    user: User
    session: Session


@frozen
class Authenticate:
    """Checks an access token and, in one read, session and user: an end counts at once.

    Each time counts for the user: by `rule`, where there is a `limiter`. Only a living session
    counts, so that who was thrown out cannot use up what is the owner's.
    """

    signer: TokenSigner
    sessions: SessionRepository
    clock: Clock
    limiter: RateLimiter | None = None
    rule: Rule = CALLS_OF_A_USER

    async def __call__(self, token: str | None) -> Caller:
        """Answers who asks.

        Raises:
            TokenMissing, TokenInvalid, TokenExpired: about the token.
            SessionEnded: the token is good and its session over, with the reason.
            RateLimited: this user asks too often.
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
        if self.limiter is not None:
            wait = await self.limiter.hit(self.rule, live.user.id)
            if wait is not None:
                raise RateLimited(wait, self.rule.name)
        return Caller(live.user, live.session)


def over(live: Live) -> EndReason | None:
    """Answers why a session counts as ended for its user's sake, whatever its own row says."""
    if live.session.end_reason is not None:
        return live.session.end_reason
    if live.user.erased:
        return EndReason.ERASED
    return EndReason.BANNED if live.user.banned else None
