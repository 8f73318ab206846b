"""Brings a database to the newest schema, and tells where it stands.

Two processes that migrate at once do no harm: the second waits for the first and finds nothing
left to do. Nobody's lock is waited for longer than a few seconds.

Alembic is fetched only to walk: to serve a database that is where it should be takes none of it.
"""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.event import listen
from sqlalchemy.util import greenlet_spawn

from wxlogin.adapters.sql import faults
from wxlogin.adapters.sql.engine import parsed, server_engine
from wxlogin.adapters.sql.sqlite import open_file
from wxlogin.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

T = TypeVar("T")
_SCRIPTS = Path(__file__).with_name("migrations")
_LOCK = 7_731_902_417
"""Any number, as long as nobody else locks it."""
_PATIENCE = 30.0


async def upgrade(url: str, revision: str = "head") -> None:
    """Brings the database of an address to a revision, the newest by default.

    Raises:
        StoreUnavailable: it cannot be reached, or somebody holds a lock for too long.
    """
    await _on(url, lambda connection: _walk(connection, "upgrade", revision))


async def downgrade(url: str, revision: str) -> None:
    """Takes steps back to a revision; `base` is the empty database."""
    await _on(url, lambda connection: _walk(connection, "downgrade", revision))


async def current(url: str) -> str | None:
    """Answers the revision a database is at, None when it is empty."""
    return await _on(url, _revision)


async def is_current(url: str) -> bool:
    """Tells whether a database is at the newest revision."""
    return await current(url) == head()


def head() -> str:
    """Answers the newest revision."""
    return max(revisions())


def revisions() -> list[str]:
    """Answers every revision: a file's name begins with it, and its time puts it in its place."""
    return [file.name[: len("2026_01_01_0000")] for file in _SCRIPTS.glob("versions/2*.py")]


def config() -> "Config":
    """Answers Alembic's configuration, which reads no file."""
    from alembic.config import Config  # noqa: PLC0415 - see the top

    made = Config()
    made.set_main_option("script_location", str(_SCRIPTS))
    return made


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _walk(connection: Connection, step: str, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - see the top

    configured = config()
    configured.attributes["connection"] = connection
    _lock(connection)
    ending = "ROLLBACK"
    try:
        getattr(command, step)(configured, revision)
        ending = "COMMIT"
    finally:
        _unlock(connection, ending)


async def _on(url: str, act: Callable[[Connection], T]) -> T:
    address = parsed(url)
    try:
        if address.drivername == "sqlite":
            return await asyncio.to_thread(_on_file, str(address.database), act)
        return await _on_server(address, act)
    except faults.FAULTS as error:
        told = faults.told(error)
        if isinstance(told, StoreUnavailable):
            raise told from error
        raise


def _on_file(path: str, act: Callable[[Connection], T]) -> T:
    engine = open_file(path, _PATIENCE)
    with engine.connect() as connection:
        return act(connection)


async def _on_server(address: URL, act: Callable[[Connection], T]) -> T:
    engine = server_engine(address, connect_timeout=5.0, statement_timeout=_PATIENCE)
    if address.drivername == "mysql":
        listen(engine, "before_cursor_execute", _unnamed, retval=True)

    def run() -> T:
        with engine.connect() as connection:
            return act(connection)

    try:
        return await greenlet_spawn(run)
    finally:
        await greenlet_spawn(engine.dispose)


def _unnamed(
    _connection: Connection, _cursor: DBAPICursor, statement: str, parameters: T, *_: object
) -> tuple[str, T]:
    """Names no primary key: MySQL calls each PRIMARY, and warns when it was to be another."""
    return re.sub(r"CONSTRAINT \w+ (?=PRIMARY KEY)", "", statement), parameters


def _lock(connection: Connection) -> None:
    match connection.dialect.name:
        case "postgresql":
            connection.execute(text("SET lock_timeout = '10s'"))
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            connection.execute(text("BEGIN"))
        case "mysql" | "mariadb":
            got = connection.execute(text(f"SELECT GET_LOCK('wxlogin_{_LOCK}', 20)")).scalar()
            if got != 1:
                raise StoreUnavailable(faults.RETRY_AFTER)
        case _:
            connection.execute(text("BEGIN IMMEDIATE"))


def _unlock(connection: Connection, ending: str) -> None:
    match connection.dialect.name:
        case "postgresql":
            connection.execute(text(ending))
            connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        case "mysql" | "mariadb":
            connection.execute(text(f"SELECT RELEASE_LOCK('wxlogin_{_LOCK}')"))
        case _:
            connection.execute(text(ending))
