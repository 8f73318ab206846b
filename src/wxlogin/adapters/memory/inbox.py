"""MemoryInbox."""

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, field, frozen

from wxlogin.adapters.memory.room import MemoryRoom, PushRow
from wxlogin.domain.ports.push import PushEntry, PushState
from wxlogin.domain.push_event import PushEvent


@frozen
class MemoryInbox:
    """Pushed events in memory."""

    room: MemoryRoom = field(factory=MemoryRoom)

    async def add(
        self, keys: Sequence[str], event: PushEvent, now: datetime, once: str | None = None
    ) -> bool:
        """See `Inbox.add`."""
        if any(key in self.room.push for key in keys):
            return False
        if once is not None and any(row.once == once for row in self.room.push.values()):
            return False
        entry = PushEntry(keys[0], event.appid, event.kind, event.created_at, now, event=event)
        self.room.push[entry.key] = PushRow(entry, now, once)
        return True

    async def take(self, now: datetime, until: datetime) -> PushEntry | None:
        """See `Inbox.take`."""
        due = [
            row
            for row in self.room.push.values()
            if row.entry.state is PushState.WAITING and row.due_at <= now
        ]
        if not due:
            return None
        row = min(due, key=lambda each: each.due_at)
        row.entry, row.due_at = evolve(row.entry, attempts=row.entry.attempts + 1), until
        return row.entry

    async def settle(self, taken: PushEntry, state: PushState, word: str) -> bool:
        """See `Inbox.settle`."""
        row = self._still(taken)
        if row is None:
            return False
        event = None if state is PushState.DONE else row.entry.event
        row.entry = evolve(row.entry, state=state, word=word, event=event, forgotten=event is None)
        return True

    async def put_off(self, taken: PushEntry, word: str, until: datetime) -> bool:
        """See `Inbox.put_off`."""
        row = self._still(taken)
        if row is None:
            return False
        row.entry, row.due_at = evolve(row.entry, word=word), until
        return True

    async def newest(self, limit: int) -> Sequence[PushEntry]:
        """See `Inbox.newest`."""
        entries = sorted((row.entry for row in self.room.push.values()), key=lambda e: e.key)
        return sorted(entries, key=lambda e: e.received_at, reverse=True)[:limit]

    async def sweep(self, done_before: datetime, kept_before: datetime, limit: int) -> int:
        """See `Inbox.sweep`."""
        before = {
            PushState.DONE: done_before,
            PushState.KEPT: kept_before,
            PushState.FAILED: kept_before,
        }
        entries = (row.entry for row in self.room.push.values())
        old = [e for e in entries if e.state in before and e.received_at < before[e.state]]
        gone = sorted(old, key=lambda e: e.received_at)[:limit]
        for entry in gone:
            del self.room.push[entry.key]
        return len(gone)

    def _still(self, taken: PushEntry) -> PushRow | None:
        row = self.room.push.get(taken.key)
        if row is None or row.entry.state is not PushState.WAITING:
            return None
        return row if row.entry.attempts == taken.attempts else None
