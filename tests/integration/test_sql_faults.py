"""What goes wrong beneath the stores: dead servers, locks, lost races, odd addresses."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from asyncpg.exceptions import InterfaceError
from sqlalchemy import inspect, text
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError

from tests.contracts.people import MINUTE, NOW, a_session, a_user, an_identity
from tests.integration.test_sql_stores import url  # noqa: F401 - the same three databases
from tests.servers import MariaDbServer, PostgresServer
from wxlogin.adapters.sql import SqlLedger, SqlSessions, SqlUsers, migrate, open_database
from wxlogin.adapters.sql.database import Database, ServerDatabase
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.domain.ports.ledger import Claim, Outcome
from wxlogin.domain.session import EndReason

VAULT = MasterVault((b"m" * 32,))


@pytest.fixture
async def db(url) -> AsyncIterator[Database]:  # noqa: F811
    """Gives a migrated database."""
    await migrate.upgrade(url)
    db = open_database(url)
    yield db
    await db.close()


async def test_an_error_nobody_foresaw_comes_out_as_it_is(db: Database):
    """A mistake in a statement is the driver's error with its own cause, not its own cause."""
    for run in (db.read, db.one, db.together):
        with pytest.raises(DBAPIError) as failure:
            await run(lambda c: c.execute(text("SELECT * FROM no_such_table")))

        assert failure.value.__cause__ is failure.value.orig


async def test_what_fails_in_a_transaction_leaves_nothing(db: Database):
    """An act that raises halfway is undone, and the next one starts clean."""

    def half_done(connection):
        connection.execute(text("UPDATE key_ring SET revision = revision + 7"))
        raise LookupError

    before = await db.read(_revision)
    with pytest.raises(LookupError):
        await db.together(half_done)

    assert before == await db.read(_revision)


async def test_a_cancelled_act_leaves_a_usable_database(url):  # noqa: F811
    """Acts given up at any point leave no transaction, lock or connection behind."""
    await migrate.upgrade(url)
    db = open_database(url, connect_timeout=2)
    users, sessions = SqlUsers(db, VAULT), SqlSessions(db, VAULT)
    session = a_session()
    await users.register(a_user(), identity := an_identity(), session)
    for turns in range(40):
        task = asyncio.create_task(users.sign_in(_with_unionid(identity), a_session()))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert await sessions.end(session.sid, EndReason.KICKED, NOW)
    await asyncio.gather(*(db.read(_revision) for _ in range(30)))
    await db.close()


async def test_a_full_pool_is_told_as_unavailable(fresh_postgres: str):
    """Who gets no connection in time is told to come again, and a free one is given out."""
    await migrate.upgrade(fresh_postgres)
    db = open_database(fresh_postgres, connect_timeout=0.1, pool_size=1)
    entered = asyncio.Event()

    def keep_it(connection):
        entered.set()
        connection.execute(text("SELECT pg_sleep(1)"))

    holding = asyncio.create_task(db.one(keep_it))
    await entered.wait()

    with pytest.raises(StoreUnavailable):
        await db.read(_revision)

    await holding
    await db.read(_revision)
    await db.close()


async def test_a_statement_that_takes_too_long_is_given_up(fresh_postgres: str, fresh_mariadb: str):
    """A server that does not answer in time is unavailable, and the pool lives on."""
    for address, slow in ((fresh_postgres, "SELECT pg_sleep(30)"), (fresh_mariadb, "DO SLEEP(30)")):
        db = open_database(address, statement_timeout=0.3)

        with pytest.raises(StoreUnavailable):
            await db.one(lambda c, slow=slow: c.execute(text(slow)))

        await db.ping()
        await db.close()


async def test_a_killed_postgres_is_unavailable_and_then_back(durable_postgres: PostgresServer):
    """While PostgreSQL is down the store says so; once it is up everything kept is there."""
    await _dies_and_comes_back(durable_postgres)


async def test_a_killed_mariadb_is_unavailable_and_then_back(durable_mariadb: MariaDbServer):
    """While MariaDB is down the store says so; once it is up everything kept is there."""
    await _dies_and_comes_back(durable_mariadb)


async def _dies_and_comes_back(server: PostgresServer | MariaDbServer) -> None:
    await migrate.upgrade(server.url)
    db = open_database(server.url)
    users = SqlUsers(db, VAULT)
    user, identity = a_user(), an_identity()
    await users.register(user, identity, a_session())

    server.kill9()
    for _ in range(2):
        with pytest.raises(StoreUnavailable) as failure:
            await users.sign_in(identity, a_session())
        assert failure.value.retry_after > 0
        assert failure.value.__cause__ is not None
    server.restart()

    assert user == await users.find(identity)
    assert user == await users.sign_in(identity, a_session())
    await db.close()


async def test_a_read_outlives_a_restart_of_the_server(durable_postgres: PostgresServer):
    """Connections that died with the server are replaced under a read."""
    await migrate.upgrade(durable_postgres.url)
    db = open_database(durable_postgres.url)
    await asyncio.gather(*(db.read(_revision) for _ in range(5)))

    durable_postgres.kill9()
    durable_postgres.restart()

    await asyncio.gather(*(db.read(_revision) for _ in range(5)))
    await db.close()


async def test_a_connection_that_died_at_rest_costs_nobody_an_answer(fresh_postgres: str):
    """PostgreSQL may close what nobody uses: the next change is made over another connection."""
    await migrate.upgrade(fresh_postgres)
    db, other = open_database(fresh_postgres), open_database(fresh_postgres)
    user, identity = a_user(), an_identity()
    await SqlUsers(db, VAULT).register(user, identity, a_session())

    await other.one(lambda c: c.execute(text(_END_THE_OTHERS)))

    assert user == await SqlUsers(db, VAULT).sign_in(identity, a_session())
    await db.together(_revision)
    await db.close()
    await other.close()


_END_THE_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_a_storm_of_broken_connections_is_never_called_a_fault(fresh_postgres: str):
    """Wherever PostgreSQL breaks off, a change is made or the store is unavailable."""
    await migrate.upgrade(fresh_postgres)
    db, other = open_database(fresh_postgres), open_database(fresh_postgres)
    over = asyncio.Event()

    async def change(run) -> None:
        while not over.is_set():
            with suppress(StoreUnavailable):
                await run(lambda c: c.execute(text("SELECT 1")).all())

    changing = [asyncio.create_task(change(run)) for run in [db.one, db.together] * 4]
    for _ in range(25):
        await other.one(lambda c: c.execute(text(_END_THE_OTHERS)))
    over.set()
    await asyncio.gather(*changing)
    await db.close()
    await other.close()


@pytest.mark.parametrize("times", [1, 1000])
async def test_a_connection_that_dies_while_it_is_made_ready_is_made_again(
    fresh_postgres: str, times: int
):
    """The driver's own error, which SQLAlchemy does not know, is no fault of ours: once or ever."""
    await migrate.upgrade(fresh_postgres)
    db = open_database(fresh_postgres)
    assert isinstance(db, ServerDatabase)
    left = iter(range(times))

    def dies(*_: object) -> None:
        if next(left, None) is not None:
            raise InterfaceError("connection is closed")

    listen(db.engine, "do_connect", dies)

    if times == 1:
        await db.one(_revision)
    else:
        with pytest.raises(StoreUnavailable):
            await db.one(_revision)
    await db.close()


async def test_a_sweep_spares_a_claim_taken_over_beside_it(db: Database):
    """A claim that somebody renewed while a sweep looked at it is not deleted."""
    ledger = SqlLedger(db)
    claim = Claim(spent="s" * 64, key="new", body="body")
    later = NOW + MINUTE
    await ledger.claim(claim, NOW, later)

    def sweep_slowly(act):
        def slowly(connection):
            looked = _Renewing(connection, claim.spent, (later + MINUTE))
            return act(looked)

        return db.together(slowly)

    await SqlLedger(_With(db, sweep_slowly)).sweep(later, limit=10)

    assert Outcome("new", "body") == await ledger.outcome(claim.spent, later, 0)


class _With:
    """A database whose transactions are run by somebody else."""

    def __init__(self, db: Database, together) -> None:
        self.dialect, self.together = db.dialect, together


class _Renewing:
    """A connection on which a claim is renewed right after the first query of rows."""

    def __init__(self, connection, spent, until) -> None:
        self._connection, self._spent, self._until = connection, spent, until

    def execute(self, statement, parameters=None):
        answer = self._connection.execute(statement, parameters)
        if statement.is_select:
            answer = answer.freeze()()
            micros = int(self._until.timestamp() * 1_000_000)
            self._connection.execute(
                text("UPDATE claims SET expires_at = :at WHERE spent = :spent"),
                {"at": micros, "spent": self._spent},
            )
        return answer


async def test_an_answer_crosses_processes(url):  # noqa: F811
    """Who waits in one process is answered by who settles in another."""
    await migrate.upgrade(url)
    here, there = open_database(url), open_database(url)
    claim = Claim(spent="s" * 64, key="key", body="body")
    await SqlLedger(here).claim(claim, NOW, NOW + MINUTE)
    waiting = asyncio.create_task(SqlLedger(there).outcome(claim.spent, NOW, 30))
    assert Outcome("key", "body") == await SqlLedger(there).outcome(claim.spent, NOW, 0)

    await SqlLedger(here).settle(claim.spent, b"answer", NOW + MINUTE)

    assert Outcome("key", "body", b"answer", settled=True) == await waiting
    await here.close()
    await there.close()


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ("oracle://u:hidden@h/d", "sqlite:///, postgresql:// or mysql://"),
        ("no address", "not a database address"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("postgresql://u:hidden@h", "must name a file or a database"),
    ],
)
def test_an_address_that_cannot_be_names_the_setting(wrong: str, because: str):
    """A wrong address is refused with the setting's name and without its password."""
    with pytest.raises(ValueError, match=because) as refusal:
        open_database(wrong)

    assert "WXLOGIN_DATABASE_URL" in str(refusal.value)
    assert "hidden" not in str(refusal.value)


@pytest.mark.parametrize(
    ("address", "driver", "extra"),
    [
        ("postgresql://u@h/d", "asyncpg", "wxlogin[postgres]"),
        ("mysql://u@h/d", "asyncmy", "wxlogin[mysql]"),
    ],
)
def test_a_missing_driver_says_how_to_get_it(monkeypatch, address, driver, extra):
    """Without the driver the error names the extra to install."""
    monkeypatch.setitem(sys.modules, driver, None)

    with pytest.raises(ModuleNotFoundError) as refusal:
        open_database(address)

    assert extra in str(refusal.value)


async def test_a_database_without_its_folder_is_unavailable(tmp_path):
    """A file that cannot be opened is told as the store being unavailable, with the cause."""
    db = open_database(f"sqlite:///{tmp_path}/no/such/folder.db")

    for ask in (db.ping, lambda: db.read(_revision)):
        with pytest.raises(StoreUnavailable) as failure:
            await ask()
        assert isinstance(failure.value.__cause__, OSError | sqlite3.Error | DBAPIError)
    await db.close()


def _revision(connection) -> int:
    return connection.execute(text("SELECT revision FROM key_ring")).scalar_one()


def _with_unionid(identity):
    return an_identity(identity.openid, unionid="u-1")


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_a_migration_that_fails_leaves_nothing_half_done(request, tmp_path, dialect: str):
    """Where the database can, a failed step is taken back whole and works once its cause is gone.

    MySQL commits every change of a table by itself.
    """
    address = (
        f"sqlite:///{tmp_path / 'store.db'}"
        if dialect == "sqlite"
        else request.getfixturevalue("fresh_postgres")
    )
    db = open_database(address)
    await db.one(lambda c: c.execute(text("CREATE TABLE unionids (in_the_way INTEGER)")))

    with pytest.raises(DBAPIError, match="unionids"):
        await migrate.upgrade(address)

    assert None is await migrate.current(address)
    assert ["unionids"] == await migrate._on(address, lambda c: inspect(c).get_table_names())
    await db.one(lambda c: c.execute(text("DROP TABLE unionids")))
    await migrate.upgrade(address)
    assert await migrate.is_current(address)
    await db.close()
