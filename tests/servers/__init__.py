"""Real servers for tests: PostgreSQL, MariaDB, Redis, and our own service as a process.

Databases start when the first test asks and stop with the run. Fixtures are in
``fixtures.py``; fault tests take the classes themselves and call ``kill9`` and ``restart``.
"""

from tests.servers.http import ServedProcess, serve_process
from tests.servers.mariadb import MariaDbServer
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer

__all__ = [
    "MariaDbServer",
    "PostgresServer",
    "RedisServer",
    "ServedProcess",
    "free_port",
    "serve_process",
]
