"""Migrations beside a service that goes on: locks given up in time, old and new side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.util import await_only

from tests.contracts.accounts import AccountsContract
from tests.contracts.keys import KeysContract
from tests.contracts.ledger import LedgerContract
from tests.contracts.sessions import SessionsContract
from tests.contracts.tickets import TicketsContract
from tests.contracts.users import UsersContract
from tests.integration.test_sql_stores import stores_on, url  # noqa: F401 - the same databases
from tests.world import APPID
from wxlogin.adapters.sql import migrate, open_database
from wxlogin.adapters.sql.tables import METADATA
from wxlogin.entrypoints.container import CannotStart, Container, check, close, prepare
from wxlogin.entrypoints.container import migrate as command
from wxlogin.entrypoints.settings import App, Environment, Settings

OLDER = "2026_11_24_1300"
NEWER = "2999_01_01_0000"
CORE = (
    (UsersContract, "test_a_registered_user_is_found_as_given"),
    (UsersContract, "test_signing_in_opens_a_session_for_the_user"),
    (UsersContract, "test_a_save_writes_what_changed"),
    (SessionsContract, "test_each_advance_answers_its_own_step"),
    (SessionsContract, "test_a_session_ends_once"),
    (AccountsContract, "test_a_ban_ends_every_living_session"),
    (AccountsContract, "test_an_erased_person_is_gone"),
    (TicketsContract, "test_a_ticket_is_redeemed_once"),
    (LedgerContract, "test_a_settled_answer_is_given_out_for_its_time"),
    (KeysContract, "test_a_ring_is_replaced_by_who_knows_it"),
)
ADDITIONS = (
    "ALTER TABLE users ADD COLUMN later_said VARCHAR(20)",
    "ALTER TABLE sessions ADD COLUMN later_counted INTEGER",
    "CREATE TABLE later_things (id INTEGER PRIMARY KEY, said VARCHAR(20))",
    f"UPDATE alembic_version SET version_num = '{NEWER}'",
)


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request) -> str:
    """Answers the address of an empty database on a server."""
    short = {"postgresql": "fresh_postgres", "mariadb": "fresh_mariadb"}
    return request.getfixturevalue(short[request.param])


@asynccontextmanager
async def _held(address: str, *statements: str) -> AsyncIterator[None]:
    """Keep a transaction open that has run some statements."""
    db = open_database(address)
    entered, free = asyncio.Event(), asyncio.Event()

    def hold(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement)).all()
        entered.set()
        await_only(free.wait())

    holding = asyncio.create_task(db.together(hold))
    await entered.wait()
    try:
        yield
    finally:
        free.set()
        await holding
        await db.close()


async def test_a_migration_does_not_wait_behind_a_long_transaction(server: str, monkeypatch):
    """It gives up, says so, leaves the table usable, and works once the transaction is over."""
    await migrate.upgrade(server, OLDER)
    monkeypatch.setattr(migrate, "_TABLE_SECONDS", 1)
    db = open_database(server)
    async with _held(server, "SELECT count(*) FROM push_events"):
        with pytest.raises(CannotStart) as given_up:
            await command(_settings(server))

        assert given_up.value.word == "table held"
        assert OLDER == await migrate.current(server)
        await db.one(
            lambda c: c.execute(text("UPDATE push_events SET attempts = 0 WHERE attempts < 0"))
        )
    await db.close()

    assert (migrate.head(), False) == await command(_settings(server))


async def test_who_meets_a_migration_that_hangs_says_so(server: str, monkeypatch):
    """One that waits too long for its turn gives up without having changed anything."""
    monkeypatch.setattr(migrate, "_TURN_SECONDS", 1)
    turn = {
        "postgresql": f"SELECT pg_advisory_lock({migrate._LOCK})",
        "mysql": f"SELECT GET_LOCK('wxlogin_{migrate._LOCK}', 1)",
    }
    async with _held(server, turn[server.partition(":")[0]]):
        with pytest.raises(CannotStart) as given_up:
            await command(_settings(server))

    assert given_up.value.word == "being migrated"
    assert None is await migrate.current(server)


async def test_a_step_broken_off_halfway_goes_on(fresh_mariadb: str):
    """MariaDB keeps what a killed migration did; the next run does the rest."""
    await migrate.upgrade(fresh_mariadb, OLDER)
    db = open_database(fresh_mariadb)
    await db.one(
        lambda c: c.execute(
            text("ALTER TABLE push_events ADD COLUMN once VARCHAR(128) COLLATE ascii_bin")
        )
    )
    await db.close()

    await migrate.upgrade(fresh_mariadb)

    assert await migrate.is_current(fresh_mariadb)


async def test_an_old_process_works_beside_a_newer_schema(url):  # noqa: F811
    """What runs goes on over the same connections while the schema grows, and after that."""
    await migrate.upgrade(url)
    db = open_database(url)
    await _core_acts(db)
    for addition in ADDITIONS:
        await db.together(lambda c, addition=addition: c.execute(text(addition)))
    await _core_acts(db)
    await db.close()


async def test_an_old_process_starts_on_a_newer_schema(url):  # noqa: F811
    """`serve`, `migrate` and the operator's commands take it as it is."""
    await migrate.upgrade(url)
    db = open_database(url)
    for addition in ADDITIONS:
        await db.together(lambda c, addition=addition: c.execute(text(addition)))
    await db.close()

    container = Container(settings=_settings(url))
    await prepare(container)
    await check(container)
    await _core_acts(container.database())
    await close(container)

    assert (NEWER, True) == await command(_settings(url))


async def test_an_older_schema_is_refused(server: str):
    """On a server `serve` says which command to run, and changes nothing."""
    await migrate.upgrade(server, OLDER)

    with pytest.raises(CannotStart) as refused:
        await prepare(Container(settings=_settings(server)))

    assert refused.value.word == "old schema"
    assert OLDER == await migrate.current(server)


@pytest.mark.parametrize("foreign", ["8f1d2c3b4a5e", "2020_01_01_0000"])
async def test_a_database_of_another_program_is_refused(tmp_path: Path, foreign: str):
    """A history that is not ours is neither old nor newer."""
    address = f"sqlite:///{tmp_path / 'store.db'}"
    await migrate.upgrade(address)
    db = open_database(address)
    change = f"UPDATE alembic_version SET version_num = '{foreign}'"
    await db.one(lambda c: c.execute(text(change)))
    await db.close()

    for act in (prepare(Container(settings=_settings(address))), command(_settings(address))):
        with pytest.raises(CannotStart) as refused:
            await act
        assert refused.value.word == "foreign schema"


async def _core_acts(db) -> None:
    """Run the heart of the stores' contracts, each on emptied tables."""
    stores = stores_on(db)
    for suite, name in CORE:
        await db.together(_empty)
        await getattr(suite(), name)(stores=stores)
    await db.together(_empty)


def _empty(connection: Connection) -> None:
    for table in reversed(METADATA.sorted_tables):
        if table.name != "key_ring":
            connection.execute(table.delete())


def _settings(address: str) -> Settings:
    return Settings(
        apps=(App(APPID, "secret"),),
        env=Environment.DEVELOPMENT,
        database_url=address,
        master_key=(b"m" * 32,),
        issuer="http://127.0.0.1:8000",
    )
