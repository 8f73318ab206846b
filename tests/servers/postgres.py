"""A real PostgreSQL."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString, Self
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.servers.daemon import Daemon
from tests.servers.ports import free_port
from tests.servers.programs import program, unprivileged
from tests.servers.urls import DATABASE, PASSWORD, USER, with_database

_FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]


class PostgresServer:
    """A PostgreSQL of our own, reachable as ``url`` over loopback with a password.

    ``durable``: with the safe defaults of a production server; else quicker and forgetful.
    """

    def __init__(self, *, durable: bool = False) -> None:
        postgres = program(["postgres"], title="PostgreSQL", package="postgresql")
        port = free_port()
        self.url = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}"
        self._daemon = Daemon("postgres", unprivileged("postgres"))
        self._data = self._daemon.folder / "data"
        settings = [
            f"port={port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "shared_buffers=32MB",
            *([] if durable else _FAST),
        ]
        self._command = [postgres, "-D", str(self._data)]
        for setting in settings:
            self._command += ["-c", setting]
        self._initdb = str(Path(postgres).resolve().with_name("initdb"))

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
        self._daemon.stop(signal.SIGINT)  # PostgreSQL's "fast" shutdown

    def kill9(self) -> None:
        """Kill without warning."""
        self._daemon.kill9()

    def _prepare(self) -> None:
        password = self._daemon.private_file("password", PASSWORD)
        self._daemon.run([
            self._initdb,
            f"--pgdata={self._data}",
            f"--username={USER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ])  # fmt: skip
        self.restart()
        execute(with_database(self.url, "postgres"), "CREATE DATABASE {}", DATABASE)

    def _ready(self) -> bool:
        try:
            psycopg.connect(with_database(self.url, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def fresh_postgres_database(server_url: str) -> Iterator[str]:
    """Make an empty database on a server and drop it after, whoever is still connected."""
    name = f"fresh_{uuid4().hex}"
    execute(server_url, "CREATE DATABASE {} TEMPLATE template0", name)
    try:
        yield with_database(server_url, name)
    finally:
        execute(server_url, "DROP DATABASE {} WITH (FORCE)", name)


def execute(url: str, statement: LiteralString, name: str) -> None:
    """Run one administrative statement whose ``{}`` is a name to be quoted."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
