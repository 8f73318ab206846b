"""Fixtures over the servers, started when the first test asks for one."""

from collections.abc import Iterator

import pytest

from tests.servers.mariadb import MariaDbServer, fresh_mariadb_database
from tests.servers.postgres import PostgresServer, fresh_postgres_database
from tests.servers.redis import RedisServer
from tests.servers.urls import given


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a PostgreSQL that all tests share; the user may create databases."""
    if url := given("POSTGRES"):
        yield url
        return
    with PostgresServer.running() as server:
        yield server.url


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """Address of a MariaDB that all tests share; the user may create databases."""
    if url := given("MARIADB"):
        yield url
        return
    with MariaDbServer.running() as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Address of a Redis that all tests share: use keys of your own."""
    if url := given("REDIS"):
        yield url
        return
    with RedisServer.running() as server:
        yield server.url


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[str]:
    """Address of a new, empty PostgreSQL database that goes with the test."""
    with fresh_postgres_database(postgres_url) as url:
        yield url


@pytest.fixture
def fresh_mariadb(mariadb_url: str) -> Iterator[str]:
    """Address of a new, empty MariaDB database that goes with the test."""
    with fresh_mariadb_database(mariadb_url) as url:
        yield url


@pytest.fixture(scope="module")
def durable_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that one module may kill and restart."""
    with PostgresServer.running(durable=True) as server:
        yield server


@pytest.fixture(scope="module")
def durable_mariadb() -> Iterator[MariaDbServer]:
    """A MariaDB that one module may kill and restart."""
    with MariaDbServer.running(durable=True) as server:
        yield server


@pytest.fixture(scope="module")
def durable_redis() -> Iterator[RedisServer]:
    """A Redis that one module may kill and restart."""
    with RedisServer.running(durable=True) as server:
        yield server
