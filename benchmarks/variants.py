"""wxlogin by itself: on each database, with more workers, and with few or many users."""

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import uvloop
from attrs import evolve, frozen
from tests.servers.mariadb import MariaDbServer, connect
from tests.servers.postgres import PostgresServer, fresh_postgres_database

from benchmarks import resting
from benchmarks.bad_days import big
from benchmarks.bad_days.verdict import load_apart
from benchmarks.bench import Running
from benchmarks.latency import apart
from benchmarks.peers import WXLOGIN, Peer, stand_in
from benchmarks.side_by_side import Say, keep, line, one_round, told

WORKERS = (1, 2, 4)
SIZES = (0, 100_000, 1_000_000)


@frozen
class Place:
    """A running wxlogin, its workers, and the process of its database, or 0 for SQLite."""

    running: Running
    server: int
    workers: int = 1


def databases(total: int, runs: int, say: Say) -> dict[str, Any]:
    """Answers CPU of service and database on each database."""
    with ExitStack() as stack:
        wechat = stack.enter_context(stand_in())
        postgres = stack.enter_context(PostgresServer.running())
        mariadb = stack.enter_context(MariaDbServer.running())
        file = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "bench.db"
        urls = {
            "PostgreSQL": (postgres.url, _postmaster(postgres.url)),
            "MariaDB": (mariadb.url, _mariadbd(mariadb.url)),
            "SQLite": (f"sqlite:///{file}", 0),
        }
        places = {
            name: Place(_running(stack, WXLOGIN, url, wechat), server)
            for name, (url, server) in urls.items()
        }
        return _measured(places, total, runs, say)


def workers(total: int, runs: int, say: Say) -> dict[str, Any]:
    """Answers CPU, answers a second and memory with more and more workers, on PostgreSQL."""
    with ExitStack() as stack:
        wechat = stack.enter_context(stand_in())
        server = stack.enter_context(PostgresServer.running())
        postmaster = _postmaster(server.url)
        places = {}
        for number in WORKERS:
            url = stack.enter_context(fresh_postgres_database(server.url))
            peer = evolve(WXLOGIN, serve=(*WXLOGIN.serve, "--workers", str(number)))
            running = _running(stack, peer, url, wechat)
            places[str(number)] = Place(running, postmaster, number)
        return _measured(places, total, runs, say)


def sizes(total: int, turns: int, most: int, say: Say) -> dict[str, Any]:
    """Answers CPU of service and database with few and with many users, three sessions each."""
    with ExitStack() as stack:
        stack.enter_context(apart())
        wechat = stack.enter_context(stand_in())
        server = stack.enter_context(PostgresServer.running())
        urls, places = {}, {}
        for people in (*(each for each in SIZES if each < most), most):
            url = urls[people] = stack.enter_context(fresh_postgres_database(server.url))
            places[str(people)] = (_running(stack, WXLOGIN, url, wechat), people or big.PEOPLE)
        load_apart()
        for people, url in urls.items():
            if people:
                big.fill(url, people)
                say(f"{people} users and {people * big.SESSIONS_EACH} sessions are there")
        postmaster = _postmaster(server.url)
        figures = uvloop.run(big.measured(places, postmaster, total, turns))
    found: dict[str, Any] = {name: {"cpu": {}, "server": {}} for name in places}
    for (what, name), each in figures.items():
        for ours, theirs in each:
            keep(found[name], {"cpu": {what: ours}, "server": {what: theirs}})
        said = [median(part) for part in zip(*each, strict=True)]
        say(f"{what}, {name} users: service {said[0]:.0f}, database {said[1]:.0f}")
    return {"rounds": turns, "requests": total, "places": found}


def _measured(places: Mapping[str, Place], total: int, runs: int, say: Say) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, place in places.items():
        memory = resting.memory(place.running.pid)
        found[name] = {
            "cpu": {}, "server": {}, "per_second": {},
            "memory_mib": {"workers": place.workers, "at_rest": round(memory, 1)},
        }  # fmt: skip
    for run in range(-1, runs):  # run -1 warms up and is not counted
        for name, place in places.items():
            running, each = place.running, found[name]
            spent = asyncio.run(
                one_round(running.pid, running.port, total, run, server=place.server)
            )
            if run >= 0:
                keep(each, {
                    "cpu": {what: part.cpu for what, part in spent.items()},
                    "server": {what: part.server for what, part in spent.items()},
                    "per_second": {what: part.per_second for what, part in spent.items()},
                })  # fmt: skip
            each["memory_mib"]["after"] = round(resting.memory(running.pid), 1)
            say(f"{told(run, runs)} {name}: {line(spent)}; {each['memory_mib']['after']} MiB")
    return {"rounds": runs, "requests": total, "places": found}


def _running(stack: ExitStack, peer: Peer, url: str, wechat: int) -> Running:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    return stack.enter_context(peer.begin(url, wechat, folder).running(wechat))


def _postmaster(url: str) -> int:
    with psycopg.connect(url) as connection:
        backend = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
    return int(backend.rpartition(")")[2].split()[1])


def _mariadbd(url: str) -> int:
    connection = connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@pid_file")
        row = cursor.fetchone()
    assert row
    return int(Path(row[0]).read_text())
