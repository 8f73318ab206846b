"""Merges, links and phones in SQL, under their contracts, on three real databases.

Each database is made once for all of these tests and emptied for each, for making one takes longer
than what is tested.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from tests.contracts.links import LinksContract
from tests.contracts.merges import LATER, MergesContract, merged, two, undone
from tests.contracts.people import OTHER_APP, a_session
from tests.contracts.phones import PhonesContract
from tests.contracts.stores import Stores
from tests.integration.test_sql_stores import stores_on
from tests.servers.mariadb import fresh_mariadb_database
from tests.servers.postgres import fresh_postgres_database
from wxlogin.adapters.sql import (
    SqlLinks,
    SqlOutbox,
    TellingLinks,
    TellingMerges,
    migrate,
    open_database,
)
from wxlogin.adapters.sql.tables import METADATA
from wxlogin.domain.ports.links import Detached

_EVERYBODY_S = ("users", "identities", "unionids", "unionid_conflicts", "parted_identities")


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def migrated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Gives the address of a migrated database."""
    with ExitStack() as stack:
        match request.param:
            case "sqlite":
                file: Path = tmp_path_factory.mktemp("people") / "store.db"
                url = f"sqlite:///{file}"
            case "postgresql":
                server = request.getfixturevalue("postgres_url")
                url = stack.enter_context(fresh_postgres_database(server))
            case _:
                server = request.getfixturevalue("mariadb_url")
                url = stack.enter_context(fresh_mariadb_database(server))
        asyncio.run(migrate.upgrade(url))
        yield url


@pytest.fixture
async def stores(migrated: str) -> AsyncIterator[Stores]:
    """Gives empty stores."""
    db = open_database(migrated)

    def empty(connection: Connection) -> None:
        for table in reversed(METADATA.sorted_tables):
            if table.name not in {"signing_keys", "key_ring"}:
                connection.execute(table.delete())

    await db.together(empty)
    yield stores_on(db)
    await db.close()


class TestSqlMerges(MergesContract):
    pass


class TestSqlLinks(LinksContract):
    pass


class TestSqlPhones(PhonesContract):
    pass


async def test_undoing_at_once_leaves_every_row_as_it_was(stores: Stores):
    """Byte for byte, sealed numbers too; only the versions are higher."""
    people = await two(stores, "u-1", "u-1")
    before = await _rows(stores)

    await merged(stores, people)
    during = await _rows(stores)
    await undone(stores)

    assert before == await _rows(stores) != during


async def test_of_the_one_who_is_gone_nothing_is_left_in_clear(stores: Stores):
    """Their row is empty, and what is kept aside is sealed."""
    people = await two(stores)
    await merged(stores, people)

    told = repr(await _rows(stores, *(table.name for table in METADATA.sorted_tables)))

    assert people.gone.profile.nickname not in told
    assert people.gone.phone is not None
    assert people.gone.phone.number not in told
    assert people.kept.profile.nickname in told


async def test_with_a_webhook_merges_and_partings_are_told(stores: Stores):
    """In the commit of the act: who became part of whom, and each session that ended."""
    people = await two(stores)
    db, rung = stores.users.db, []
    merges = TellingMerges(db, stores.users.vault, lambda: rung.append(None))
    links = TellingLinks(db, lambda: rung.append(None))

    await merges.merge("m" * 36, people.kept.id, people.gone.id, LATER)
    here = a_session(appid=OTHER_APP)
    await stores.users.sign_in(people.theirs, here)
    await links.detach(people.kept.id, OTHER_APP, LATER)
    await merges.unmerge("m" * 36, LATER)  # refused, so nothing is told

    assert [
        ("session.ended", people.gone.id, people.session.sid, None, "superseded"),
        ("user.merged", people.kept.id, None, people.gone.id, ""),
        ("session.ended", people.kept.id, here.sid, None, "logged_out"),
    ] == [
        (n.kind.value, n.user_id, n.sid, n.other_id, n.reason)
        for n in await SqlOutbox(db).oldest(100)
    ]
    assert 3 == len(rung)


async def _rows(stores: Stores, *names: str) -> dict[str, list[tuple[object, ...]]]:
    """Answer all rows of some tables, without versions."""

    def act(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
        found = {}
        for name in names or _EVERYBODY_S:
            table = METADATA.tables[name]
            columns = [column for column in table.c if column.name != "version"]
            rows = connection.execute(select(*columns).order_by(*table.primary_key)).all()
            found[name] = [tuple(row) for row in rows]
        return found

    return await stores.users.db.read(act)


async def test_a_login_that_waits_for_a_parting_does_not_outlive_it(stores: Stores, migrated: str):
    """It saw the identity before; on whatever database, no session of it lives on afterwards."""
    people = await two(stores)
    await merged(stores, people)
    parted, go_on = threading.Event(), threading.Event()
    links = stores.links
    assert isinstance(links, SqlLinks)

    class Slow(SqlLinks):
        def _detach(self, connection: Connection, user_id: str, appid: str, at: int) -> Detached:
            done = super()._detach(connection, user_id, appid, at)
            parted.set()
            go_on.wait(10)
            return done

    async def part() -> None:
        db = open_database(migrated)
        await Slow(db).detach(people.kept.id, OTHER_APP, LATER)
        await db.close()

    parting = asyncio.create_task(asyncio.to_thread(asyncio.run, part()))
    assert await asyncio.to_thread(parted.wait, 10)
    login = asyncio.create_task(stores.users.sign_in(people.theirs, a_session(appid=OTHER_APP)))
    await asyncio.wait({login}, timeout=0.3)
    go_on.set()
    await asyncio.gather(parting, login)

    living = await stores.sessions.living(people.kept.id, LATER)
    assert OTHER_APP not in {session.appid for session in living}
