"""The work that follows pushed events, as every process does it."""

import asyncio

import pytest

from wxlogin.adapters.push import PushApp
from wxlogin.entrypoints.container import pushing

APPS = {"wx1": PushApp.of("token", None)}


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch):
    monkeypatch.setattr(pushing, "PUSH_SECONDS", 0)


async def test_a_store_that_is_away_stops_nothing():
    """Rounds go on when it is back, and each goes on while there is something to do."""
    found = iter([RuntimeError("away"), RuntimeError("away"), 1, 1, 0])
    done = asyncio.Event()

    async def work() -> int:
        what = next(found, None)
        if what is None:
            done.set()
            await asyncio.Event().wait()
        if isinstance(what, Exception):
            raise what
        return what

    task = asyncio.create_task(pushing.work_off(APPS, work))
    await asyncio.wait_for(done.wait(), 5)
    task.cancel()
    assert next(found, "all") == "all"


async def test_where_nothing_can_be_pushed_nothing_is_asked():
    """A deployment without a push token pays no query for it."""

    async def work() -> int:
        raise AssertionError

    await asyncio.wait_for(pushing.work_off({}, work), 5)
