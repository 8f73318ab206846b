"""The trail's ear: nobody waits for it, it loses little, and it says what it lost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from attrs import define, field

from tests.world import START
from wxlogin.adapters.audit import AuditJournal, journal
from wxlogin.adapters.memory.ambient import ListJournal, SerialIds, SetClock
from wxlogin.adapters.memory.audit import MemoryAudit
from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.domain.ports.ambient import Fact
from wxlogin.domain.ports.audit import Actor, AuditEvent, AuditQuery, AuditWord


async def nothing() -> None:
    """Be where a store would wait."""


@define
class Bench:
    """A journal over a trail in memory; `before` is run before each batch is kept."""

    trail: MemoryAudit = field(factory=lambda: MemoryAudit(MemoryRoom()))
    clock: SetClock = field(factory=lambda: SetClock(START))
    log: ListJournal = field(factory=ListJournal)
    before: Callable[[], Awaitable[None]] = nothing
    client: str | None = None
    batches: list[int] = field(factory=list)
    written: asyncio.Event = field(factory=asyncio.Event)
    journal: AuditJournal = field()

    @journal.default
    def _journal(self):
        return AuditJournal(self.log, self, self.clock, SerialIds(), lambda: self.client)

    async def append(self, events):
        await self.before()
        self.batches.append(len(events))
        await self.trail.append(events)
        self.written.set()

    async def kept(self) -> list[AuditEvent]:
        return list(await self.trail.find(AuditQuery(limit=100_000)))[::-1]

    def hear(self, count: int = 1, name: str = "login") -> None:
        for n in range(count):
            self.journal.record(Fact(name, user_id=f"u{n}"))


async def down() -> None:
    raise StoreUnavailable(1)


async def broken() -> None:
    raise TypeError


async def test_an_entry_says_when_who_and_from_where():
    """The moment and the address are those of the fact, not of the writing."""
    bench = Bench()
    bench.client = "203.0.113.77"
    bench.journal.record(Fact("login", appid="wx1", user_id="u1", sid="s1"))
    bench.client = None
    bench.clock.advance(timedelta(seconds=1))
    bench.journal.record(Fact("keys_rotated"))
    bench.clock.advance(timedelta(hours=1))

    await bench.journal.flush()

    first, second = await bench.kept()
    assert first == AuditEvent(
        id=first.id, at=START, event=AuditWord.LOGIN, actor=Actor.SELF, appid="wx1",
        user_id="u1", sid="s1", client="203.0.113.0",
    )  # fmt: skip
    assert (second.event, second.actor) == (AuditWord.KEYS_ROTATED, Actor.SERVICE)
    assert second.at == START + timedelta(seconds=1)


async def test_every_fact_goes_on_and_only_some_into_the_trail():
    """Log and numbers get all; an ordinary refresh is no entry."""
    bench = Bench()
    for name in ("refresh_repeated", "content_check", "bind_phone", "ban"):
        bench.hear(name=name)

    await bench.journal.flush()

    assert [fact.name for fact in bench.log.facts] == [
        "refresh_repeated", "content_check", "bind_phone", "ban",
    ]  # fmt: skip
    assert [event.event for event in await bench.kept()] == [AuditWord.BANNED]


async def test_recording_asks_no_store():
    """A login's fact touches neither database nor loop: the store may hang."""
    bench = Bench(before=down)

    bench.hear(5)

    assert bench.batches == []


async def test_what_is_heard_is_written_soon(monkeypatch: pytest.MonkeyPatch):
    """By itself, after a pause."""
    monkeypatch.setattr(journal, "PAUSE", 0.001)
    bench = Bench()
    writing = asyncio.create_task(bench.journal.write_on())
    bench.hear()

    async with asyncio.timeout(5):
        await bench.written.wait()

    writing.cancel()
    assert bench.batches == [1]


async def test_a_full_batch_does_not_wait_for_the_pause(monkeypatch: pytest.MonkeyPatch):
    """So a kill in a storm of logins loses no more than in a quiet hour."""
    monkeypatch.setattr(journal, "PAUSE", 3600)
    bench = Bench()
    writing = asyncio.create_task(bench.journal.write_on())
    await asyncio.sleep(0)
    bench.hear(450)

    async with asyncio.timeout(5):
        await bench.written.wait()
        await bench.journal.flush()

    writing.cancel()
    assert bench.batches == [200, 200, 50]


async def test_an_outage_loses_nothing_that_fits(monkeypatch: pytest.MonkeyPatch):
    """What could not be written is tried again, in order, once each."""
    monkeypatch.setattr(journal, "PAUSE", 0.001)
    tries = []

    async def twice_down() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise StoreUnavailable(1)

    bench = Bench(before=twice_down)
    writing = asyncio.create_task(bench.journal.write_on())
    bench.hear(250)
    async with asyncio.timeout(5):
        await bench.written.wait()
        await bench.journal.flush()
    writing.cancel()

    assert [event.user_id for event in await bench.kept()] == [f"u{n}" for n in range(250)]


async def test_what_does_not_fit_is_counted():
    """Memory is bounded; afterwards an entry says how many are missing."""
    bench = Bench(before=down)
    bench.hear(10_017)
    with pytest.raises(StoreUnavailable):
        await bench.journal.flush()
    bench.before = nothing

    await bench.journal.flush()

    *kept, gap = await bench.kept()
    assert len(kept) == 10_000
    assert (gap.event, gap.reason) == (AuditWord.AUDIT_LOST, "17")


async def test_what_the_store_refuses_for_good_stops_nothing(monkeypatch: pytest.MonkeyPatch):
    """It is counted as lost, and what comes later is written."""
    bench = Bench(before=broken)
    bench.hear(3)
    for _ in range(2):
        with pytest.raises(TypeError):
            await bench.journal.flush()
    bench.before = nothing
    bench.hear()

    await bench.journal.flush()

    kept = await bench.kept()
    assert [(event.event, event.reason) for event in kept] == [
        (AuditWord.LOGIN, ""),
        (AuditWord.AUDIT_LOST, "3"),
    ]


async def test_a_writing_cut_short_is_done_again():
    """What was being written when the service was asked to stop is in the trail, once."""
    bench = Bench()
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        under_way.set()
        await go_on.wait()

    bench.before = slow
    bench.hear(2)
    writing = asyncio.create_task(bench.journal.flush())
    await under_way.wait()
    writing.cancel()
    await asyncio.wait([writing])
    bench.before = nothing

    await bench.journal.flush()

    assert [event.user_id for event in await bench.kept()] == ["u0", "u1"]


async def test_two_flushes_at_once_write_each_entry_once():
    """The end of the service and its background do not get in each other's way."""
    bench = Bench(before=lambda: asyncio.sleep(0))
    bench.hear(450)

    await asyncio.gather(bench.journal.flush(), bench.journal.flush())

    assert sum(bench.batches) == 450
