"""The inbox in SQL, under its contract, on three real databases."""

import asyncio
from collections.abc import AsyncIterator
from itertools import chain

import pytest
from sqlalchemy import select

from tests.contracts.inbox import DAY, InboxContract, an_event, keep, take
from tests.contracts.people import MINUTE, NOW
from tests.integration.test_sql_stores import url  # noqa: F401 - the same three databases
from wxlogin.adapters.sql import SqlInbox, migrate, open_database
from wxlogin.adapters.sql.tables import push_events
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.ports.push import PushState

OLD, NEW = b"m" * 32, b"n" * 32


@pytest.fixture
async def database(url) -> AsyncIterator[object]:  # noqa: F811
    await migrate.upgrade(url)
    db = open_database(url)
    yield db
    await db.close()


@pytest.fixture
def inbox(database) -> SqlInbox:
    return SqlInbox(database, MasterVault((OLD,)))


class TestSqlInbox(InboxContract):
    pass


async def test_many_processes_take_each_event_once(inbox, url):  # noqa: F811
    """Each with connections of its own, all at once."""
    await keep(inbox, *(f"k{number}" for number in range(30)))
    databases = [open_database(url) for _ in range(4)]
    others = [SqlInbox(database, inbox.vault) for database in databases]

    async def work(own: SqlInbox) -> list[str]:
        keys = []
        while (taken := await own.take(NOW, NOW + MINUTE)) is not None:
            assert await own.settle(taken, PushState.DONE, "")
            keys.append(taken.key)
        return keys

    worked = await asyncio.gather(*(work(own) for own in others for _ in range(2)))

    for database in databases:
        await database.close()
    assert sorted(f"k{number}" for number in range(30)) == sorted(chain(*worked))


async def test_what_an_event_says_is_sealed(inbox):
    """No word of it is in a row, and when it is done nothing is."""
    await keep(inbox, "k1", OpenID="oSecretPerson", text="something private")

    def rows(connection):
        return connection.execute(select(push_events)).all()

    (row,) = await inbox.db.read(rows)
    assert b"oSecretPerson" not in b"".join(str(value).encode() for value in row) + row.sealed
    await inbox.settle(await take(inbox), PushState.DONE, "")
    assert [None] == [row.sealed for row in await inbox.db.read(rows)]


async def test_an_event_outlives_a_rotation_of_the_master_key(inbox):
    """Both keys known it is opened; the old one gone it is still taken, only not readable."""
    await keep(inbox, "k1")

    both = SqlInbox(inbox.db, MasterVault((NEW, OLD)))
    only_new = SqlInbox(inbox.db, MasterVault((NEW,)))

    assert an_event() == (await take(both)).event
    assert (await take(only_new, NOW + DAY)).event is None
    assert [None] == [each.event for each in await only_new.newest(9)]
