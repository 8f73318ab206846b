"""What refreshing does to the database, and what it costs with few sessions and with many.

Through the SQL store itself, on a fresh PostgreSQL and a fresh SQLite file: `make growth`.
"""

import argparse
import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from attrs import define, field
from tests.servers.postgres import PostgresServer

from benchmarks.bench import cpu_seconds
from wxlogin.adapters.sql import SqlSessions, migrate, open_database, rows
from wxlogin.adapters.system import RandomIds, SystemClock
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.session import Device, Session, SessionPolicy
from wxlogin.domain.user import User

AT_ONCE = 32
MEGABYTE = 1 << 20
SPREAD = 0.6180339887498949
"""Multiples of it, without what is before the point, fall evenly and in no order."""
POLICY = SessionPolicy()
VAULT = MasterVault((b"m" * 32,))


@define
class Place:
    """A database under growth. `sizes` are bytes of rows, of indexes and of everything."""

    name: str
    url: str
    server: int
    insert: Callable[[str, list[dict[str, Any]]], None]
    tidy: Callable[[], None]
    sizes: Callable[[], tuple[int, int]]
    in_place: Callable[[], str]
    anew: Callable[[], tuple[int, int]]
    counters: dict[str, int] = field(factory=dict)
    sids: list[str] = field(factory=list)

    def fill(self, total: int) -> None:
        """Adds users with two sessions each, used last at some time in the last 29 days."""
        ids, now = RandomIds(), SystemClock().now()
        while len(self.sids) < total:
            users, sessions = [], []
            for _ in range(min(10_000, (total - len(self.sids) + 1) // 2)):
                user = User(id=ids.new_id(), created_at=now, updated_at=now)
                users.append(rows.row_from_user(user, VAULT))
                for _ in range(2):
                    used = now - timedelta(days=29) * (len(self.sids) * SPREAD % 1)
                    device = Device("小明的手机", "ios", "iPhone 15")
                    session = Session(
                        sid=ids.new_id(), user_id=user.id, appid="wx0123456789abcdef",
                        created_at=used, last_used_at=used, device=device,
                        expires_at=used + POLICY.refresh_ttl,
                    )  # fmt: skip
                    sessions.append(rows.row_from_session(session, VAULT) | {"user_id": user.id})
                    self.sids.append(session.sid)
                    self.counters[session.sid] = 0
            self.insert("users", users)
            self.insert("sessions", sessions)

    async def refresh(self, times: int) -> tuple[float, float]:
        """Refreshes sessions in no order; answers µs of CPU of the store and of the server."""
        database = open_database(self.url)
        store, clock, left = SqlSessions(database, VAULT), SystemClock(), iter(range(times))

        async def one_after_another(own: list[str]) -> None:
            for number in left:
                sid, now = own[int(number * SPREAD % 1 * len(own))], clock.now()
                moved = await store.advance(
                    sid, self.counters[sid], now, now + POLICY.refresh_ttl, POLICY.max_life
                )
                if moved is None:
                    raise SystemExit("a refresh was refused")
                self.counters[sid] += 1

        ours, theirs = time.process_time(), self._server_cpu()
        await asyncio.gather(
            *(one_after_another(self.sids[lane::AT_ONCE]) for lane in range(AT_ONCE))
        )
        spent = time.process_time() - ours, self._server_cpu() - theirs
        await database.close()
        return spent[0] / times * 1e6, spent[1] / times * 1e6

    def _server_cpu(self) -> float:
        return cpu_seconds(self.server) if self.server else 0.0


@contextmanager
def postgres() -> Iterator[Place]:
    """A fresh PostgreSQL with its default settings for vacuum."""
    with (
        PostgresServer.running() as server,
        psycopg.connect(server.url, autocommit=True) as connection,
    ):

        def asked(what: str) -> tuple[Any, ...]:
            return connection.execute(what).fetchone() or ()

        backend = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
        postmaster = int(backend.rpartition(")")[2].split()[1])

        def insert(table: str, values: list[dict[str, Any]]) -> None:
            columns = list(values[0])
            copy = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
            with connection.cursor() as cursor, cursor.copy(copy) as out:
                for row in values:
                    out.write_row(list(row.values()))

        def sizes() -> tuple[int, int]:
            return asked("SELECT pg_relation_size('sessions'), pg_indexes_size('sessions')")

        def in_place() -> str:
            asked("SELECT pg_stat_force_next_flush()")
            told = asked(
                "SELECT n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables"
                " WHERE relname = 'sessions'"
            )
            return f"{told[0] / max(1, told[1]):.1%}"

        def anew() -> tuple[int, int]:
            connection.execute("VACUUM FULL sessions")
            return sizes()

        yield Place(
            "PostgreSQL", server.url, postmaster, insert,
            lambda: connection.execute("VACUUM ANALYZE sessions"), sizes, in_place, anew,
        )  # fmt: skip


@contextmanager
def sqlite() -> Iterator[Place]:
    """A fresh SQLite file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "growth.db"

        def run(*what: Any, many: bool = False) -> list[tuple[Any, ...]]:
            with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
                if not many:
                    return connection.execute(*what).fetchall()
                connection.execute("PRAGMA synchronous=OFF")
                connection.execute("BEGIN")
                connection.executemany(*what)
                connection.execute("COMMIT")
                return []

        def insert(table: str, values: list[dict[str, Any]]) -> None:
            names = ", ".join(values[0])
            marks = ", ".join(f":{name}" for name in values[0])
            run(f"INSERT INTO {table} ({names}) VALUES ({marks})", values, many=True)

        def sizes() -> tuple[int, int]:
            log = path.with_name(path.name + "-wal")
            return path.stat().st_size, log.stat().st_size if log.exists() else 0

        def anew() -> tuple[int, int]:
            with suppress(FileNotFoundError):
                (Path(folder) / "anew.db").unlink()
            run("VACUUM INTO ?", (str(Path(folder) / "anew.db"),))
            return (Path(folder) / "anew.db").stat().st_size, 0

        yield Place(
            "SQLite", f"sqlite:///{path}", 0, insert,
            lambda: run("PRAGMA wal_checkpoint(TRUNCATE)"), sizes, lambda: "", anew,
        )  # fmt: skip


def flat(place: Place, steps: list[int], sample: int) -> None:
    """Prints what a refresh costs as sessions become more."""
    parts = ("rows MB", "indexes MB") if place.server else ("file MB", "log MB")
    print(f"\n{place.name}: one refresh, {sample} measured, {AT_ONCE} at a time")
    print(f"  {'sessions':>9} {'service µs':>11} {'server µs':>10} {parts[0]:>9} {parts[1]:>11}")
    for total in steps:
        place.fill(total)
        place.tidy()
        asyncio.run(place.refresh(sample // 4))
        ours, theirs = asyncio.run(place.refresh(sample))
        size = [f"{part / MEGABYTE:.1f}" for part in place.sizes()]
        server = f"{theirs:.0f}" if place.server else "-"
        print(f"  {total:>9} {ours:>11.0f} {server:>10} {size[0]:>9} {size[1]:>11}", flush=True)


def growth(place: Place, sessions: int, refreshes: int) -> None:
    """Prints how the table grows while its sessions are refreshed again and again."""
    place.fill(sessions)
    place.tidy()
    parts = ("rows MB", "indexes MB") if place.server else ("file MB", "log MB")
    print(f"\n{place.name}: {refreshes} refreshes of {sessions} sessions")
    print(f"  {'refreshes':>9} {parts[0]:>9} {parts[1]:>11}  in place")
    for done in range(0, refreshes + 1, refreshes // 5):
        if done:
            asyncio.run(place.refresh(refreshes // 5))
        size = [f"{part / MEGABYTE:.1f}" for part in place.sizes()]
        print(f"  {done:>9} {size[0]:>9} {size[1]:>11}  {place.in_place()}", flush=True)
    size = [f"{part / MEGABYTE:.1f}" for part in place.anew()]
    print(f"  {'anew':>9} {size[0]:>9} {size[1]:>11}  the same rows, written to a fresh file")


def main() -> None:
    """Measures and prints."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", choices=["postgres", "sqlite", "both"], default="both")
    options.add_argument("--steps", default="1000,10000,100000,1000000", help="numbers of sessions")
    options.add_argument("--sample", type=int, default=20_000, help="refreshes measured at each")
    options.add_argument("--sessions", type=int, default=100_000, help="refreshed again and again")
    options.add_argument("--refreshes", type=int, default=1_000_000)
    chosen = options.parse_args()
    steps = [int(step) for step in chosen.steps.split(",")]
    for name, opened in (("postgres", postgres), ("sqlite", sqlite)):
        if chosen.database in {name, "both"}:
            with opened() as place:
                asyncio.run(migrate.upgrade(place.url))
                flat(place, steps, chosen.sample)
            with opened() as place:
                asyncio.run(migrate.upgrade(place.url))
                growth(place, chosen.sessions, chosen.refreshes)


if __name__ == "__main__":
    main()
