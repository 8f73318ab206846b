"""The database's connection is cut before every piece of every act, in both directions.

WXLOGIN_TEST_EVERY_CUT=1 does that (minutes); as a rule some acts are cut in four places each.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve, frozen
from sqlalchemy import Connection, select, text

from tests.contracts.keys import _key
from tests.contracts.people import MINUTE, NOW, a_session, a_user, an_identity
from tests.servers.cutting import CuttingProxy, Way
from wxlogin.adapters.sql import (
    SqlAccounts,
    SqlKeys,
    SqlLedger,
    SqlSessions,
    SqlShelf,
    SqlTickets,
    SqlUsers,
    migrate,
    open_database,
)
from wxlogin.adapters.sql.database import ServerDatabase
from wxlogin.adapters.sql.tables import METADATA
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.domain.ports.ledger import Claim
from wxlogin.domain.session import EndReason
from wxlogin.domain.ticket import LoginTicket
from wxlogin.domain.user import Profile

VAULT = MasterVault((b"m" * 32,))
LATER = NOW + MINUTE
USER, IDENTITY, SESSION = a_user(), an_identity(), a_session()
NEW_USER, NEW_IDENTITY, NEW_SESSION = a_user(), an_identity(unionid="u-1"), a_session()
TICKET = LoginTicket("d" * 64, IDENTITY, LATER)
CLAIM = Claim(spent="s" * 64, key="key", body="body")
KEY = _key("a")
TABLES = [each for each in METADATA.sorted_tables if each.name != "key_ring"]
NOTHING, MANY = object(), 1000
Rows = dict[str, list[tuple[Any, ...]]]


@frozen
class Acts:
    """The stores' acts, each on a store that holds USER with SESSION, TICKET, CLAIM and KEY."""

    db: ServerDatabase

    @property
    def users(self) -> SqlUsers:
        return SqlUsers(self.db, VAULT)

    @property
    def sessions(self) -> SqlSessions:
        return SqlSessions(self.db, VAULT)

    async def register(self) -> object:
        return await self.users.register(NEW_USER, NEW_IDENTITY, NEW_SESSION, 3)

    async def sign_in(self) -> object:
        return await self.users.sign_in(IDENTITY, NEW_SESSION, 3)

    async def sign_in_with_unionid(self) -> object:
        return await self.users.sign_in(evolve(IDENTITY, unionid="u-2"), NEW_SESSION, 1)

    async def save(self) -> object:
        named = evolve(USER, profile=Profile(nickname="小明"), version=USER.version + 1)
        return await self.users.save(named)

    async def advance(self) -> object:
        return await self.sessions.advance(SESSION.sid, 0, LATER, LATER + timedelta(days=30))

    async def load(self) -> object:
        return await self.sessions.load(SESSION.sid)

    async def end(self) -> object:
        return await self.sessions.end(SESSION.sid, EndReason.KICKED, LATER)

    async def end_all(self) -> object:
        return await self.sessions.end_all(USER.id, EndReason.LOGGED_OUT, LATER)

    async def ban(self) -> object:
        return await SqlAccounts(self.db, VAULT).ban(USER.id, LATER)

    async def erase(self) -> object:
        return await SqlAccounts(self.db, VAULT).erase(USER.id, LATER)

    async def redeem(self) -> object:
        return await SqlTickets(self.db).redeem(TICKET.digest, NOW, openid=IDENTITY.openid)

    async def claim(self) -> object:
        return await SqlLedger(self.db).claim(evolve(CLAIM, spent="t" * 64), NOW, LATER)

    async def settle(self) -> object:
        return await SqlLedger(self.db).settle(CLAIM.spent, b"answer", LATER)

    async def replace_keys(self) -> object:
        return await SqlKeys(self.db).replace([KEY], [KEY, _key("b", age=1)])

    async def take_turn(self) -> object:
        return await SqlShelf(self.db, VAULT).take("wx0000000000000001", 0)


EVERY = bool(os.environ.get("WXLOGIN_TEST_EVERY_CUT"))
NAMES = (
    [name for name, part in vars(Acts).items() if callable(part) and not name.startswith("_")]
    if EVERY
    else ["register", "advance", "erase"]
)


@pytest.fixture(scope="module", params=["postgres", "mariadb"])
def server(request) -> str:
    """Answers the address of a server."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def cut(server: str) -> AsyncIterator["_Cutting"]:
    fresh = {"p": "fresh_postgres_database", "m": "fresh_mariadb_database"}[server[0]]
    module = {"p": "postgres", "m": "mariadb"}[server[0]]
    make = getattr(__import__(f"tests.servers.{module}", fromlist=[fresh]), fresh)
    with make(server) as url:
        await migrate.upgrade(url)
        direct = open_database(url)
        assert isinstance(direct, ServerDatabase)
        async with CuttingProxy.before(url) as (proxy, through):
            db = open_database(through, connect_timeout=3, statement_timeout=3)
            assert isinstance(db, ServerDatabase)
            yield _Cutting(proxy, direct, db)
            await db.close()
        await direct.close()


@frozen
class _Cutting:
    proxy: CuttingProxy
    direct: ServerDatabase
    db: ServerDatabase

    async def begin(self) -> None:
        await self.direct.together(_empty)
        here = Acts(self.direct)
        await here.users.register(USER, IDENTITY, SESSION)
        await SqlTickets(self.direct).add(TICKET)
        await SqlLedger(self.direct).claim(CLAIM, NOW, LATER)
        await SqlKeys(self.direct).replace([], [KEY])

    async def rows(self) -> Rows:
        return await self.direct.read(_rows)

    async def cut(
        self, act: Callable[[], Awaitable[object]], way: Way, pieces: int, *, torn: bool
    ) -> object:
        """Begin anew, cut, and run the act; answer None when there was nothing to cut."""
        await self.begin()
        await self.db.ping()
        self.proxy.arm(way, pieces, torn=torn)
        try:
            answer = await act()
        except StoreUnavailable as unavailable:
            answer = unavailable
        return answer if self.proxy.disarm() else NOTHING

    async def everywhere(self, act: Callable[[], Awaitable[object]]) -> AsyncIterator[object]:
        """Cut before one piece after the other until none is left."""
        for way in Way:
            for torn in (False, True):
                for pieces in range(40):
                    answer = await self.cut(act, way, pieces, torn=torn)
                    if answer is NOTHING:
                        break
                    yield answer

    async def here_and_there(self, act: Callable[[], Awaitable[object]]) -> AsyncIterator[object]:
        """Tear the first question, lose the first answer, the last one, and one in the middle."""
        yield await self.cut(act, Way.ASKING, 0, torn=True)
        yield await self.cut(act, Way.ANSWERING, 0, torn=False)
        gone = 0
        for _ in range(2):  # a new connection's first act takes more
            await self.begin()
            await self.db.ping()
            self.proxy.arm(Way.ANSWERING, MANY)
            await act()
            gone = self.proxy.gone(MANY)
        yield await self.cut(act, Way.ANSWERING, gone - 1, torn=False)
        yield await self.cut(act, Way.ANSWERING, gone // 2, torn=True)


async def test_a_cut_act_is_done_whole_or_not_at_all(cut: _Cutting):
    """The answer is the right one or StoreUnavailable, and the next call works."""
    for name in NAMES:
        await _cut_everywhere(cut, getattr(Acts(cut.db), name))


async def _cut_everywhere(cut: _Cutting, act: Callable[[], Awaitable[object]]) -> None:
    await cut.begin()
    before = await cut.rows()
    right = await act()
    after = await cut.rows()
    cuts = 0

    async for answer in (cut.everywhere if EVERY else cut.here_and_there)(act):
        assert answer is not NOTHING
        cuts += 1
        found = await cut.rows()
        if isinstance(answer, StoreUnavailable):
            assert found in (before, after)
            assert answer.retry_after > 0
        else:
            assert (right, after) == (answer, found)
        assert 0 == cut.db.engine.pool.checkedout()
        await cut.db.one(lambda c: c.execute(text("UPDATE key_ring SET revision = revision + 1")))

    assert cuts >= 4


def _empty(connection: Connection) -> None:
    for table in reversed(TABLES):
        connection.execute(table.delete())


def _rows(connection: Connection) -> Rows:
    return {
        each.name: sorted(map(tuple, connection.execute(select(each))), key=repr) for each in TABLES
    }
