"""One campaign, from its start to its verdict."""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic

import uvloop
from attrs import field, frozen

from tests.campaign.chaos import Chaos, Killable, Pace
from tests.campaign.checker import Verdict, judge
from tests.campaign.databases import Outside
from tests.campaign.doors import Doors
from tests.campaign.fleet import Fleet, fleet
from tests.campaign.history import History
from tests.campaign.operating import StoreOperator
from tests.campaign.people import Crowd, operate
from tests.campaign.town import Town
from tests.servers import RedisServer

_LAST_SECONDS = 1.0


@frozen
class Campaign:
    """How much is done and how it is hurt. `cuts` and `faults` are shares of requests and calls.

    `people` is how many persons use their phones at a time.
    """

    operations: int
    processes: int = 4
    people: int = 600
    at_once: int = 64
    cuts: float = 0.01
    faults: float = 0.05
    seed: int = 1
    pace: Pace = field(factory=Pace)


@frozen
class Outcome:
    """What happened, how long it took in seconds, and what it is worth."""

    history: History
    verdict: Verdict
    seconds: float
    complaints: list[str]


def run(
    campaign: Campaign,
    database: str,
    server: Killable | None = None,
    redis: RedisServer | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Runs a campaign on an empty database; servers, where given, are killed now and then."""
    outside, history = Outside.of(database), History()
    with (
        ThreadPoolExecutor() as hands,
        fleet(
            database,
            size=campaign.processes,
            faults=campaign.faults,
            seed=campaign.seed,
            redis=None if redis is None else redis.url,
        ) as running,
    ):
        began = monotonic()
        chaos = partial(
            Chaos, fleet=running, outside=outside, server=server, redis=redis, hands=hands
        )
        uvloop.run(_lived(campaign, running, chaos, history, tell))
        seconds = monotonic() - began
        history.calls = running.calls()
        running.kill_all()
        return Outcome(history, judge(history, outside.rows()), seconds, running.complaints)


async def _lived(
    campaign: Campaign,
    running: Fleet,
    chaos: Callable[..., Chaos],
    history: History,
    tell: Callable[[int], None],
) -> None:
    chance = random.Random(campaign.seed)
    doors = Doors(running.ports, chance, campaign.cuts, campaign.at_once)
    town = Town(doors, history, chance, campaign.operations, tell)
    crowd = Crowd(town, campaign.people)
    operator = StoreOperator.of(running.environ)
    try:
        async with asyncio.TaskGroup() as group:
            lives = [
                group.create_task(crowd.live()),
                group.create_task(operate(crowd, operator)),
            ]
            await chaos(town=town, pace=campaign.pace).reign()
            await asyncio.wait(lives, timeout=_LAST_SECONDS)
            for life in lives:  # phones are switched off, whatever they wait for
                life.cancel()
    finally:
        await doors.close()
        await operator.close()
