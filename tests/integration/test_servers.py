"""The test servers themselves: they start, answer, forget nothing they promised, and go."""

import socket
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import psycopg
import pymysql
import pytest

from tests.servers import (
    MariaDbServer,
    PostgresServer,
    RedisServer,
    free_port,
    serve_process,
)
from tests.servers.mariadb import connect, drop, execute, fresh_mariadb_database
from tests.servers.programs import program
from tests.servers.urls import parts


def test_each_postgres_test_has_a_database_of_its_own(fresh_postgres: str, postgres_url: str):
    """A fresh PostgreSQL database is empty, UTF-8, and another one than the shared one."""
    with psycopg.connect(fresh_postgres) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchone()
        encoding = connection.execute("SHOW server_encoding").fetchone()

    assert tables == (0,)
    assert encoding == ("UTF8",)
    assert postgres_url != fresh_postgres


def test_postgres_keeps_a_commit_through_kill_9(durable_postgres: PostgresServer):
    """What PostgreSQL committed is there after kill -9 and a restart."""
    with psycopg.connect(durable_postgres.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('登录')")

    durable_postgres.kill9()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(durable_postgres.url)
    durable_postgres.restart()

    with psycopg.connect(durable_postgres.url) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("登录",)]


def test_a_killed_postgres_restarts_under_an_open_connection(durable_postgres: PostgresServer):
    """A client that still holds a connection does not keep PostgreSQL from restarting."""
    with psycopg.connect(durable_postgres.url, autocommit=True) as connection:
        durable_postgres.kill9()
        durable_postgres.restart()

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_postgres_wants_its_password(durable_postgres: PostgresServer):
    """A wrong password is refused, so tests prove that ours is sent."""
    address = parts(durable_postgres.url)

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(durable_postgres.url.replace(address.password or "", "wrong"))


def test_each_mariadb_test_has_a_database_of_its_own(fresh_mariadb: str, mariadb_url: str):
    """A fresh MariaDB database is empty, utf8mb4, strict, and not the shared one."""
    with connect(fresh_mariadb) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        tables = cursor.fetchall()
        cursor.execute("SELECT @@character_set_database, @@sql_mode")
        charset, mode = cursor.fetchone()

    assert tables == ()
    assert charset == "utf8mb4"
    assert "STRICT_ALL_TABLES" in mode
    assert mariadb_url != fresh_mariadb


def test_a_mariadb_database_goes_even_when_a_transaction_is_open(mariadb_url: str):
    """An open transaction of a forgetful test does not keep its database from going."""
    with fresh_mariadb_database(mariadb_url) as url, closing(connect(url)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE held (n int)")
            connection.begin()
            cursor.execute("INSERT INTO held VALUES (1)")

        # The database goes first, the connection after it.
        database = parts(url).path.lstrip("/")
        drop(mariadb_url, database)

        with pytest.raises(pymysql.OperationalError):
            connection.ping(reconnect=False)
        execute(mariadb_url, f"CREATE DATABASE {database}")


def test_mariadb_keeps_a_commit_through_kill_9(durable_mariadb: MariaDbServer):
    """What MariaDB committed is there after kill -9 and a restart."""
    with connect(durable_mariadb.url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (word text)")
        cursor.execute("INSERT INTO kept VALUES ('登录😀')")

    durable_mariadb.kill9()
    with pytest.raises(pymysql.OperationalError):
        connect(durable_mariadb.url)
    durable_mariadb.restart()

    with connect(durable_mariadb.url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT word FROM kept")
        assert cursor.fetchall() == (("登录😀",),)


def test_mariadb_wants_its_password(durable_mariadb: MariaDbServer):
    """A wrong password is refused, so tests prove that ours is sent."""
    address = parts(durable_mariadb.url)

    with pytest.raises(pymysql.OperationalError, match="Access denied"):
        connect(durable_mariadb.url.replace(address.password or "", "wrong"))


def test_redis_answers(redis_url: str):
    """The shared Redis takes a command."""
    assert _redis(redis_url, "PING") == "+PONG"


def test_redis_keeps_a_write_through_kill_9(durable_redis: RedisServer):
    """What a durable Redis acknowledged is there after kill -9 and a restart."""
    assert _redis(durable_redis.url, "SET kept yes") == "+OK"

    durable_redis.kill9()
    with pytest.raises(OSError, match="refused"):
        _redis(durable_redis.url, "PING")
    durable_redis.restart()

    assert _redis(durable_redis.url, "GET kept") == "$3\r\nyes"


def test_a_served_process_answers_and_stops(tmp_path: Path):
    """A served process is ready inside the block, keeps its log, and ends on SIGTERM."""
    (tmp_path / "hello.txt").write_text("你好", encoding="utf-8")
    port = free_port()
    url = f"http://127.0.0.1:{port}/hello.txt"

    with serve_process(_file_server(port), {"GREETING": "x"}, tmp_path, url) as served:
        with urllib.request.urlopen(url) as answer:
            assert answer.read().decode() == "你好"
        assert None is served.poll()
        assert "GET /hello.txt" in served.log()

        assert served.stop() == -15

    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port))


def test_a_process_that_ends_early_tells_why(tmp_path: Path):
    """A command that ends before it answers raises with what it printed."""
    args = [sys.executable, "-c", "import sys; sys.exit('no appid configured')"]

    with (
        pytest.raises(AssertionError, match="no appid configured"),
        serve_process(args, {}, tmp_path, f"http://127.0.0.1:{free_port()}/"),
    ):
        pass


def test_a_served_process_sees_no_setting_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Only the WXLOGIN_ variables a test gives reach the process."""
    monkeypatch.setenv("WXLOGIN_APPID", "wx-of-the-developer")
    program = "import os, sys; sys.exit(repr(sorted(k for k in os.environ if 'WXLOGIN' in k)))"
    args = [sys.executable, "-c", program]

    with (
        pytest.raises(AssertionError, match=r"\['WXLOGIN_ENV'\]"),
        serve_process(args, {"WXLOGIN_ENV": "x"}, tmp_path, f"http://127.0.0.1:{free_port()}/"),
    ):
        pass


def test_a_missing_server_is_a_skip_that_says_what_to_install():
    """A test whose server is not installed is skipped with the Debian package to install."""
    with pytest.raises(pytest.skip.Exception) as skipped:
        program(["no-such-server"], title="PostgreSQL", package="postgresql")

    assert str(skipped.value) == (
        "PostgreSQL tests: no no-such-server binary; install Debian package postgresql"
    )


def test_ports_are_given_once():
    """No two callers get the same port, even before anybody listens on it."""
    ports = [free_port() for _ in range(50)]

    assert len(set(ports)) == 50


def _file_server(port: int) -> list[str]:
    return [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]


def _redis(url: str, command: str) -> str:
    address = parts(url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as wire:
        wire.sendall(f"{command}\r\n".encode())
        return wire.recv(1024).decode().rstrip("\r\n")
