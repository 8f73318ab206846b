"""From an address to a database. Nothing is opened here."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.event import listen
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from wxlogin.adapters.sql.database import Database, ServerDatabase
from wxlogin.adapters.sql.sqlite import SqliteDatabase

SETTING = "WXLOGIN_DATABASE_URL"
_DIALECTS = {"sqlite": "sqlite", "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}
_DRIVERS = {"postgresql": "postgresql+asyncpg", "mysql": "mysql+asyncmy"}
_EXTRAS = {"postgresql": "postgres", "mysql": "mysql"}
_FIRST_WORDS = {
    # All we ask is found by an index. A plan made while a table was empty would read all of it,
    # and would be kept until the table is next analyzed, thousands of logins later.
    "postgresql": "SELECT set_config(name, 'off', false) FROM (VALUES "
    "('enable_seqscan'), ('enable_hashjoin'), ('enable_mergejoin')) AS settings (name)",
    # As on PostgreSQL: each statement sees what is committed, and locks no gaps.
    "mysql": "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
}
"""What each new connection is told first."""
_BEGIN = {"postgresql": "BEGIN ISOLATION LEVEL READ COMMITTED", "mysql": "BEGIN"}


def open_database(
    url: str,
    *,
    connect_timeout: float = 5.0,
    statement_timeout: float = 5.0,
    pool_size: int = 20,
) -> Database:
    """Answers the database of an address: sqlite:///F, postgresql://… or mysql://….

    Times are seconds. `pool_size` is the most connections to a server; an act that gets none
    within `connect_timeout` finds the store unavailable.

    Raises:
        ValueError: the address is none of these; its text is not repeated, for it may hold a
            password.
        ModuleNotFoundError: the driver is not installed; says how to install it.
    """
    address = parsed(url)
    dialect = address.drivername
    if dialect == "sqlite":
        return SqliteDatabase(path=str(address.database), patience=statement_timeout)
    engine = server_engine(
        address,
        connect_timeout=connect_timeout,
        statement_timeout=statement_timeout,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=connect_timeout,
    )
    return ServerDatabase(dialect, engine, begin=_BEGIN[dialect])


def parsed(url: str) -> URL:
    """Takes an address apart; its driver name is then `sqlite`, `postgresql` or `mysql`.

    Raises:
        ValueError: it is no such address.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise ValueError(f"{SETTING} is not a database address") from None
    dialect = _DIALECTS.get(address.get_backend_name())
    if dialect is None:
        raise ValueError(f"{SETTING} must begin with sqlite:///, postgresql:// or mysql://")
    if not address.database or address.database == ":memory:":
        raise ValueError(f"{SETTING} must name a file or a database at its end")
    return address.set(drivername=dialect)


def server_engine(
    address: URL, *, connect_timeout: float, statement_timeout: float, **pool: Any
) -> Engine:
    """Answers an engine for a parsed server address; without pool arguments it keeps none.

    Its driver is an async one, so what it does is run by `greenlet_spawn`. The async face over it
    would do the same, and bring the ORM into every process.
    """
    dialect = address.drivername
    options = _postgres if dialect == "postgresql" else _mysql
    address, connecting = options(address, connect_timeout, statement_timeout)
    try:
        engine = create_engine(
            address.set(drivername=_DRIVERS[dialect]),
            connect_args=connecting,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            pool_reset_on_return=None,
            hide_parameters=True,
            **(pool or {"poolclass": NullPool}),
        )
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f"{SETTING} needs a driver: pip install 'wxlogin[{_EXTRAS[dialect]}]'"
        ) from missing
    listen(engine, "connect", _begins_with(_FIRST_WORDS[dialect]))
    return engine


def _postgres(address: URL, connect: float, statement: float) -> tuple[URL, dict[str, Any]]:
    # libpq's word for it, which everybody writes; asyncpg takes it under another name.
    ssl = address.query.get("sslmode")
    return address.difference_update_query(["sslmode"]), {
        "timeout": connect,
        "command_timeout": statement,
        "server_settings": {"application_name": "wxlogin"},
        **({"ssl": ssl} if ssl else {}),
    }


def _mysql(address: URL, connect: float, statement: float) -> tuple[URL, dict[str, Any]]:
    # Strict, so that nothing is cut short in silence; and no lock is waited for longer than a
    # statement may take.
    patience = max(1, int(statement) - 1)
    return address.update_query_dict({"charset": "utf8mb4"}), {
        "connect_timeout": connect,
        "read_timeout": statement,
        "init_command": f"SET SESSION sql_mode = 'TRADITIONAL', "
        f"SESSION innodb_lock_wait_timeout = {patience}",
    }


def _begins_with(statement: str) -> Callable[[DBAPIConnection, object], None]:
    def begin(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()

    return begin
