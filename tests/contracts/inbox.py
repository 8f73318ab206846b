"""The contract of `Inbox`: each event once, one worker at a time, and kept as long as needed."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.people import APP, MINUTE, NOW, OTHER_APP, TICK
from wxlogin.domain.ports.push import Inbox, PushEntry, PushState
from wxlogin.domain.push_event import PushEvent

DAY = timedelta(days=1)


def an_event(appid: str = APP, **told: Any) -> PushEvent:
    """Answer an event, of this moment unless told otherwise."""
    usual = {"Event": "debug_demo", "CreateTime": int(NOW.timestamp()), "OpenID": "oPerson"}
    return PushEvent.of(appid, usual | told)


async def keep(inbox: Inbox, *keys: str, at=NOW, **told: Any) -> None:
    for key in keys:
        assert await inbox.add([key], an_event(**told), at)


async def take(inbox: Inbox, at=NOW) -> PushEntry:
    taken = await inbox.take(at, at + MINUTE)
    assert taken is not None
    return taken


class InboxContract:
    """Subclasses answer an empty inbox from a fixture `inbox`."""

    async def test_an_event_comes_back_as_it_was(self, inbox: Inbox):
        """All it says, in any script, and its moments."""
        nested = {"a": [1, 2.5, None, True], "empty": ""}
        event = an_event(OTHER_APP, text="微信🙂\u0001", nested=nested, long="长" * 20_000)

        assert await inbox.add(["k1"], event, NOW + TICK)
        taken = await take(inbox, NOW + TICK)

        assert ("k1", OTHER_APP, "debug_demo") == (taken.key, taken.appid, taken.kind)
        assert (event.created_at, NOW + TICK) == (taken.created_at, taken.received_at)
        assert (PushState.WAITING, 1, "") == (taken.state, taken.attempts, taken.word)
        assert event == taken.event

    async def test_an_event_is_kept_once(self, inbox: Inbox):
        """Of any number that come at once exactly one is; also when an older key knows it."""
        event = an_event()

        added = await asyncio.gather(*(inbox.add(["k1"], event, NOW) for _ in range(8)))

        assert 1 == added.count(True)
        assert not await inbox.add(["k2", "k1"], event, NOW)
        assert ["k1"] == [entry.key for entry in await inbox.newest(9)]

    async def test_what_may_come_once_comes_with_one_event(self, inbox: Inbox):
        """Another event with it is not kept, whatever comes together; those without are."""
        added = await asyncio.gather(
            *(inbox.add([f"k{n}"], an_event(n=n), NOW, "signed") for n in range(6))
        )

        assert 1 == added.count(True)
        assert await inbox.add(["other"], an_event(), NOW, "signed otherwise")
        await keep(inbox, "bare", "bare too")
        assert 4 == len(await inbox.newest(9))

    async def test_a_known_event_stays_as_it_is(self, inbox: Inbox):
        """One that was worked off is not begun again."""
        await keep(inbox, "k1")
        assert await inbox.settle(await take(inbox), PushState.DONE, "removed")

        assert not await inbox.add(["k1"], an_event(), NOW)
        assert await inbox.take(NOW + DAY, NOW + DAY) is None

    async def test_nothing_is_taken_where_nothing_waits(self, inbox: Inbox):
        """An empty inbox says so."""
        assert await inbox.take(NOW, NOW + MINUTE) is None
        assert [] == list(await inbox.newest(9))

    async def test_each_event_goes_to_one_worker(self, inbox: Inbox):
        """However many ask at once."""
        await keep(inbox, *(f"k{n}" for n in range(10)))

        taken = await asyncio.gather(*(inbox.take(NOW, NOW + MINUTE) for _ in range(20)))

        keys = [each.key for each in taken if each is not None]
        assert sorted(f"k{n}" for n in range(10)) == sorted(keys)

    async def test_the_oldest_is_taken_first(self, inbox: Inbox):
        """And not before its time."""
        await keep(inbox, "young", at=NOW + TICK)
        await keep(inbox, "old")

        assert "old" == (await take(inbox, NOW)).key
        assert await inbox.take(NOW, NOW + MINUTE) is None
        assert "young" == (await take(inbox, NOW + TICK)).key

    async def test_what_a_dead_worker_held_is_taken_again(self, inbox: Inbox):
        """When its time is over, and not before; then the first one has no say any more."""
        await keep(inbox, "k1")
        first = await take(inbox)

        assert await inbox.take(NOW + MINUTE - TICK, NOW + DAY) is None
        second = await take(inbox, NOW + MINUTE)

        assert (1, 2) == (first.attempts, second.attempts)
        assert not await inbox.settle(first, PushState.FAILED, "late")
        assert not await inbox.put_off(first, "late", NOW)
        assert await inbox.settle(second, PushState.DONE, "removed")
        assert not await inbox.settle(second, PushState.FAILED, "twice")
        assert ["removed"] == [each.word for each in await inbox.newest(9)]

    async def test_only_what_is_done_is_forgotten(self, inbox: Inbox):
        """A kept or failed event still says everything; a done one only that there was one."""
        await keep(inbox, "k1", "k2", "k3")
        for state in (PushState.DONE, PushState.KEPT, PushState.FAILED):
            assert await inbox.settle(await take(inbox), state, state.value)

        found = {each.state: each for each in await inbox.newest(9)}
        assert found[PushState.DONE].event is None
        assert an_event() == found[PushState.KEPT].event == found[PushState.FAILED].event
        assert {"done", "kept", "failed"} == {each.word for each in found.values()}

    async def test_an_event_put_off_waits_its_time(self, inbox: Inbox):
        """It says why, counts its tries, and lets others pass."""
        await keep(inbox, "k1")
        assert await inbox.put_off(await take(inbox), "store_unavailable", NOW + DAY)

        (entry,) = await inbox.newest(9)
        assert (PushState.WAITING, 1, "store_unavailable") == (
            entry.state, entry.attempts, entry.word,
        )  # fmt: skip
        assert await inbox.take(NOW + DAY - TICK, NOW + DAY) is None
        assert 2 == (await take(inbox, NOW + DAY)).attempts

    @pytest.mark.parametrize("word", ["w" * 500, "原因"])
    async def test_an_odd_word_is_cut(self, inbox: Inbox, word: str):
        """What an error is called breaks nothing."""
        await keep(inbox, "k1")

        assert await inbox.settle(await take(inbox), PushState.FAILED, word)

    async def test_the_newest_come_first(self, inbox: Inbox):
        """And only as many as wanted."""
        for number in range(4):
            await keep(inbox, f"k{number}", at=NOW + number * TICK)

        assert ["k3", "k2"] == [each.key for each in await inbox.newest(2)]

    async def test_a_sweep_deletes_what_nobody_needs(self, inbox: Inbox):
        """Done ones before one moment, kept and failed before another; what waits stays."""
        await keep(inbox, "done", "kept", "failed", "waits")
        states = {"done": PushState.DONE, "kept": PushState.KEPT, "failed": PushState.FAILED}
        for _ in range(4):
            taken = await take(inbox)
            if taken.key in states:
                assert await inbox.settle(taken, states[taken.key], "")

        assert 0 == await inbox.sweep(NOW, NOW, 9)
        assert 1 == await inbox.sweep(NOW + TICK, NOW, 9)
        assert 1 == await inbox.sweep(NOW + TICK, NOW + TICK, 1)
        assert 1 == await inbox.sweep(NOW + TICK, NOW + TICK, 9)
        assert ["waits"] == [each.key for each in await inbox.newest(9)]
