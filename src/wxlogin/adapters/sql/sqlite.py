"""SQLite: one thread writes, many writes share a commit; reads are done where they are asked.

A write waits in a queue. The thread takes all that wait, runs each in a savepoint of its own,
commits once and only then answers them: what was answered is on the disk. A read costs some tens
of microseconds, less than a hop to a thread, and in WAL mode no writer makes it wait.
"""

import asyncio
import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any, ClassVar

from attrs import define, field
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from wxlogin.adapters.sql import faults
from wxlogin.adapters.sql.database import ATTEMPTS, Act, T
from wxlogin.domain.errors import Overloaded, StoreUnavailable

BATCH = 64
"""The most writes that share one commit."""
QUEUE = 1000
"""The most writes that may wait."""
_PAUSE = 0.005
"""Seconds between two tries to open a file that somebody else is just setting up."""
_READ_PATIENCE = 0.02
"""Seconds a read may block the event loop before it is done by the writer's thread instead."""


@define(eq=False)
class _Write:
    """One act on its way: `alone` acts run outside of any transaction."""

    act: Callable[[Connection], Any]
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    alone: bool = False
    answer: Any = None
    error: Exception | None = None

    def tell(self) -> None:
        """Answers whoever still waits; runs in their event loop."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.answer)
        else:
            self.future.set_exception(self.error)


@define(eq=False)
class SqliteDatabase:
    """One database file. Opened at first use; made for its owner's eyes only."""

    path: str
    patience: float = 5.0
    """Seconds to wait for another process's lock; an act is waited for twice as long."""

    dialect: ClassVar[str] = "sqlite"
    _queue: "SimpleQueue[_Write | None]" = field(init=False, factory=SimpleQueue, repr=False)
    _writer: threading.Thread | None = field(init=False, default=None, repr=False)
    _readers: dict[int, Connection] = field(init=False, factory=dict, repr=False)

    async def read(self, act: Act[T]) -> T:
        """Runs an act that changes nothing, here and now."""
        try:
            return act(self._reader())
        except faults.FAULTS as error:
            if not isinstance(faults.told(error), StoreUnavailable):
                faults.tell(error)
        return await self._write(act, alone=True)

    async def one(self, act: Act[T]) -> T:
        """Runs an act in a transaction."""
        return await self._write(act)

    async def together(self, act: Act[T]) -> T:
        """Runs an act in a transaction."""
        return await self._write(act)

    async def scrub(self) -> None:
        """Empties the write-ahead log, which may still hold what was overwritten."""
        with suppress(StoreUnavailable):
            await self._write(_empty_log, alone=True)

    async def ping(self) -> None:
        """Writes a word that is there already, for a full disk still lets everybody read."""
        await self._write(_write_something)

    async def close(self) -> None:
        """Writes what waits, stops the thread and closes the file."""
        writer, self._writer = self._writer, None
        queue, self._queue = self._queue, SimpleQueue()  # what comes now is another writer's
        if writer is not None:
            queue.put(None)
            await asyncio.to_thread(writer.join)
        while self._readers:
            _, reader = self._readers.popitem()
            reader.close()

    async def _write(self, act: Act[T], *, alone: bool = False) -> T:
        if self._queue.qsize() >= QUEUE:
            raise Overloaded(1)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._writer is None:
            writer = _Writer(self._queue, open_file(self.path, self.patience))
            self._writer = threading.Thread(target=writer.work, name="wxlogin-sqlite", daemon=True)
            self._writer.start()
        self._queue.put(_Write(act, future, loop, alone))
        try:
            async with asyncio.timeout(2 * self.patience):
                return await future
        except (faults.Raced, *faults.FAULTS) as error:
            faults.tell(error)

    def _reader(self) -> Connection:
        thread = threading.get_ident()
        reader = self._readers.get(thread)
        if reader is None:
            reader = open_file(self.path, _READ_PATIENCE).connect()
            self._readers[thread] = reader
        return reader


@define(eq=False)
class _Writer:
    """What the thread does."""

    queue: "SimpleQueue[_Write | None]"
    engine: Engine
    connection: Connection | None = None

    def work(self) -> None:
        """Writes batch after batch until a None comes."""
        going_on = True
        while going_on:
            batch, going_on = self._next_batch()
            for write in batch:
                if write.alone:
                    self._whole([write], self._plainly)
            if together := [write for write in batch if not write.alone]:
                self._whole(together, self._committed)
            _tell(batch)
        self._drop()

    def _next_batch(self) -> tuple[list[_Write], bool]:
        first = self.queue.get()
        batch = [] if first is None else [first]
        going_on = first is not None
        with suppress(Empty):
            while going_on and len(batch) < BATCH:
                following = self.queue.get_nowait()
                if following is None:
                    going_on = False
                else:
                    batch.append(following)
        return batch, going_on

    def _whole(self, batch: list[_Write], how: Callable[[list[_Write], Connection], None]) -> None:
        """Runs a batch; what goes wrong with the file goes wrong for all of it."""
        try:
            if self.connection is None:
                self.connection = self.engine.connect()
            how(batch, self.connection)
        except Exception as error:  # noqa: BLE001 - told to those who wait
            self._drop()
            for write in batch:
                write.error = error

    def _plainly(self, batch: list[_Write], connection: Connection) -> None:
        for write in batch:
            write.answer = write.act(connection)

    def _committed(self, batch: list[_Write], connection: Connection) -> None:
        raw = _driver(connection)
        raw.execute("BEGIN IMMEDIATE")
        for write in batch:
            _attempt(write, connection, raw)
        raw.execute("COMMIT")

    def _drop(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(Exception):
                _driver(connection).rollback()
            with suppress(Exception):
                connection.close()


def _attempt(write: _Write, connection: Connection, raw: sqlite3.Connection) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        raw.execute("SAVEPOINT act")
        try:
            write.answer, write.error = write.act(connection), None
        except Exception as error:
            if not raw.in_transaction:  # SQLite gave up on the whole transaction
                raise
            write.error = error
            raw.execute("ROLLBACK TO act")
        raw.execute("RELEASE act")
        if write.error is None or attempt == ATTEMPTS or not faults.again(write.error):
            return


def _tell(batch: list[_Write]) -> None:
    """Wakes each event loop once."""
    loops = defaultdict(list)
    for write in batch:
        loops[write.loop].append(write)
    for loop, writes in loops.items():
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(_tell_here, writes)


def _tell_here(writes: list[_Write]) -> None:
    for write in writes:
        write.tell()


def _driver(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def _write_something(connection: Connection) -> None:
    version = connection.execute(text("PRAGMA user_version")).scalar_one()
    connection.execute(text(f"PRAGMA user_version = {version:d}"))


def _empty_log(connection: Connection) -> None:
    _driver(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def open_file(path: str, patience: float) -> Engine:
    """Answers an engine that opens the file anew for each connection, set up as this module needs.

    The driver begins no transaction by itself.
    """

    def connect() -> sqlite3.Connection:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        raw = sqlite3.connect(
            Path(path), timeout=patience, isolation_level=None, check_same_thread=False
        )
        _keep_a_log(raw, patience)
        # FULL, for a machine that loses power must not forget a ban; the batch pays once.
        for pragma in ("synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
            raw.execute(f"PRAGMA {pragma}").fetchall()
        return raw

    return create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )


def _keep_a_log(raw: sqlite3.Connection, patience: float) -> None:
    """Puts the file in WAL mode, where it stays.

    While another connection is about to write to a file that is not in WAL mode yet, SQLite gives
    up at once, whatever the busy time-out; several that open a new file together meet this.
    """
    deadline = monotonic() + patience
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() >= deadline:
                raise
            sleep(_PAUSE)
        else:
            return
