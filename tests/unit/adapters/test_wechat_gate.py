"""The gate: so many at once, so many waiting, and no place lost or given twice."""

import asyncio

import pytest

from tests.contracts.people import APP
from tests.unit.adapters.scripted_wechat import (
    CODE,
    LOGIN,
    NEVER,
    outcomes,
    scripted,
    until_all_wait,
)
from wxlogin.adapters.wechat.gate import Gate
from wxlogin.domain.errors import Overloaded


def soon(seconds: float = 60) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_what_is_too_much_is_refused_at_once():
    """Two inside, three waiting; the sixth is told to come later and costs no call."""
    client, script = scripted(NEVER, gate=Gate(2, 3))
    asking = [asyncio.create_task(client.exchange(APP, CODE)) for _ in range(5)]
    await until_all_wait(5)

    with pytest.raises(Overloaded) as refusal:
        await client.exchange(APP, CODE)

    assert refusal.value.retry_after > 0
    assert 2 == len(script.requests)
    for task in asking:
        task.cancel()
    assert ["CancelledError"] * 5 == outcomes(await asyncio.gather(*asking, return_exceptions=True))


async def test_many_pass_through_few_places():
    """Never more at WeChat than there are places, and everybody is served."""
    client, script = scripted(LOGIN, gate=Gate(3, 97))

    results = await asyncio.gather(*(client.exchange(APP, CODE) for _ in range(100)))

    assert ["WeChatSession"] * 100 == outcomes(results)
    assert 3 == script.most_under_way


async def test_who_waits_too_long_is_overloaded_not_unavailable():
    """The question never left, so the queue is to blame and not WeChat."""
    client, script = scripted(NEVER, gate=Gate(places=1), timeout=0.05)
    first, second = (asyncio.create_task(client.exchange(APP, CODE)) for _ in range(2))

    results = await asyncio.gather(first, second, return_exceptions=True)

    assert ["WeChatUnavailable", "Overloaded"] == outcomes(results)
    assert 1 == len(script.requests)


async def test_a_cancelled_caller_gives_its_place_to_the_next():
    """A client that hangs up does not hold a place."""
    client, script = scripted(NEVER, LOGIN, gate=Gate(places=1))
    gone = asyncio.create_task(client.exchange(APP, CODE))
    await script.arrived.wait()
    waiting = asyncio.create_task(client.exchange(APP, CODE))
    await until_all_wait(1)

    gone.cancel()

    assert await waiting
    assert gone.cancelled()


async def test_a_cancelled_waiter_takes_no_place_along():
    """After any mixture of cancellations every place is there again, and not one more."""
    gate = Gate(places=2, queue=10)
    await gate.enter(soon())
    await gate.enter(soon())
    waiters = [asyncio.create_task(gate.enter(soon())) for _ in range(6)]
    await until_all_wait(6)

    waiters[0].cancel()
    gate.leave()  # wakes a waiter that may be cancelled in the same turn of the loop
    waiters[1].cancel()
    waiters[2].cancel()
    await until_all_wait(6)
    served = [task for task in waiters if task.done() and not task.cancelled()]
    assert 1 == len(served)
    assert 2 == gate.inside
    for task in waiters:
        task.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    gate.leave()
    gate.leave()

    assert (0, 0) == (gate.inside, gate.waiting)
    await gate.enter(soon())
    await gate.enter(soon())
    with pytest.raises(Overloaded):
        await gate.enter(soon(0.01))


async def test_without_a_queue_nobody_waits():
    """A queue of none refuses as soon as the places are taken."""
    gate = Gate(places=1, queue=0)
    await gate.enter(soon())

    with pytest.raises(Overloaded):
        await gate.enter(soon())

    gate.leave()
    await gate.enter(soon())
