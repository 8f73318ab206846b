"""What an act costs the database: how often it is asked, and how it looks for rows."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from attrs import evolve, frozen
from sqlalchemy import event, text

from tests.contracts.people import NOW, a_session, a_user, an_identity
from wxlogin.adapters.sql import SqlLedger, SqlSessions, SqlUsers, migrate, open_database
from wxlogin.adapters.sql.database import ServerDatabase
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.ports.ledger import Claim
from wxlogin.domain.session import EndReason

LATER = a_session().expires_at
PEOPLE = 20


@frozen
class House:
    """Stores on one connection, and what was sent over it."""

    db: ServerDatabase
    users: SqlUsers
    sessions: SqlSessions
    ledger: SqlLedger
    sent: list[str]


@pytest.fixture
async def house(fresh_postgres: str) -> AsyncIterator[House]:
    """Gives empty stores on PostgreSQL."""
    await migrate.upgrade(fresh_postgres)
    db, vault = open_database(fresh_postgres, pool_size=1), MasterVault((b"m" * 32,))
    assert isinstance(db, ServerDatabase)
    await db.ping()
    sent: list[str] = []
    event.listen(
        db.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: sent.append(statement),
    )
    yield House(db, SqlUsers(db, vault), SqlSessions(db, vault), SqlLedger(db), sent)
    await db.close()


def _claim(number: int) -> Claim:
    return Claim(spent=f"spent{number}", key=None, body="body")


async def _known(house: House) -> list[tuple]:
    people = [(a_user(), an_identity(), a_session()) for _ in range(PEOPLE)]
    await asyncio.gather(*(house.users.register(*person) for person in people))
    house.sent.clear()
    return people


async def test_each_act_is_one_statement(house: House):
    """Claim, register, sign in, load, advance and save ask PostgreSQL once each."""
    user, identity, session = a_user(), an_identity(), a_session()
    acts = (
        lambda: house.ledger.claim(_claim(0), NOW, LATER),
        lambda: house.users.register(user, identity, session),
        lambda: house.users.sign_in(identity, a_session()),
        lambda: house.sessions.load(session.sid),
        lambda: house.sessions.advance(session.sid, 0, NOW, LATER),
        lambda: house.users.save(evolve(user, version=user.version + 1)),
    )
    for number, act in enumerate(acts, 1):
        await act()
        assert number == len(house.sent)


async def test_a_login_beyond_the_limit_is_one_statement_too(house: House):
    """Ending the session idle the longest is part of opening the next one."""
    user, identity, first = a_user(), an_identity(), a_session()
    await house.users.register(user, identity, first)
    house.sent.clear()

    await house.users.sign_in(identity, a_session(), keep=1)

    assert 1 == len(house.sent)
    ended = await house.sessions.load(first.sid)
    assert ended is not None
    assert EndReason.SUPERSEDED is ended.session.end_reason


async def test_acts_of_many_at_once_share_statements(house: House):
    """Twenty people at once cost one statement, whatever they do."""
    people = await _known(house)

    for act in (
        [house.users.sign_in(identity, a_session()) for _, identity, _ in people],
        [house.sessions.load(session.sid) for _, _, session in people],
        [house.sessions.advance(session.sid, 0, NOW, LATER) for _, _, session in people],
        [house.users.save(evolve(user, version=user.version + 1)) for user, _, _ in people],
    ):
        assert all(await asyncio.gather(*act))
        assert 1 == len(house.sent)
        house.sent.clear()


async def test_no_act_reads_a_whole_table(house: House):
    """A plan made while the tables are empty looks rows up by index; it is kept for long."""
    scans = text("SELECT relname, seq_scan FROM pg_stat_user_tables ORDER BY relname")
    settled = text("SELECT pg_stat_force_next_flush()")

    async def whole_reads() -> list[tuple]:
        await house.db.read(lambda c: c.execute(settled).all())
        return await house.db.read(lambda c: [tuple(row) for row in c.execute(scans)])

    before = await whole_reads()
    for _ in range(7):  # from the sixth time on a prepared statement's plan is kept
        for user, identity, session in await _known(house):
            await house.ledger.claim(_claim(hash(session.sid)), NOW, LATER)
            await house.users.sign_in(identity, a_session())
            await house.sessions.load(session.sid)
            await house.sessions.advance(session.sid, 0, NOW, LATER)
            await house.users.save(evolve(user, version=user.version + 1))

    assert before == await whole_reads()
