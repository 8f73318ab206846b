"""MemoryAudit."""

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.domain.ports.audit import AuditEvent, AuditQuery


@frozen
class MemoryAudit:
    """The audit trail in memory."""

    room: MemoryRoom

    async def append(self, events: Sequence[AuditEvent]) -> None:
        """See `AuditTrail.append`."""
        for event in events:
            user = self.room.users.get(event.user_id or "")
            erased = user is not None and user.erased
            self.room.audit.setdefault(event.id, evolve(event, client="") if erased else event)

    async def find(self, query: AuditQuery) -> Sequence[AuditEvent]:
        """See `AuditTrail.find`."""
        wanted = [event for event in self.room.audit.values() if _fits(event, query)]
        return sorted(wanted, key=_age, reverse=True)[: query.limit]

    async def sweep(self, before: datetime, limit: int) -> int:
        """See `AuditTrail.sweep`."""
        old = sorted((each for each in self.room.audit.values() if each.at < before), key=_age)
        for event in old[:limit]:
            del self.room.audit[event.id]
        return len(old[:limit])


def _age(event: AuditEvent) -> tuple[datetime, str]:
    return event.at, event.id


def _fits(event: AuditEvent, query: AuditQuery) -> bool:
    return (
        query.user_id in {None, event.user_id}
        and query.sid in {None, event.sid}
        and query.event in {None, event.event}
        and (query.since is None or event.at >= query.since)
    )
