"""AuditJournal: hears facts without making anybody wait, and writes them a moment later.

What was heard and not yet written is lost with the process when it is killed: at most what
`PAUSE` seconds bring, or `BATCH` entries and those being written.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import structlog
from attrs import define, field

from wxlogin.domain.errors import LoginError
from wxlogin.domain.ports.ambient import Clock, Fact, Ids, Journal
from wxlogin.domain.ports.audit import Actor, AuditEvent, AuditTrail, AuditWord
from wxlogin.domain.use_cases.auditing import AUDITED, Heard, entry

PAUSE = 0.5
"""Seconds between two writings."""
BATCH = 200
"""So many entries are written at once, and without waiting for the pause to end."""
MOST = 10_000
"""So many may wait while the store cannot be reached; of more only the number is kept."""

_log = structlog.get_logger("wxlogin.audit")


@define(eq=False)
class AuditJournal:
    """Implements Journal: hands each fact on, and keeps those of the trail until written.

    `asker` answers the network address of whoever asks right now, None when nobody does; then
    `unasked` is who acts.
    """

    _journal: Journal
    _trail: AuditTrail
    _clock: Clock
    _ids: Ids
    _asker: Callable[[], str | None]
    _unasked: Actor = Actor.SERVICE
    _heard: deque[Heard] = field(factory=deque, init=False, repr=False)
    _batch: list[AuditEvent] = field(factory=list, init=False, repr=False)
    _lost: int = field(default=0, init=False)
    _failing: bool = field(default=False, init=False)
    _enough: asyncio.Event = field(factory=asyncio.Event, init=False, repr=False)
    _writing: asyncio.Lock = field(factory=asyncio.Lock, init=False, repr=False)

    def record(self, fact: Fact) -> None:
        """See `Journal.record`."""
        self._journal.record(fact)
        if fact.name not in AUDITED:
            return
        if len(self._heard) >= MOST:
            self._lost += 1
            return
        self._heard.append(Heard(fact, self._clock.now(), self._asker()))
        if len(self._heard) >= BATCH:
            self._enough.set()

    async def write_on(self) -> None:
        """Writes what is heard, batch by batch, until cancelled; a failing store is tried again."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._enough.wait()
            try:
                await self.flush()
            except Exception as failure:  # noqa: BLE001 - the next round may go well
                if not self._failing:
                    _log.warning("audit_not_written", exc_info=failure)
                self._failing = True
                await asyncio.sleep(PAUSE)  # a full buffer is no reason to hurry now

    async def flush(self) -> None:
        """Returns when everything heard so far is written.

        Raises whatever the trail raises; what was not written stays to be tried again, except
        what the trail refuses for good.
        """
        async with self._writing:
            self._enough.clear()
            while self._heard or self._batch or self._lost:
                self._batch = self._batch or self._next_batch()
                try:
                    await self._trail.append(self._batch)
                except LoginError:
                    raise
                except Exception:
                    self._lost += sum(_told(event) for event in self._batch)
                    self._batch = []
                    raise
                self._batch, self._failing = [], False

    def _next_batch(self) -> list[AuditEvent]:
        count = min(len(self._heard), BATCH)
        heard = [self._heard.popleft() for _ in range(count)]
        batch = [entry(each, self._ids.new_id(), self._unasked) for each in heard]
        if self._lost and not self._heard:
            batch.append(self._gap())
        return batch

    def _gap(self) -> AuditEvent:
        """Answers an entry that says how many could not be kept."""
        lost, self._lost = self._lost, 0
        return AuditEvent(
            id=self._ids.new_id(),
            at=self._clock.now(),
            event=AuditWord.AUDIT_LOST,
            actor=Actor.SERVICE,
            reason=str(lost),
        )


def _told(event: AuditEvent) -> int:
    """Answers how many happenings an entry stands for."""
    return int(event.reason) if event.event is AuditWord.AUDIT_LOST else 1
