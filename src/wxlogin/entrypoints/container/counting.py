"""Counts living sessions for the metrics, now and then and never in a hurry."""

import asyncio

import structlog

from wxlogin.adapters.metrics import Metrics
from wxlogin.adapters.sql import Database
from wxlogin.adapters.sql.counting import count_slice
from wxlogin.domain.ports.ambient import Clock

COUNT_SECONDS = 300.0
_FIRST_SECONDS = 5.0
_PAUSE_SECONDS, _PAUSE_TIMES = 0.05, 30
"""Between two slices, and at least so many times what the slice took: a count costs a server three
hundredths of one connection, however many sessions there are."""

_log = structlog.get_logger("wxlogin.counting")


async def count_on(database: Database, clock: Clock, metrics: Metrics) -> None:
    """Counts again and again, until cancelled; what fails leaves the last count as it is."""
    await asyncio.sleep(_FIRST_SECONDS)
    while True:
        try:
            metrics.sessions(await count(database, clock))
        except Exception as failure:  # noqa: BLE001 - the next round may go well
            _log.warning("sessions_not_counted", exc_info=failure)
        await asyncio.sleep(COUNT_SECONDS)


async def count(database: Database, clock: Clock) -> int:
    """Answers about how many sessions live; what begins and ends meanwhile may be missed."""
    loop = asyncio.get_running_loop()
    living, after = 0, ""
    while True:
        started = loop.time()
        found = await count_slice(database, after, clock.now())
        living += found.living
        if found.last is None:
            return living
        after = found.last
        await asyncio.sleep(max(_PAUSE_SECONDS, _PAUSE_TIMES * (loop.time() - started)))
