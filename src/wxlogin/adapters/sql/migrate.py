"""Brings a database to the newest schema, and tells where it stands.

Of several processes that migrate at once one works; the others wait for it and find nothing left
to do. A table that somebody holds is waited for a few seconds only: whoever wants to change it
stands in line before all who only want to use it. Then nothing waits any more, and a later run
goes on. A schema newer than this version knows is left alone (docs/decisions/0018).

Alembic is fetched only to walk: to serve a database that is where it should be takes none of it.
"""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.dialects.mysql.base import MySQLDialect
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
"""Seconds for a look at the schema, and for SQLite's one lock."""
_STEP_SECONDS = 3600.0
"""An index over many rows takes its time, and those who read do not wait for it."""
_TURN_SECONDS = 60
"""So long another migration is waited for."""
_TABLE_SECONDS = 3
"""So long a table is waited for that a transaction holds."""
_OURS = re.compile(r"\d{4}_\d\d_\d\d_\d{4}")
_ONLY_ONCE = (
    (re.compile(r"^(\s*CREATE (?:UNIQUE )?(?:TABLE|INDEX)) "), r"\1 IF NOT EXISTS "),
    (re.compile(r"^(\s*ALTER TABLE \S+ ADD COLUMN) "), r"\1 IF NOT EXISTS "),
    (re.compile(r"^(\s*ALTER TABLE \S+ DROP COLUMN) "), r"\1 IF EXISTS "),
    (re.compile(r"^(\s*DROP (?:TABLE|INDEX)) "), r"\1 IF EXISTS "),
    (re.compile(r"^(\s*INSERT) INTO (?=`?key_ring)"), r"\1 IGNORE INTO "),
)
"""MariaDB commits each change of a table by itself, so a step may have been broken off halfway."""


class Blocked(Exception):
    """Somebody held a lock for too long. Where the database can, nothing was changed.

    `by_migration` tells whether that was another migration.
    """

    def __init__(self, *, by_migration: bool) -> None:
        super().__init__("another migration" if by_migration else "a transaction")
        self.by_migration = by_migration


class Foreign(Exception):
    """The database has a history of changes that is not ours."""


async def upgrade(url: str, revision: str = "head") -> None:
    """Brings the database of an address to a revision, the newest by default.

    One that is newer than the newest known here stays as it is.

    Raises:
        StoreUnavailable: it cannot be reached.
        Blocked: somebody holds a lock for too long.
        Foreign: it has been changed by something else than our migrations.
    """
    await _on(url, lambda connection: _walk(connection, "upgrade", revision), _STEP_SECONDS)


async def downgrade(url: str, revision: str) -> None:
    """Takes steps back to a revision; `base` is the empty database."""
    await _on(url, lambda connection: _walk(connection, "downgrade", revision), _STEP_SECONDS)


async def current(url: str) -> str | None:
    """Answers the revision a database is at, None when it is empty."""
    return await _on(url, _revision)


async def is_current(url: str) -> bool:
    """Tells whether a database is at the newest revision."""
    return await current(url) == head()


async def is_newer(url: str) -> bool:
    """Tells whether a database is at a revision that a later version of ours made.

    Raises:
        Foreign: the revision is not one of ours.
    """
    return _beyond(await current(url))


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


def _beyond(revision: str | None) -> bool:
    if revision is None or revision in revisions():
        return False
    if _OURS.fullmatch(revision) is None or revision < head():
        raise Foreign
    return True


def _walk(connection: Connection, step: str, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - see the top

    configured = config()
    configured.attributes["connection"] = connection
    _lock(connection)
    ending = "ROLLBACK"
    try:
        if not _beyond(_revision(connection)):
            getattr(command, step)(configured, revision)
        ending = "COMMIT"
    except faults.FAULTS as error:
        if faults.blocked(error):
            raise Blocked(by_migration=False) from error
        raise
    finally:
        _unlock(connection, ending)


async def _on(url: str, act: Callable[[Connection], T], seconds: float = _PATIENCE) -> T:
    address = parsed(url)
    try:
        if address.drivername == "sqlite":
            return await asyncio.to_thread(_on_file, str(address.database), act)
        return await _on_server(address, act, seconds)
    except faults.FAULTS as error:
        told = faults.told(error)
        if isinstance(told, StoreUnavailable):
            raise told from error
        raise


def _on_file(path: str, act: Callable[[Connection], T]) -> T:
    engine = open_file(path, _PATIENCE)
    with engine.connect() as connection:
        return act(connection)


async def _on_server(address: URL, act: Callable[[Connection], T], seconds: float) -> T:
    engine = server_engine(address, connect_timeout=5.0, statement_timeout=seconds)
    if address.drivername == "mysql":
        listen(engine, "before_cursor_execute", _as_mysql_has_it, retval=True)

    def run() -> T:
        with engine.connect() as connection:
            return act(connection)

    try:
        return await greenlet_spawn(run)
    finally:
        await greenlet_spawn(engine.dispose)


def _as_mysql_has_it(
    connection: Connection, _cursor: DBAPICursor, statement: str, parameters: T, *_: object
) -> tuple[str, T]:
    """Names no primary key: MySQL calls each PRIMARY, and warns when it was to be another.

    On MariaDB a step that was broken off goes on where it stopped.
    """
    statement = re.sub(r"CONSTRAINT \w+ (?=PRIMARY KEY)", "", statement)
    if isinstance(connection.dialect, MySQLDialect) and connection.dialect.is_mariadb:
        for shape, only_once in _ONLY_ONCE:
            statement = shape.sub(only_once, statement)
    return statement, parameters


def _lock(connection: Connection) -> None:
    try:
        _take_turn(connection)
    except faults.FAULTS as error:
        if faults.blocked(error):
            raise Blocked(by_migration=connection.dialect.name != "sqlite") from error
        raise


def _take_turn(connection: Connection) -> None:
    match connection.dialect.name:
        case "postgresql":
            connection.execute(text(f"SET lock_timeout = '{_TURN_SECONDS}s'"))
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            connection.execute(text(f"SET lock_timeout = '{_TABLE_SECONDS}s'"))
            connection.execute(text("BEGIN"))
        case "mysql" | "mariadb":
            turn = text(f"SELECT GET_LOCK('wxlogin_{_LOCK}', {_TURN_SECONDS})")
            if connection.execute(turn).scalar() != 1:
                raise Blocked(by_migration=True)
            for patience in ("lock_wait_timeout", "innodb_lock_wait_timeout"):
                connection.execute(text(f"SET SESSION {patience} = {_TABLE_SECONDS}"))
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
