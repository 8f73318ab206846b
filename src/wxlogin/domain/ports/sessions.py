"""The session repository."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from attrs import frozen

from wxlogin.domain.session import EndReason, Session
from wxlogin.domain.user import User


@frozen
class Live:
    """A session with the user it belongs to, read in one act."""

    session: Session
    user: User


@frozen
class Revocation:
    """A session or a whole user whose access tokens no longer count."""

    kind: str
    id: str
    reason: EndReason
    at: datetime


class SessionRepository(Protocol):
    """Sessions, one row each for their whole life."""

    async def load(self, sid: str) -> Live | None:
        """Answers a session, ended or not, with its user, or None.

        The user of an erased account is answered with `erased` set.
        """

    async def advance(
        self,
        sid: str,
        counter: int,
        now: datetime,
        expires_at: datetime,
        max_life: timedelta | None = None,
    ) -> Live | None:
        """Moves a living session from `counter` to the next, if that is where it stands.

        Sets `last_used_at` to now and `expires_at` as given, but never later than `max_life` after
        the session began. Of any number of parallel calls with one counter exactly one is
        answered. None, changing nothing, when `Session.present` at `now` would say anything but
        Rotated; the caller then loads and asks it.
        """

    async def end(self, sid: str, reason: EndReason, now: datetime) -> bool:
        """Ends a session; False when it was over already, whose reason then stays."""

    async def end_all(
        self, user_id: str, reason: EndReason, now: datetime, *, but: str | None = None
    ) -> int:
        """Ends every living session of a user except `but`; answers how many."""

    async def living(self, user_id: str, now: datetime) -> Sequence[Session]:
        """Answers a user's living sessions, newest use first."""

    async def ended(self, user_id: str, now: datetime) -> Sequence[Session]:
        """Answers a user's sessions that are over and not swept yet, newest use first."""

    async def session_keys(self, session: Session, now: datetime) -> Sequence[str]:
        """Answers up to two of WeChat's session_keys, kept with living sessions only.

        That of `session` and the newest other of the same user in the same app.
        """

    async def revoked_since(self, moment: datetime) -> Sequence[Revocation]:
        """Answers sessions and users ended at or after `moment`, oldest first.

        Expiry is not told: a verifier sees it in the token.
        """

    async def sweep(self, before: datetime, limit: int) -> int:
        """Deletes up to `limit` sessions that were over before `before`.

        Answers how many rows it dealt with, of which some may only have been put off; while that
        is not 0, another call is worth it.
        """
