"""The sender of a process: wakes when rung, bounds what is under way, spares who is down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from tests.contracts.people import NOW
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.memory.outbox import MemoryOutbox
from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.adapters.sql import SqlUsers, TellingUsers
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.domain.ports.outbox import Happened, Notice
from wxlogin.domain.user import HELD_AVATARS, OWN_AVATARS, Profile, User
from wxlogin.entrypoints.container import Container, hooking
from wxlogin.entrypoints.container.hooking import Bell, Sending, as_told, keep_depth, send_out
from wxlogin.entrypoints.settings import Settings

ONE_APP = {"webhook_url": "https://app.example.com/", "webhook_secret": (b"k" * 32,)}


@pytest.fixture(autouse=True)
def polls_seldom(monkeypatch):
    """Let nothing come by polling, unless a test wants it."""
    monkeypatch.setattr(hooking, "POLL_SECONDS", 3600)


@asynccontextmanager
async def sending(
    room: MemoryRoom, deliver: Callable[[Notice], Awaitable[bool]], lanes: int = 3
) -> AsyncIterator[Sending]:
    work = Sending(MemoryOutbox(room), deliver, SetClock(NOW), Bell(), lanes)
    task = asyncio.create_task(work.work())
    try:
        async with asyncio.timeout(10):
            yield work
    finally:
        task.cancel()
        await asyncio.wait([task])


def tell(room: MemoryRoom, *users: str) -> None:
    for user in users:
        room.tell(Happened.USER_UPDATED, user, NOW)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - many different things are waited for
        await asyncio.sleep(0)


async def test_what_happens_here_is_sent_at_once():
    """A ring is enough; so is one that came before the sender looked."""
    room = MemoryRoom(telling=True)
    sent: list[str] = []

    async def deliver(notice: Notice) -> bool:
        sent.append(notice.user_id)
        return await MemoryOutbox(room).done(notice)

    tell(room, "a")
    async with sending(room, deliver) as work:
        await until(lambda: sent == ["a"])
        tell(room, "b", "b")
        work.bell.ring()
        await until(lambda: sent == ["a", "b", "b"])


async def test_what_is_under_way_is_bounded():
    """No more than the lanes, and another as soon as one is done."""
    room = MemoryRoom(telling=True)
    under_way, done = set[str](), asyncio.Semaphore(0)
    most = 0

    async def deliver(notice: Notice) -> bool:
        nonlocal most
        under_way.add(notice.user_id)
        most = max(most, len(under_way))
        await done.acquire()
        under_way.discard(notice.user_id)
        return await MemoryOutbox(room).done(notice)

    tell(room, *"abcdefgh")
    async with sending(room, deliver):
        await until(lambda: len(under_way) == 3)
        for _ in range(8):
            done.release()
        await until(lambda: not room.outbox)
    assert 3 == most


async def test_who_is_down_is_asked_by_one_at_a_time(monkeypatch):
    """After a rest that grows up to a bound; the first yes opens all lanes."""
    rests: list[float] = []
    never_ends = asyncio.sleep

    async def sleep(seconds: float) -> None:
        if seconds:
            rests.append(seconds)
        await never_ends(0)

    monkeypatch.setattr(hooking.asyncio, "sleep", sleep)
    room = MemoryRoom(telling=True)
    asked: list[int] = []
    up = False
    under_way = 0

    async def deliver(notice: Notice) -> bool:
        nonlocal under_way
        under_way += 1
        asked.append(under_way)
        await never_ends(0)
        under_way -= 1
        outbox = MemoryOutbox(room)
        return await outbox.done(notice) if up else not await outbox.put_off(notice, "", NOW)

    tell(room, *"abcdefgh")
    async with sending(room, deliver):
        await until(lambda: len(rests) >= 7)
        up = True
        await until(lambda: not room.outbox)

    assert [1, 2, 3] == asked[:3]
    assert {1} == set(asked[3:8])
    assert rests[0] in {1.0, 2.0}
    assert all(later == min(2 * sooner, 15.0) for sooner, later in pairwise(rests))
    assert 3 == max(asked[8:])


async def test_a_store_that_is_away_stops_nothing(monkeypatch):
    """Neither while looking nor while delivering; nothing is lost."""
    monkeypatch.setattr(hooking, "POLL_SECONDS", 0)
    room = MemoryRoom(telling=True)
    fails = iter([StoreUnavailable(1), StoreUnavailable(1)])
    sent: list[str] = []

    class Away(MemoryOutbox):
        async def take(self, *asked):
            if (failure := next(fails, None)) is not None:
                raise failure
            return await super().take(*asked)

    async def deliver(notice: Notice) -> bool:
        sent.append(notice.user_id)
        if notice.user_id == "broken":
            raise StoreUnavailable(1)
        return await MemoryOutbox(room).done(notice)

    tell(room, "broken", "a")
    async with sending(room, deliver) as work:
        work.outbox = Away(room)
        await until(lambda: sorted(sent) == ["a", "broken"])
        await until(lambda: not work._under_way)
        tell(room, "b")
        await until(lambda: "b" in sent)
    assert ["broken"] == [row.notice.user_id for row in room.outbox.values()]


async def test_a_stop_lets_what_is_under_way_come_to_its_end():
    """Within a moment; what takes longer is cut off, and sent again when its lease is over."""
    room = MemoryRoom(telling=True)
    ended: list[str] = []

    async def deliver(notice: Notice) -> bool:
        if notice.user_id == "slow":
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cut off")
        await asyncio.sleep(0.01)
        ended.append(notice.user_id)
        return await MemoryOutbox(room).done(notice)

    tell(room, "quick", "slow")
    async with sending(room, deliver) as work:
        await until(lambda: len(work._under_way) == 2)

    await until(lambda: len(ended) == 2)
    assert ["quick", "cut off"] == ended
    assert ["slow"] == [row.notice.user_id for row in room.outbox.values()]


async def test_without_an_address_nothing_runs_and_nothing_tells(tmp_path):
    """The plain stores are built, and the sender's work is over before it began."""
    container = Container(settings=Settings(data_dir=tmp_path))

    await asyncio.wait_for(send_out(container.hooks()), 5)
    await asyncio.wait_for(keep_depth(container.hooks(), container.metrics()), 5)

    assert SqlUsers is type(container.users())
    assert ["master.key"] == [path.name for path in tmp_path.iterdir()]


async def test_with_an_address_the_stores_tell(tmp_path):
    """All three of them, and the sender of their process is the one they wake."""
    container = Container(settings=Settings(data_dir=tmp_path, **ONE_APP))
    stores = (container.users(), container.sessions(), container.accounts())

    assert TellingUsers is type(stores[0])
    assert {container.bell()} == {store.ring.__self__ for store in stores}
    assert container.bell() is container.hooks.sending().bell


def test_the_application_is_not_told_where_a_held_picture_lies():
    """Only its owner knows that address; the application gets the one that opens once it passed."""
    profile = Profile(avatar_url=f"{HELD_AVATARS}a.webp")
    user = User(id="u", created_at=NOW, updated_at=NOW, profile=profile)

    assert (
        f"https://id.example{OWN_AVATARS}a.webp" == as_told("https://id.example")(user).avatar_url
    )
