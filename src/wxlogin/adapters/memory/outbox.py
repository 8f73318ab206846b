"""MemoryOutbox."""

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, field, frozen

from wxlogin.adapters.memory.room import MemoryRoom, OutboxRow
from wxlogin.domain.ports.outbox import Depth, Notice


@frozen
class MemoryOutbox:
    """The outbox in memory."""

    room: MemoryRoom = field(factory=MemoryRoom)

    async def take(self, now: datetime, until: datetime, limit: int) -> Sequence[Notice]:
        """See `Outbox.take`."""
        rows = sorted(self.room.outbox.values(), key=lambda row: row.notice.seq)
        due, met = [], set[str]()
        for row in rows:
            notice = row.notice
            if row.due_at is None:
                continue
            about = {notice.user_id} | ({notice.other_id} - {None})
            if row.due_at <= now and not about & met:
                due.append(row)
            met |= {each for each in about if each is not None}
        taken = sorted(due, key=lambda row: (row.due_at or now, row.notice.seq))[:limit]
        for row in taken:
            row.notice = evolve(row.notice, attempts=row.notice.attempts + 1)
            row.due_at = until
        return [row.notice for row in taken]

    async def done(self, taken: Notice) -> bool:
        """See `Outbox.done`."""
        if self._still(taken) is None:
            return False
        del self.room.outbox[taken.seq]
        return True

    async def put_off(self, taken: Notice, word: str, until: datetime) -> bool:
        """See `Outbox.put_off`."""
        return self._settle(taken, word, until)

    async def park(self, taken: Notice, word: str) -> bool:
        """See `Outbox.park`."""
        return self._settle(taken, word, None)

    async def oldest(self, limit: int) -> Sequence[Notice]:
        """See `Outbox.oldest`."""
        rows = sorted(self.room.outbox.values(), key=lambda row: row.notice.seq)[:limit]
        return [evolve(row.notice, parked=row.due_at is None) for row in rows]

    async def retry(self, now: datetime, seq: int | None = None) -> int:
        """See `Outbox.retry`."""
        parked = [
            row
            for row in self.room.outbox.values()
            if row.due_at is None and seq in {None, row.notice.seq}
        ]
        for row in parked:
            row.notice, row.due_at = evolve(row.notice, attempts=0, word=""), now
        return len(parked)

    async def depth(self) -> Depth:
        """See `Outbox.depth`."""
        rows = self.room.outbox.values()
        waiting = [row.notice for row in rows if row.due_at is not None]
        return Depth(
            len(waiting), len(rows) - len(waiting), min((each.at for each in waiting), default=None)
        )

    async def sweep(self, before: datetime, limit: int) -> int:
        """See `Outbox.sweep`."""
        old = [
            seq
            for seq, row in self.room.outbox.items()
            if row.due_at is None and row.notice.at < before
        ][:limit]
        for seq in old:
            del self.room.outbox[seq]
        return len(old)

    def _settle(self, taken: Notice, word: str, until: datetime | None) -> bool:
        row = self._still(taken)
        if row is None:
            return False
        row.notice, row.due_at = evolve(row.notice, word=word), until
        return True

    def _still(self, taken: Notice) -> OutboxRow | None:
        row = self.room.outbox.get(taken.seq)
        if row is None or row.due_at is None or row.notice.attempts != taken.attempts:
            return None
        return row
