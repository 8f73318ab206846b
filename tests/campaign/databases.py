"""Databases from outside: plain SQL that reads what is kept, and breaks connections."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pymysql
from attrs import field, frozen

from tests.campaign.checker.rows import Conflict, Identity, Rows, Session, User
from tests.servers import mariadb

_USERS = "SELECT id, nickname, banned_at IS NOT NULL FROM users WHERE erased_at IS NULL"
_IDENTITIES = "SELECT appid, openid, unionid, user_id FROM identities"
_SESSIONS = "SELECT sid, user_id, counter, end_reason FROM sessions"
_CONFLICTS = "SELECT unionid, first_user_id, second_user_id FROM unionid_conflicts"
UNREACHABLE = (psycopg.OperationalError, pymysql.OperationalError)
_POSTGRES_KILL = (
    "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE "
    "datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT %s) AS a"
)
_MARIADB_SEE = (
    "SELECT id FROM information_schema.processlist WHERE db = database() "
    "AND id <> connection_id() ORDER BY rand() LIMIT %s"
)


@frozen
class Outside:
    """A database seen from outside the service."""

    url: str = field(repr=False)
    connect: Callable[[], Any] = field(repr=False)

    @classmethod
    def of(cls, url: str) -> "Outside":
        """Answers the one of a postgresql:// or mysql:// address."""
        if url.startswith("postgresql"):
            return cls(url, lambda: psycopg.connect(url, autocommit=True))
        return cls(url, lambda: mariadb.connect(url))

    def rows(self) -> Rows:
        """Answers all that a checker wants to see."""
        with self._cursor() as cursor:
            return Rows(
                [
                    User(key, nickname, bool(banned))
                    for key, nickname, banned in _all(cursor, _USERS)
                ],
                [Identity(*row) for row in _all(cursor, _IDENTITIES)],
                [Session(*row) for row in _all(cursor, _SESSIONS)],
                [Conflict(*row) for row in _all(cursor, _CONFLICTS)],
            )

    def execute(self, statement: str, *values: object) -> int:
        """Does one statement; answers how many rows it changed."""
        with self._cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)

    def break_connections(self, most: int) -> None:
        """Kills some of the others' connections."""
        with self._cursor() as cursor:
            if self.url.startswith("postgresql"):
                cursor.execute(_POSTGRES_KILL, (most,))
                return
            cursor.execute(_MARIADB_SEE, (most,))
            for (thread,) in cursor.fetchall():
                with suppress(pymysql.Error):  # it has ended meanwhile
                    cursor.execute("KILL HARD CONNECTION %s", (thread,))

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        with self.connect() as connection, connection.cursor() as cursor:
            yield cursor


def _all(cursor: Any, statement: str) -> list[Any]:
    cursor.execute(statement)
    return list(cursor.fetchall())
