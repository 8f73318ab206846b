"""A real MariaDB."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self
from urllib.parse import unquote
from uuid import uuid4

import pymysql

from tests.servers.daemon import Daemon
from tests.servers.ports import free_port
from tests.servers.programs import program, unprivileged
from tests.servers.urls import DATABASE, PASSWORD, USER, parts, with_database

_STRICT = (
    "STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
_FAST = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"]

# Runs at each start, so every statement must hold when it was already done.
_ACCOUNT = f"""\
CREATE USER IF NOT EXISTS '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO '{USER}'@'127.0.0.1' WITH GRANT OPTION;
ALTER USER 'root'@'localhost' ACCOUNT LOCK;
CREATE DATABASE IF NOT EXISTS {DATABASE};
"""


class MariaDbServer:
    """A MariaDB of our own, reachable as ``url`` over loopback with a password.

    ``durable``: flushes at each commit as by default; else quicker and forgetful.
    """

    def __init__(self, *, durable: bool = False) -> None:
        names = ["mariadbd", "mysqld"]
        mariadbd = program(names, title="MariaDB", package="mariadb-server")
        self._install = program(
            ["mariadb-install-db", "mysql_install_db"], title="MariaDB", package="mariadb-server"
        )
        port = free_port()
        self.url = f"mysql://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}"
        self._daemon = Daemon("mariadb", unprivileged("mysql"))
        folder = self._daemon.folder
        self._command = [
            mariadbd,
            "--no-defaults",
            f"--datadir={folder / 'data'}",
            f"--init-file={self._daemon.private_file('account.sql', _ACCOUNT)}",
            f"--socket={folder / 'socket'}",
            f"--pid-file={folder / 'pid'}",
            f"--tmpdir={folder}",
            "--bind-address=127.0.0.1",
            f"--port={port}",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            f"--sql-mode={_STRICT}",
            "--max-connections=200",
            "--innodb-buffer-pool-size=32M",
            "--innodb-log-file-size=16M",
            *([] if durable else _FAST),
        ]

    @classmethod
    @contextmanager
    def running(cls, *, durable: bool = False) -> Iterator[Self]:
        """Start a new server with one empty database, and leave nothing behind."""
        server = cls(durable=durable)
        try:
            server._prepare()
            yield server
        finally:
            server.stop()
            server._daemon.remove()

    def restart(self) -> None:
        """Start again on the same data, after ``stop`` or ``kill9``; returns when it answers."""
        self._daemon.start(self._command, self._ready)

    def stop(self) -> None:
        """Stop in order; open connections are closed."""
        self._daemon.stop(signal.SIGTERM)

    def kill9(self) -> None:
        """Kill without warning."""
        self._daemon.kill9()

    def _prepare(self) -> None:
        self._daemon.run([
            self._install,
            "--no-defaults",
            f"--datadir={self._daemon.folder / 'data'}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
            "--innodb-log-file-size=16M",
        ])  # fmt: skip
        self.restart()

    def _ready(self) -> bool:
        try:
            connect(self.url).close()
        except pymysql.OperationalError:
            return False
        return True


@contextmanager
def fresh_mariadb_database(server_url: str) -> Iterator[str]:
    """Make an empty database on a server and drop it after, whoever is still connected."""
    name = f"fresh_{uuid4().hex}"
    execute(server_url, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield with_database(server_url, name)
    finally:
        drop(server_url, name)


def drop(server_url: str, name: str) -> None:
    """Drop a database; a transaction somebody left open in it must not make this wait."""
    with connect(server_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
        for (thread,) in cursor.fetchall():
            with suppress(pymysql.OperationalError):  # it has ended meanwhile
                cursor.execute("KILL HARD CONNECTION %s", (thread,))
        cursor.execute(f"DROP DATABASE {name}")


def connect(url: str) -> "pymysql.Connection[Any]":
    """Open a blocking connection to a mysql:// address; the caller closes it."""
    address = parts(url)
    return pymysql.connect(
        host=address.hostname,
        port=address.port or 3306,
        user=unquote(address.username or ""),
        password=unquote(address.password or ""),
        database=address.path.lstrip("/"),
        connect_timeout=5,
        autocommit=True,
    )


def execute(url: str, statement: str) -> None:
    """Run one administrative statement."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
