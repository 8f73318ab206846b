"""MemorySessions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.domain.ports.outbox import Happened
from wxlogin.domain.ports.sessions import Live, Revocation
from wxlogin.domain.session import EndReason, Session


@frozen
class MemorySessions:
    """The session repository in memory."""

    room: MemoryRoom

    async def load(self, sid: str) -> Live | None:
        """See `SessionRepository.load`."""
        session = self.room.sessions.get(sid)
        return None if session is None else Live(session, self.room.users[session.user_id])

    async def advance(
        self,
        sid: str,
        counter: int,
        now: datetime,
        expires_at: datetime,
        max_life: timedelta | None = None,
    ) -> Live | None:
        """See `SessionRepository.advance`."""
        session = self.room.sessions.get(sid)
        if session is None or session.counter != counter or session.over(now) is not None:
            return None
        if session.outlived(now, max_life):
            return None
        if max_life is not None:
            expires_at = min(expires_at, session.created_at + max_life)
        moved = evolve(session, counter=counter + 1, last_used_at=now, expires_at=expires_at)
        self.room.sessions[sid] = moved
        return Live(moved, self.room.users[moved.user_id])

    async def end(self, sid: str, reason: EndReason, now: datetime) -> bool:
        """See `SessionRepository.end`."""
        session = self.room.sessions.get(sid)
        if session is None or session.over(now) is not None:
            return False
        end(self.room, session, reason, now)
        return True

    async def end_all(
        self, user_id: str, reason: EndReason, now: datetime, *, but: str | None = None
    ) -> int:
        """See `SessionRepository.end_all`."""
        ended = [s.sid for s in await self.living(user_id, now) if s.sid != but]
        for sid in ended:
            end(self.room, self.room.sessions[sid], reason, now)
        return len(ended)

    async def living(self, user_id: str, now: datetime) -> Sequence[Session]:
        """See `SessionRepository.living`."""
        return [each for each in self._own(user_id) if each.over(now) is None]

    async def ended(self, user_id: str, now: datetime) -> Sequence[Session]:
        """See `SessionRepository.ended`."""
        return [each for each in self._own(user_id) if each.over(now) is not None]

    async def session_keys(self, session: Session, now: datetime) -> Sequence[str]:
        """See `SessionRepository.session_keys`."""
        living = [
            each
            for each in await self.living(session.user_id, now)
            if each.appid == session.appid and each.session_key is not None
        ]
        newest = sorted(living, key=lambda each: each.created_at, reverse=True)
        first = sorted(newest, key=lambda each: each.sid != session.sid)
        return [each.session_key for each in first[:2] if each.session_key is not None]

    def _own(self, user_id: str) -> list[Session]:
        own = [each for each in self.room.sessions.values() if each.user_id == user_id]
        return sorted(own, key=lambda session: session.last_used_at, reverse=True)

    async def revoked_since(self, moment: datetime) -> Sequence[Revocation]:
        """See `SessionRepository.revoked_since`."""
        told = [
            Revocation("session", session.sid, session.end_reason, session.ended_at)
            for session in self.room.sessions.values()
            if session.ended_at is not None and session.end_reason is not None
        ]
        told.extend(self.room.user_revocations.values())
        return sorted((r for r in told if r.at >= moment), key=lambda r: r.at)

    async def sweep(self, before: datetime, limit: int) -> int:
        """See `SessionRepository.sweep`."""
        over = [
            session.sid
            for session in self.room.sessions.values()
            if min(session.expires_at, session.ended_at or session.expires_at) < before
        ][:limit]
        for sid in over:
            del self.room.sessions[sid]
        return len(over)


def end(room: MemoryRoom, session: Session, reason: EndReason, now: datetime) -> None:
    """Ends a living session, and tells so."""
    room.sessions[session.sid] = evolve(session, ended_at=now, end_reason=reason, session_key=None)
    room.tell(Happened.SESSION_ENDED, session.user_id, now, sid=session.sid, reason=reason.value)
