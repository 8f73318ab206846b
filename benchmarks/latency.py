"""How long answers take at half of what each service can do, on a core of its own.

Service, database and WeChat's stand-in share one core and the load has the other; where there is
only one, all share it.
"""

import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import uvloop
from tests.servers.postgres import PostgresServer, fresh_postgres_database

from benchmarks.bad_days.verdict import load_apart, start_apart
from benchmarks.bench import CONNECTIONS, Running, log_in_all, operations
from benchmarks.load import Operation, drive
from benchmarks.open_loop import offer, percentile
from benchmarks.peers import Peer, stand_in
from benchmarks.side_by_side import NAMES, Say

SHARE = 0.5
_FIRST, _PASSES, _PASS_SECONDS = 20 * CONNECTIONS, 3, 2.0
_numbers = itertools.count(1)


@contextmanager
def apart() -> Iterator[None]:
    """Gives what is started inside one core; `load_apart` then takes the load off it."""
    everywhere = os.sched_getaffinity(0)
    start_apart()
    try:
        yield
    finally:
        os.sched_setaffinity(0, everywhere)


def measure(chosen: Sequence[Peer], seconds: float, runs: int, say: Say) -> dict[str, Any]:
    """Answers milliseconds by service and operation, one p50 and p99 for each run, in turn."""
    with ExitStack() as stack:
        stack.enter_context(apart())
        server = stack.enter_context(PostgresServer.running())
        wechat = stack.enter_context(stand_in())
        served = {}
        for peer in chosen:
            url = stack.enter_context(fresh_postgres_database(server.url))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            served[peer] = stack.enter_context(
                peer.begin(url, wechat, folder).running(wechat)
            )  # fmt: skip
        load_apart()
        return {
            "seconds": seconds, "share": SHARE,
            "services": uvloop.run(_measured(served, seconds, runs, say)),
        }  # fmt: skip


async def _measured(
    served: Mapping[Peer, Running], seconds: float, runs: int, say: Say
) -> dict[str, Any]:
    found: dict[str, Any] = {peer.name: {} for peer in served}
    for run in range(runs):
        for (peer, running), name in itertools.product(served.items(), NAMES):
            if name == "refresh" and not peer.refreshes:
                continue
            tokens = await log_in_all(running.port, named=f"calm{next(_numbers)}x{{}}".format)

            def fresh(name: str = name, tokens: list[dict[str, str]] = tokens) -> Operation:
                return operations(tokens, next(_numbers))[name]

            each = found[peer.name].setdefault(
                name, {"p50_ms": [], "p99_ms": [], "lag_ms": [], "failed": 0}
            )
            if run == 0:
                each["capacity"] = round(await _capacity(running.port, fresh))
            tally = await offer(
                running.port, fresh(), each["capacity"] * SHARE, seconds,
                connections=CONNECTIONS, seed=run,
            )  # fmt: skip
            took = tally.latencies()
            for share, row in ((0.5, "p50_ms"), (0.99, "p99_ms")):
                each[row].append(round(percentile(took, share) * 1000, 2))
            each["lag_ms"].append(round(tally.lag * 1000, 1))
            each["failed"] += len(tally.status) - len(took)
            say(
                f"run {run + 1} of {runs}, {peer.name}: {name} at {each['capacity'] * SHARE:.0f}"
                f" a second: p50 {each['p50_ms'][-1]}, p99 {each['p99_ms'][-1]} ms;"
                f" the load's own lag {each['lag_ms'][-1]} ms, failed {each['failed']}"
            )
            await asyncio.sleep(0.2)
    return found


async def _capacity(port: int, fresh: Any) -> float:
    """Answers how many a second a closed loop gets done, once the service is warm."""
    total, rates = _FIRST, []
    for _ in range(_PASSES):
        began = time.monotonic()
        await drive(port, CONNECTIONS, total, fresh())
        rates.append(total / (time.monotonic() - began))
        total = max(int(rates[-1] * _PASS_SECONDS) // CONNECTIONS, 1) * CONNECTIONS
    return float(median(rates[1:]))
