"""WeChat's session_keys in the rows of sessions: sealed, and gone from a row that is over."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from attrs import frozen
from sqlalchemy import select

from tests.contracts.people import MINUTE, NOW, a_session, a_user, an_identity
from tests.integration.test_sql_stores import url  # noqa: F401 - the same three databases
from wxlogin.adapters.sql import (
    Database,
    SqlAccounts,
    SqlSessions,
    SqlUsers,
    migrate,
    open_database,
)
from wxlogin.adapters.sql.tables import sessions
from wxlogin.adapters.sql.telling import TellingAccounts, TellingSessions, TellingUsers
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.session import EndReason, Session
from wxlogin.domain.user import Identity, User

KEY = "a2V5IG9mIDE2IGJ5dGVzLg=="


@frozen
class House:
    """Stores that end sessions, silent ones or telling ones."""

    db: Database
    users: SqlUsers
    sessions: SqlSessions
    accounts: SqlAccounts

    async def sealed(self) -> list[bytes]:
        wanted = select(sessions.c.session_key_sealed)
        found = await self.db.read(lambda c: c.execute(wanted).scalars().all())
        return [bytes(each) for each in found if each is not None]


End = Callable[[House, User, Identity, Session], Awaitable[object]]
ENDS: dict[str, End] = {
    "ended": lambda h, _u, _i, s: h.sessions.end(s.sid, EndReason.LOGGED_OUT, NOW),
    "all ended": lambda h, u, _i, _s: h.sessions.end_all(u.id, EndReason.KICKED, NOW),
    "banned": lambda h, u, _i, _s: h.accounts.ban(u.id, NOW),
    "leaving": lambda h, u, _i, _s: h.accounts.leave(u.id, NOW, NOW + MINUTE),
    "erased": lambda h, u, _i, _s: h.accounts.erase(u.id, NOW),
    "erased when expired": lambda h, u, _i, s: h.accounts.erase(u.id, s.expires_at + MINUTE),
    "making room": lambda h, _u, i, _s: h.users.sign_in(i, a_session(), keep=1),
}


async def test_a_key_is_sealed_and_goes_with_its_session(url):  # noqa: F811
    """Whichever statement ends it, for deployments with a webhook and without."""
    await migrate.upgrade(url)
    db, vault = open_database(url), MasterVault((b"m" * 32,))
    silent = House(db, SqlUsers(db, vault), SqlSessions(db, vault), SqlAccounts(db, vault))
    ring = partial(int)
    telling = House(
        db, TellingUsers(db, vault, ring), TellingSessions(db, vault, ring),
        TellingAccounts(db, vault, ring),
    )  # fmt: skip
    kept = []
    try:
        for house in (silent, telling):
            for name, end in ENDS.items():
                user, identity, session = a_user(), an_identity(), a_session(session_key=KEY)
                await house.users.register(user, identity, session)
                (sealed,) = await house.sealed()
                assert KEY.encode() not in sealed
                await end(house, user, identity, session)
                if await house.sealed():
                    kept.append((type(house.users).__name__, name))
                    await house.accounts.erase(user.id, NOW)
    finally:
        await db.close()

    assert [] == kept


@pytest.mark.parametrize("file", ["links", "merges"])
def test_other_ends_take_the_key_too(file: str):
    """What leaves with an app or a merge is ended by statements of their own."""
    module = __import__(f"wxlogin.adapters.sql.{file}", fromlist=[file])
    ends = [
        str(each)
        for each in vars(module).values()
        if "UPDATE sessions" in str(each) and "ended_at=" in str(each)
    ]

    assert ends
    assert all("session_key_sealed=" in each for each in ends)
