"""RefreshSession, Logout, ListSessions, EndSession."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from wxlogin.domain import refresh_token
from wxlogin.domain.errors import NotFound, RefreshInvalid, SessionEnded, StoreUnavailable
from wxlogin.domain.ports.ambient import Clock, Fact, Journal
from wxlogin.domain.ports.sessions import Live, SessionRepository
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.refresh_token import RefreshClaim
from wxlogin.domain.session import (
    Ended,
    EndReason,
    NotOurs,
    Repeated,
    Rotated,
    Session,
    SessionPolicy,
    Stolen,
    Superseded,
)
from wxlogin.domain.use_cases.authenticate import Authenticate, Caller, over
from wxlogin.domain.use_cases.issue_tokens import IssueTokens, TokenSet

_RACES = 5


@frozen
class RefreshSession:
    """Trades a refresh token for the next one, forgiving lost answers and catching thieves."""

    sessions: SessionRepository
    issue: IssueTokens
    vault: Vault
    clock: Clock
    journal: Journal
    policy: SessionPolicy

    async def __call__(self, *, token: str) -> TokenSet:
        """Answers the next token set; the rule is `Session.present`.

        Raises:
            RefreshInvalid: not one of ours.
            SessionEnded: with the reason; `reuse_detected` and `superseded` are found here.
        """
        claim = refresh_token.read(token, self.vault.mac_keys())
        if claim is None:
            raise RefreshInvalid
        now = self.clock.now()
        for _ in range(_RACES):
            live = await self.sessions.advance(
                claim.sid,
                claim.counter,
                now,
                now + self.policy.refresh_ttl,
                self.policy.max_life,
            ) or await self._otherwise(claim, now)
            if live is None:
                continue
            if reason := over(live):
                await self.sessions.end(claim.sid, reason, now)
                raise SessionEnded(reason)
            return await self.issue(session=live.session, user=live.user, now=now)
        raise StoreUnavailable(1)

    async def _otherwise(self, claim: RefreshClaim, now: datetime) -> Live | None:
        """Answers the session if the token before the newest still counts; None: ask again."""
        live = await self.sessions.load(claim.sid)
        if live is None:
            raise RefreshInvalid
        match live.session.present(claim.counter, now, self.policy):
            case Rotated():
                return None
            case Repeated():
                self._note("refresh_repeated", live.session)
                return live
            case Ended(reason):
                raise SessionEnded(over(live) or reason)
            case NotOurs():
                raise RefreshInvalid
            case Superseded():
                await self._end(live.session, EndReason.SUPERSEDED, now)
            case Stolen():
                await self._end(live.session, EndReason.REUSE_DETECTED, now)
        return None

    async def _end(self, session: Session, reason: EndReason, now: datetime) -> None:
        if await self.sessions.end(session.sid, reason, now):
            self._note(f"refresh_{reason}", session)
            raise SessionEnded(reason)

    def _note(self, name: str, session: Session) -> None:
        self.journal.record(_about(session, name))


class Scope(StrEnum):
    """Which sessions a logout ends."""

    THIS = "this"
    OTHERS = "others"
    ALL = "all"


@frozen
class Logout:
    """Ends the caller's session, the others, or all."""

    authenticate: Authenticate
    sessions: SessionRepository
    vault: Vault
    clock: Clock
    journal: Journal

    async def __call__(self, *, token: str | None, refresh: str | None, scope: Scope) -> None:
        """Returns when the sessions are over. A refresh token will do where no access token lives.

        Raises:
            TokenMissing, TokenInvalid, TokenExpired, RefreshInvalid: about what was shown.
            SessionEnded: it was over already.
        """
        session = (
            (await self.authenticate(token)).session
            if refresh is None
            else await self._by_refresh(refresh)
        )
        now = self.clock.now()
        match scope:
            case Scope.THIS:
                await self.sessions.end(session.sid, EndReason.LOGGED_OUT, now)
            case Scope.OTHERS:
                await self.sessions.end_all(session.user_id, EndReason.KICKED, now, but=session.sid)
            case Scope.ALL:
                await self.sessions.end_all(session.user_id, EndReason.LOGGED_OUT, now)
        self._note("logout", session, scope)

    async def _by_refresh(self, token: str) -> Session:
        claim = refresh_token.read(token, self.vault.mac_keys())
        live = None if claim is None else await self.sessions.load(claim.sid)
        if claim is None or live is None or claim.counter > live.session.counter:
            raise RefreshInvalid
        now = self.clock.now()
        if reason := over(live) or live.session.over(now):
            raise SessionEnded(reason)
        if claim.counter < live.session.counter - 1:
            if await self.sessions.end(claim.sid, EndReason.REUSE_DETECTED, now):
                self._note("refresh_reuse_detected", live.session)
            raise SessionEnded(EndReason.REUSE_DETECTED)
        return live.session

    def _note(self, name: str, session: Session, outcome: str = "ok") -> None:
        self.journal.record(_about(session, name, outcome))


@frozen
class OwnSessions:
    """A person's living sessions, and which of them asks."""

    current: str
    sessions: Sequence[Session]


@frozen
class ListSessions:
    """Shows a person where they are logged in."""

    authenticate: Authenticate
    sessions: SessionRepository
    clock: Clock

    async def __call__(self, *, token: str | None) -> OwnSessions:
        """Answers the caller's living sessions, newest use first."""
        caller = await self.authenticate(token)
        living = await self.sessions.living(caller.user.id, self.clock.now())
        return OwnSessions(caller.session.sid, living)


@frozen
class EndSession:
    """Ends one of the caller's own sessions, on whatever device."""

    authenticate: Authenticate
    sessions: SessionRepository
    clock: Clock
    journal: Journal

    async def __call__(self, *, token: str | None, sid: str) -> None:
        """Returns when the session is over.

        Raises:
            NotFound: no living session of the caller has this id.
        """
        caller: Caller = await self.authenticate(token)
        now = self.clock.now()
        own = await self.sessions.load(sid)
        if own is None or own.session.user_id != caller.user.id or own.session.over(now):
            raise NotFound
        await self.sessions.end(sid, EndReason.KICKED, now)
        self.journal.record(_about(own.session, "session_ended", EndReason.KICKED))


def _about(session: Session, name: str, outcome: str = "ok") -> Fact:
    return Fact(name, outcome, session.appid, session.user_id, session.sid)
