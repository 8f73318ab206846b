"""The outbox in SQL, under its contract, on three real databases."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext

import pytest
from sqlalchemy import Connection, bindparam, delete, func, select

from tests.contracts.outbox import DAY, OutboxContract, TellingStores
from tests.contracts.people import MINUTE, NOW, a_session, a_user, an_identity
from tests.contracts.reviews import a_review
from tests.servers.mariadb import fresh_mariadb_database
from tests.servers.postgres import fresh_postgres_database
from wxlogin.adapters.sql import (
    Database,
    SqlAccounts,
    SqlOutbox,
    SqlReviews,
    SqlSessions,
    SqlUsers,
    TellingAccounts,
    TellingLinks,
    TellingMerges,
    TellingSessions,
    TellingUsers,
    migrate,
    open_database,
)
from wxlogin.adapters.sql.outbox import put
from wxlogin.adapters.sql.rows import micros
from wxlogin.adapters.sql.tables import METADATA, key_ring, outbox
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.ports.outbox import Happened
from wxlogin.domain.session import EndReason
from wxlogin.domain.user import ProfileChange


@pytest.fixture
def rung() -> list[None]:
    """Answers what gets longer each time the sender is woken."""
    return []


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def migrated(request, tmp_path_factory) -> Iterator[str]:
    """Answers the address of a database that the tests of this module use one after the other."""
    match request.param:
        case "postgresql":
            fresh = fresh_postgres_database(request.getfixturevalue("postgres_url"))
        case "mariadb":
            fresh = fresh_mariadb_database(request.getfixturevalue("mariadb_url"))
        case _:
            fresh = nullcontext(f"sqlite:///{tmp_path_factory.mktemp('outbox') / 'store.db'}")
    with fresh as url:
        asyncio.run(migrate.upgrade(url))
        yield url


@pytest.fixture
async def db(migrated) -> AsyncIterator[Database]:
    """Gives that database, emptied."""
    db = open_database(migrated)
    await db.together(_empty)
    yield db
    await db.close()


def _empty(connection: Connection) -> None:
    for table in reversed([each for each in METADATA.sorted_tables if each is not key_ring]):
        connection.execute(delete(table))


@pytest.fixture
def telling(db, rung) -> TellingStores:
    """Gives the stores of a deployment with a webhook."""
    vault = MasterVault((b"m" * 32,))

    def ring() -> None:
        rung.append(None)

    return TellingStores(
        TellingUsers(db, vault, ring),
        TellingAccounts(db, vault, ring),
        TellingSessions(db, vault, ring),
        SqlOutbox(db),
        TellingMerges(db, vault, ring),
        TellingLinks(db, ring),
    )


class TestSqlOutbox(OutboxContract):
    pass


async def test_an_act_that_is_undone_tells_nothing(telling):
    """The notice is in the transaction of the act, not beside it."""
    user, *_ = await telling.person()

    def act(connection: Connection) -> None:
        put(connection, Happened.USER_MERGED, user.id, 0, other_id="another")
        raise LookupError

    with pytest.raises(LookupError):
        await telling.outbox.db.together(act)

    assert ["user.created"] == [kind for kind, *_ in await telling.told(user.id)]


async def test_a_merge_waits_for_both_and_both_wait_for_it(telling):
    """What was told of either comes before, what comes after waits."""
    (one, *_), (two, session, _) = await telling.person(), await telling.person()

    def act(connection: Connection) -> None:
        put(connection, Happened.USER_MERGED, one.id, 0, other_id=two.id)

    await telling.outbox.db.together(act)
    await telling.sessions.end(session.sid, EndReason.KICKED, NOW)

    first, second = await telling.take()
    await telling.outbox.done(first)
    assert [] == await telling.take()
    await telling.outbox.done(second)
    (merged,) = await telling.take()
    assert (Happened.USER_MERGED, two.id) == (merged.kind, merged.other_id)
    assert [] == await telling.take()
    await telling.outbox.done(merged)
    assert [session.sid] == [each.sid for each in await telling.take()]


async def test_what_waits_for_a_failing_notice_is_not_looked_at(telling, db):
    """Put off with it, so that a person with thousands of notices slows nobody down."""
    user, session, _ = await telling.person()
    other, *_ = await telling.person()
    await telling.sessions.end(session.sid, EndReason.KICKED, NOW)
    first, _ = await telling.take()
    assert await telling.outbox.put_off(first, "503", NOW + DAY)

    due = select(outbox.c.due_at).where(outbox.c.user_id == bindparam("p_user"))
    shown = {
        each: await db.read(lambda c, each=each: c.execute(due, {"p_user": each}).scalars().all())
        for each in (user.id, other.id)
    }
    assert [micros(NOW + DAY)] * 2 == shown[user.id]
    assert [micros(NOW + MINUTE)] == shown[other.id]


async def test_each_act_wakes_the_sender(telling, rung):
    """Once it is committed, so that the sender finds it."""
    user, session, identity = await telling.person()
    assert await telling.users.save(user.changed(ProfileChange(nickname="n"), NOW))
    assert await telling.users.sign_in(identity, a_session(), 1)
    assert not await telling.sessions.end(session.sid, EndReason.KICKED, NOW)
    assert 1 == await telling.sessions.end_all(user.id, EndReason.KICKED, NOW)
    assert await telling.accounts.ban(user.id, NOW)

    assert 6 == len(rung)


async def test_a_nickname_that_an_operator_passes_is_told(telling, db):
    """In the act that writes it; one that comes too late tells nothing."""
    user, *_ = await telling.person()
    reviews = SqlReviews(db, MasterVault((b"m" * 32,)), telling.users)
    review = a_review(user)
    await reviews.add(review)
    named = user.changed(ProfileChange(nickname=review.value), NOW)

    assert await reviews.pass_nickname(review.id, named)
    again = named.changed(ProfileChange(nickname="n"), NOW)
    assert not await reviews.pass_nickname(review.id, again)

    told = [kind for kind, *_ in await telling.told(user.id)]
    assert ["user.created", "user.updated"] == told


async def test_without_a_webhook_nothing_is_put(db):
    """The plain stores leave the outbox empty, whatever happens."""
    vault = MasterVault((b"m" * 32,))
    plain_users, plain_sessions = SqlUsers(db, vault), SqlSessions(db, vault)
    user, identity = a_user(), an_identity()
    await plain_users.register(user, identity, a_session())
    await plain_users.sign_in(identity, a_session(), 1)
    await plain_users.save(user.changed(ProfileChange(nickname="n"), NOW))
    await plain_sessions.end_all(user.id, EndReason.KICKED, NOW)
    await SqlAccounts(db, vault).erase(user.id, NOW)

    assert 0 == await db.read(
        lambda c: c.execute(select(func.count()).select_from(outbox)).scalar()
    )
