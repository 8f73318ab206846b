"""A database, as the stores use it: acts that are run whole, and nothing else.

An act is a plain function over a synchronous SQLAlchemy connection. It runs once or, after a
lost race, again from its start; so it must change nothing but the database.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from attrs import define, field
from sqlalchemy import Connection, Engine, text
from sqlalchemy.util import greenlet_spawn

from wxlogin.adapters.sql import faults

T = TypeVar("T")
Act = Callable[[Connection], T]

ATTEMPTS = 12
"""How often an act is run before a database that keeps refusing it counts as unavailable."""

_PAUSE, _LONGEST_PAUSE = 0.002, 0.1


class Database(Protocol):
    """Runs acts. Errors of the driver come out as the domain's, the cause kept (see `faults`)."""

    @property
    def dialect(self) -> str:
        """`sqlite`, `postgresql` or `mysql`."""

    async def read(self, act: Act[T]) -> T:
        """Runs an act that changes nothing; it may be run twice when the connection broke."""

    async def one(self, act: Act[T]) -> T:
        """Runs an act of one changing statement, each statement committed by itself."""

    async def together(self, act: Act[T]) -> T:
        """Runs an act in one transaction, all or nothing; what it raises undoes it."""

    async def scrub(self) -> None:
        """Leaves no trace of overwritten rows in the database's own files, where that is ours."""

    async def ping(self) -> None:
        """Asks for a sign of life.

        Raises:
            StoreUnavailable: there is none.
        """

    async def close(self) -> None:
        """Lets go of connections; the database may be used again and then opens new ones."""


@define(eq=False)
class ServerDatabase:
    """PostgreSQL or MySQL, through an engine in AUTOCOMMIT without reset on return.

    Each act runs in one greenlet over the synchronous face of the engine, which costs about half
    of what the async face costs. Nothing is left on a connection: single statements commit
    themselves, and transactions are begun and ended here in plain SQL.
    """

    dialect: str
    engine: Engine = field(repr=False)
    begin: str = "BEGIN"

    async def read(self, act: Act[T]) -> T:
        """Runs an act that changes nothing, again on another connection when the first broke."""
        return await self._insist(self._alone, act, again=_again_or_lost)

    async def one(self, act: Act[T]) -> T:
        """Runs an act of one changing statement."""
        return await self._insist(self._alone, act)

    async def together(self, act: Act[T]) -> T:
        """Runs an act in one READ COMMITTED transaction."""
        return await self._insist(self._in_transaction, act)

    async def scrub(self) -> None:
        """Does nothing: a server's files are its own."""

    async def ping(self) -> None:
        """Asks for a sign of life."""
        await self.read(_sign_of_life)

    async def close(self) -> None:
        """Closes the pool."""
        await greenlet_spawn(self.engine.dispose)

    def _alone(self, act: Act[T]) -> T:
        with self.engine.connect() as connection:
            return act(connection)

    def _in_transaction(self, act: Act[T]) -> T:
        with self.engine.connect() as connection:
            connection.exec_driver_sql(self.begin)
            try:
                answer = act(connection)
                connection.exec_driver_sql("COMMIT")
            except Exception:
                self._undo(connection)
                raise
            except BaseException:  # cancelled somewhere in between
                connection.invalidate()
                raise
            return answer

    def _undo(self, connection: Connection) -> None:
        try:
            connection.exec_driver_sql("ROLLBACK")
        except Exception:  # noqa: BLE001 - whatever it is, nobody may meet this connection again
            connection.invalidate()

    async def _insist(
        self,
        run: Callable[[Act[T]], T],
        act: Act[T],
        *,
        again: Callable[[Exception], bool] = faults.again,
    ) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await greenlet_spawn(run, act)
            except Exception as error:
                if not faults.concerns(error):
                    raise
                if attempt == ATTEMPTS or not again(error):
                    faults.tell(error)
            await asyncio.sleep(min(_PAUSE * 2**attempt, _LONGEST_PAUSE))
        raise AssertionError  # the last attempt answers or raises


def _again_or_lost(error: Exception) -> bool:
    return faults.again(error) or faults.lost(error)


def _sign_of_life(connection: Connection) -> None:
    connection.execute(text("SELECT 1")).all()
