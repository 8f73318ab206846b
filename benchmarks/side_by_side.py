"""wxlogin and its peers in one run on one PostgreSQL: CPU, cold start, memory."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from attrs import frozen
from tests.servers.postgres import PostgresServer, fresh_postgres_database

from benchmarks import machine, resting
from benchmarks.bench import CONNECTIONS, cpu_seconds, log_in_all, operations
from benchmarks.load import drive
from benchmarks.peers import Peer, stand_in

NAMES = ("returning login", "new login", "refresh", "me", "update")
SLOW_SHARE = 4
"""A slow service gets one request where others get four: its figures are long enough to read."""
Say = Callable[[str], None]


@frozen
class Spent:
    """µs of CPU an operation took of the service and of the database, and how many a second."""

    cpu: float
    server: float
    per_second: float


async def one_round(
    pid: int, port: int, total: int, run: int, *, refreshes: bool = True, server: int = 0
) -> dict[str, Spent]:
    """Answers what each operation took; people and codes are others in each round."""
    tokens = await log_in_all(port, named=f"round{run}x{{}}".format)
    for token in tokens:
        token.setdefault("refresh_token", "")
    can = operations(tokens, run)
    spent = {}
    for name in NAMES:
        if name == "refresh" and not refreshes:
            continue
        before, theirs, began = cpu_seconds(pid), server and cpu_seconds(server), time.monotonic()
        await drive(port, CONNECTIONS, total, can[name])
        took = time.monotonic() - began
        spent[name] = Spent(
            (cpu_seconds(pid) - before) / total * 1e6,
            (cpu_seconds(server) - theirs) / total * 1e6 if server else 0.0,
            total / took,
        )
    return spent


def measure(chosen: Sequence[Peer], total: int, runs: int, say: Say) -> dict[str, Any]:
    """Answers what each service took, one figure a round, rounds taken in turn."""
    found: dict[str, Any] = {}
    with ExitStack() as stack:
        server = stack.enter_context(PostgresServer.running())
        wechat = stack.enter_context(stand_in())
        served = {}
        for peer in chosen:
            url = stack.enter_context(fresh_postgres_database(server.url))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            start = peer.begin(url, wechat, folder)
            seconds = resting.cold_start(peer.name, start)
            running = served[peer.name] = stack.enter_context(start.running(wechat))
            memory = resting.memory(running.pid)
            found[peer.name] = {
                "title": peer.title, "version": machine.version_of(peer),
                "requests": _requests(peer, total), "cpu": {},
                "cold_start_seconds": [round(each, 3) for each in seconds],
                "memory_mib": {"at_rest": round(memory, 1), "after_rounds": []},
            }  # fmt: skip
            say(f"{peer.name}: starts in {median(seconds):.2f} s, {memory:.0f} MiB at rest")
        for run in range(-1, runs):  # run -1 warms up and is not counted
            for peer in chosen:
                running, each = served[peer.name], found[peer.name]
                spent = asyncio.run(
                    one_round(
                        running.pid, running.port, _requests(peer, total), run,
                        refreshes=peer.refreshes,
                    )
                )  # fmt: skip
                if run >= 0:
                    keep(each, {"cpu": {name: part.cpu for name, part in spent.items()}})
                memory = round(resting.memory(running.pid), 1)
                each["memory_mib"]["after_rounds"].append(memory)
                say(f"{told(run, runs)} {peer.name}: {line(spent)}; {memory:.0f} MiB")
    return {"rounds": runs, "services": found}


def keep(each: dict[str, Any], figures: Mapping[str, Mapping[str, float]]) -> None:
    """Adds one figure to the rows of each operation."""
    for what, by_name in figures.items():
        for name, figure in by_name.items():
            each[what].setdefault(name, []).append(round(figure))


def told(run: int, runs: int) -> str:
    """Answers which round it is."""
    return "warming up," if run < 0 else f"round {run + 1} of {runs},"


def line(spent: Mapping[str, Spent]) -> str:
    """Answers the CPU of a round's operations."""
    return ", ".join(f"{name} {part.cpu:.0f}" for name, part in spent.items())


def _requests(peer: Peer, total: int) -> int:
    share = total // SLOW_SHARE if peer.slow else total
    return max(share // CONNECTIONS, 1) * CONNECTIONS
