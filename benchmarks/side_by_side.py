"""wxlogin and its peers in one run on one PostgreSQL; see README.md. `make peers`."""

import argparse
import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.servers.postgres import PostgresServer, fresh_postgres_database

from benchmarks import resting, told
from benchmarks.bench import CONNECTIONS, Running, cpu_seconds, log_in_all, operations
from benchmarks.load import drive
from benchmarks.peers import PEERS, Peer, make, on, stand_in

NAMES = ("returning login", "new login", "refresh", "me", "update")
Figures = dict[str, dict[str, list[float]]]


async def one_round(peer: Peer, running: Running, total: int, run: int) -> dict[str, float]:
    """Answers µs of CPU of each operation; people and codes are others in each round."""
    tokens = await log_in_all(running.port, named=f"round{run}x{{}}".format)
    for token in tokens:
        token.setdefault("refresh_token", "")
    can = operations(tokens, run)
    spent = {}
    for name in NAMES:
        if name == "refresh" and not peer.refreshes:
            continue
        before = cpu_seconds(running.pid)
        await drive(running.port, CONNECTIONS, total, can[name])
        spent[name] = (cpu_seconds(running.pid) - before) / total * 1e6
    return spent


def measure(chosen: list[Peer], total: int, runs: int) -> tuple[Figures, dict[str, resting.Rest]]:
    """Answers µs of CPU by peer and operation, one figure a round, rounds taken in turn."""
    figures: Figures = {peer.name: {} for peer in chosen}
    rests = {}
    with ExitStack() as stack:
        server = stack.enter_context(PostgresServer.running())
        wechat = stack.enter_context(stand_in())
        served = {}
        for peer in chosen:
            url = stack.enter_context(fresh_postgres_database(server.url))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            rests[peer.name] = resting.cold_start(peer, url, wechat, folder)
            served[peer.name] = stack.enter_context(peer.running(url, wechat, folder))
            rests[peer.name].at_rest = resting.memory(served[peer.name].pid)
        for run in range(-1, runs):  # run -1 warms up and is not counted
            for peer in chosen:
                spent = asyncio.run(one_round(peer, served[peer.name], total, run))
                if run >= 0:
                    for name, micros in spent.items():
                        figures[peer.name].setdefault(name, []).append(micros)
                rests[peer.name].after.append(resting.memory(served[peer.name].pid))
    return figures, rests


def main() -> None:
    """Installs, measures, prints, and where asked to, writes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=4000, help="per operation and round")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--only", default="", help=", ".join(peer.name for peer in PEERS))
    options.add_argument("--write", action="store_true", help="results/<date>.json and the chart")
    options.add_argument("--python", type=Path, help="another interpreter for wxlogin, beside")
    asked = options.parse_args()
    names = asked.only.split(",") if asked.only else [peer.name for peer in PEERS]
    if unknown := set(names) - {peer.name for peer in PEERS}:
        options.error(f"no such peer: {', '.join(sorted(unknown))}")
    chosen = [peer for peer in PEERS if peer.name in names]
    if asked.python:
        chosen.insert(1, on(asked.python))
    missing = make(chosen)
    present = [peer for peer in chosen if peer.name not in missing]
    requests = asked.requests // CONNECTIONS * CONNECTIONS
    figures, rests = measure(present, requests, asked.runs)
    result = told.result(present, figures, rests, requests, asked.runs)
    print(told.table(result, missing))
    if asked.write:
        for path in told.write(result):
            print(f"wrote {path}")


if __name__ == "__main__":
    main()
