"""MemoryLedger."""

import asyncio
from contextlib import suppress
from datetime import datetime

from attrs import evolve, field, frozen

from wxlogin.adapters.memory.room import LedgerRow, MemoryRoom
from wxlogin.domain.ports.ledger import Claim, Outcome


@frozen
class MemoryLedger:
    """The ledger in memory."""

    room: MemoryRoom
    _changed: dict[str, asyncio.Event] = field(factory=dict, init=False)

    async def claim(self, claim: Claim, now: datetime, expires_at: datetime) -> Outcome | None:
        """See `Ledger.claim`."""
        row = self.room.ledger.get(claim.spent)
        if row is not None and now.timestamp() < row.expires_at:
            return _given_out(row, now)
        self.room.ledger[claim.spent] = LedgerRow(
            Outcome(claim.key, claim.body), expires_at.timestamp()
        )
        return None

    async def settle(self, spent: str, answer: bytes | None, answer_until: datetime) -> None:
        """See `Ledger.settle`."""
        if row := self.room.ledger.get(spent):
            row.outcome = evolve(row.outcome, answer=answer, settled=True)
            row.answer_until = answer_until.timestamp()
            self._tell(spent)

    async def release(self, spent: str) -> None:
        """See `Ledger.release`."""
        self.room.ledger.pop(spent, None)
        self._tell(spent)

    async def outcome(self, spent: str, now: datetime, patience: float) -> Outcome | None:
        """See `Ledger.outcome`."""
        row = self.room.ledger.get(spent)
        if row is not None and not row.outcome.settled:
            changed = self._changed.setdefault(spent, asyncio.Event())
            with suppress(TimeoutError):  # how it stands by then is the answer
                await asyncio.wait_for(changed.wait(), patience)
            row = self.room.ledger.get(spent)
        return None if row is None else _given_out(row, now)

    async def sweep(self, now: datetime, limit: int) -> int:
        """See `Ledger.sweep`."""
        moment = now.timestamp()
        for row in self.room.ledger.values():
            if row.outcome.answer is not None and moment >= row.answer_until:
                row.outcome = evolve(row.outcome, answer=None)
        gone = [s for s, row in self.room.ledger.items() if moment >= row.expires_at][:limit]
        for spent in gone:
            del self.room.ledger[spent]
        return len(gone)

    def _tell(self, spent: str) -> None:
        if waiting := self._changed.pop(spent, None):
            waiting.set()


def _given_out(row: LedgerRow, now: datetime) -> Outcome:
    if row.outcome.answer is not None and now.timestamp() >= row.answer_until:
        return evolve(row.outcome, answer=None)
    return row.outcome
