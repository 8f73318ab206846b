"""A million users with three sessions each, against an empty database, in turn in one run."""

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import uvloop
from tests.servers.postgres import PostgresServer, fresh_postgres_database

from benchmarks import bench
from benchmarks.bad_days.verdict import Verdict, load_apart, start_apart
from benchmarks.growth import POLICY, SPREAD, VAULT
from benchmarks.load import Operation, drive, request
from wxlogin.adapters.sql import migrate, rows
from wxlogin.adapters.system import RandomIds, SystemClock
from wxlogin.domain.session import Device, Session
from wxlogin.domain.user import User

SESSIONS_EACH, CHUNK, PEOPLE = 3, 10_000, 1024
MOST_MORE = 0.15
MEASURED = ("returning login", "refresh", "me", "update")


def add_options(options: argparse.ArgumentParser) -> None:
    """Adds what can be chosen."""
    options.add_argument("--users", type=int, default=1_000_000)
    options.add_argument("--requests", type=int, default=8192, help="per operation and turn")
    options.add_argument("--turns", type=int, default=5)


def run(chosen: argparse.Namespace) -> Verdict:
    """Makes the day pass, and judges it."""
    start_apart()
    with (
        PostgresServer.running() as server,
        fresh_postgres_database(server.url) as empty,
        fresh_postgres_database(server.url) as full,
    ):
        for url in (empty, full):
            asyncio.run(migrate.upgrade(url))
        postmaster = fill(full, chosen.users)
        with bench.service(empty) as first, bench.service(full) as second:
            load_apart()
            places = {"empty": (first, PEOPLE), "full": (second, chosen.users)}
            return _judged(uvloop.run(measured(places, postmaster, chosen.requests, chosen.turns)))


class Returning(Operation):
    """Logs in people from all over the table, each known already."""

    name = "returning login"

    def __init__(self, people: int, run: int) -> None:
        self.people, self.run = people, run

    def next(self, number: int, count: int) -> bytes:
        person = int((number * 8192 + count) * SPREAD % 1 * self.people)
        code = f"p{person}_{self.run}x{number}x{count}"
        return request("POST", "/v1/login", {"code": code, "device": {"platform": "ios"}})


class TakingTurns(Operation):
    """Lets each connection do the operation for one of its people after another."""

    def __init__(self, operation: Operation) -> None:
        self.operation, self.name = operation, operation.name
        self._person = list(range(bench.CONNECTIONS))

    def next(self, number: int, count: int) -> bytes:
        self._person[number] = number + bench.CONNECTIONS * (count % (PEOPLE // bench.CONNECTIONS))
        return self.operation.next(self._person[number], count)

    def seen(self, number: int, body: bytes) -> None:
        self.operation.seen(self._person[number], body)


def _person(number: int, people: int) -> str:
    return f"p{number * people // PEOPLE}"


Figures = dict[tuple[str, str], list[tuple[float, float]]]
"""µs of CPU of the service and of the database, by operation and database, one for each turn."""


async def measured(
    places: Mapping[str, tuple[bench.Running, int]], postmaster: int, requests: int, turns: int
) -> Figures:
    """Does each operation in turn at each place, given with the number of its people."""
    tokens = {
        name: await bench.log_in_all(
            place.port, PEOPLE, lambda number, all_=people: _person(number, all_)
        )
        for name, (place, people) in places.items()
    }
    figures: Figures = {}
    for turn in range(-1, turns):  # turn -1 warms up and is not counted
        for what in MEASURED:
            for name, (place, people) in places.items():
                doing = bench.operations(tokens[name], turn)[what]
                operation = Returning(people, turn) if what == MEASURED[0] else TakingTurns(doing)
                ours, theirs = bench.cpu_seconds(place.pid), bench.cpu_seconds(postmaster)
                await drive(place.port, bench.CONNECTIONS, requests, operation)
                spent = [
                    (bench.cpu_seconds(pid) - before) / requests * 1e6
                    for pid, before in ((place.pid, ours), (postmaster, theirs))
                ]
                if turn >= 0:
                    figures.setdefault((what, name), []).append((spent[0], spent[1]))
    return figures


def _judged(figures: Figures) -> Verdict:
    verdict = Verdict()
    print("\nCPU µs per operation, service + database, median of the turns")
    for what in MEASURED:
        empty, full = (
            [median(part) for part in zip(*figures[what, name], strict=True)]
            for name in ("empty", "full")
        )
        more = sum(full) / sum(empty) - 1
        told = ", ".join(
            f"{name} {ours:5.0f} + {theirs:4.0f}"
            for name, (ours, theirs) in (("empty", empty), ("full", full))
        )
        print(f"  {what:<16} {told}")
        verdict.holds(f"{what} costs {more:+.0%}", when=more <= MOST_MORE)
    return verdict


def fill(url: str, people: int) -> int:
    """Adds the people and answers the process of the server."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # references hold anyway
        for first in range(0, people, CHUNK):
            for table, values in chunk(first, min(people, first + CHUNK)):
                copy = f"COPY {table} ({', '.join(values[0])}) FROM STDIN"
                with connection.cursor() as cursor, cursor.copy(copy) as out:
                    for row in values:
                        out.write_row(list(row.values()))
            if first % (10 * CHUNK) == 0:
                print(f"  {first} of {people} users loaded", flush=True)
        connection.execute("VACUUM ANALYZE")
        backend = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
        return int(backend.rpartition(")")[2].split()[1])


def chunk(first: int, end: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    ids, now = RandomIds(), SystemClock().now()
    users, identities, sessions = [], [], []
    device = Device("小明的手机", "ios", "iPhone 15")
    for number in range(first, end):
        user = User(id=ids.new_id(), created_at=now, updated_at=now)
        users.append(rows.row_from_user(user, VAULT))
        identities.append({
            "appid": bench.APPID, "openid": f"{f'p{number}':o<28}", "unionid": None,
            "user_id": user.id, "created_at": rows.micros(now),
        })  # fmt: skip
        for each in range(SESSIONS_EACH):
            used = now - timedelta(days=29) * ((number * SESSIONS_EACH + each) * SPREAD % 1)
            session = Session(
                sid=ids.new_id(), user_id=user.id, appid=bench.APPID, created_at=used,
                last_used_at=used, device=device, expires_at=used + POLICY.refresh_ttl,
            )  # fmt: skip
            sessions.append(rows.row_from_session(session, VAULT) | {"user_id": user.id})
    yield from (("users", users), ("identities", identities), ("sessions", sessions))
