"""Access tokens of WeChat: one call for all processes, over real databases."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from attrs import evolve
from sqlalchemy import text

from tests.contracts.access_tokens import TOKEN, AccessTokensContract
from tests.contracts.people import APP
from tests.integration.test_sql_stores import url  # noqa: F401 - the same three databases
from tests.unit.adapters.scripted_wechat import (
    ALICE,
    NEVER,
    NUMBER,
    PHONE_CODE,
    TOKEN_GIVEN,
    Script,
)
from tests.unit.adapters.test_wechat_with_token import NEXT_TOKEN, NUMBERS, STABLE
from tests.walk.processes import settings_over
from wxlogin.adapters.sql import SqlShelf, migrate, open_database
from wxlogin.adapters.vault import MasterVault
from wxlogin.adapters.wechat import access_token
from wxlogin.entrypoints.container import Container
from wxlogin.entrypoints.settings import App

OLD, NEW = b"m" * 32, b"n" * 32


@pytest.fixture
async def database(url) -> AsyncIterator[object]:  # noqa: F811
    await migrate.upgrade(url)
    db = open_database(url)
    yield db
    await db.close()


@pytest.fixture
def shelf(database) -> SqlShelf:
    return SqlShelf(database, MasterVault((OLD,)))


class TestSqlShelf(AccessTokensContract):
    pass


async def test_a_token_lies_sealed(shelf, database):
    """No row has it; who lacks the master key has none and may ask for another."""
    await shelf.take(APP, 0)
    await shelf.put(APP, 1, TOKEN)

    lying = await database.read(
        lambda c: bytes(c.execute(text("SELECT sealed FROM access_tokens")).scalar_one())
    )
    assert TOKEN.token.encode() not in lying
    assert None is (await SqlShelf(database, MasterVault((NEW,))).look(APP)).kept
    assert TOKEN == (await SqlShelf(database, MasterVault((NEW, OLD))).look(APP)).kept


class _WeChat(Script):
    """One WeChat for many: whoever asks for a number is answered, for a token as written."""

    async def handle_async_request(self, request):
        if request.url.path == NUMBERS:
            self.answers.insert(0, NUMBER)
        return await super().handle_async_request(request)


@pytest.fixture
async def processes(fresh_postgres: str, tmp_path):
    """Start processes of one deployment, each with its own parts, over one WeChat."""
    await migrate.upgrade(fresh_postgres)
    settings = evolve(settings_over(fresh_postgres, tmp_path), apps=(App(APP, "secret"),))
    started: list[Container] = []

    def start(wechat: Script, number: int) -> list[Container]:
        for _ in range(number):
            parts = Container(settings=settings)
            parts.wechat.add_kwargs(transport=wechat)
            started.append(parts)
        return started[-number:]

    yield start
    for parts in started:
        await parts.wechat().close()
        await parts.database().close()


async def _phone(parts: Container) -> None:
    await parts.wechat().phone(ALICE, PHONE_CODE)


async def test_many_processes_ask_once(processes):
    """All at once, and one that comes later: one call, one token."""
    wechat = _WeChat([TOKEN_GIVEN])

    await asyncio.gather(*(_phone(each) for each in processes(wechat, 6)))
    await asyncio.gather(*(_phone(each) for each in processes(wechat, 1)))

    assert 1 == wechat.paths.count(STABLE)
    assert 7 == wechat.paths.count(NUMBERS)


async def test_a_killed_process_keeps_nobody_waiting_long(processes, monkeypatch):
    """Its question is asked by the next one, once for all of them."""
    monkeypatch.setattr(access_token, "_PATIENCE_SECONDS", 0.3)
    wechat = _WeChat([NEVER, TOKEN_GIVEN])
    killed, *others = processes(wechat, 4)
    asking = asyncio.create_task(_phone(killed))
    await wechat.arrived.wait()
    await killed.wechat().close()
    await asyncio.gather(asking, return_exceptions=True)
    assert 0 == wechat.under_way

    await asyncio.gather(*(_phone(each) for each in others))

    assert 2 == wechat.paths.count(STABLE)


async def test_a_token_refused_everywhere_is_fetched_once(processes):
    """WeChat invalidated it early: one process asks, the others take what it brings."""
    wechat = _WeChat([TOKEN_GIVEN])
    all_of_them = processes(wechat, 5)
    await asyncio.gather(*(_phone(each) for each in all_of_them))
    wechat.answers[:] = [NEXT_TOKEN]

    for each in all_of_them:
        each.wechat()._tokens.spoil(APP, TOKEN_GIVEN["access_token"])
    await asyncio.gather(*(_phone(each) for each in all_of_them))

    assert 2 == wechat.paths.count(STABLE)
    assert {"88_next"} == {r.url.params["access_token"] for r in wechat.requests[-5:]}


async def test_a_token_that_wechat_insists_on_is_fetched_once(processes):
    """Given again and refused again, it is not asked for by everybody in turn."""
    wechat = _WeChat([TOKEN_GIVEN])
    all_of_them = processes(wechat, 5)
    await asyncio.gather(*(_phone(each) for each in all_of_them))

    for _ in range(3):
        for each in all_of_them:
            each.wechat()._tokens.spoil(APP, TOKEN_GIVEN["access_token"])
        await asyncio.gather(*(_phone(each) for each in all_of_them))

    assert 2 == wechat.paths.count(STABLE)


async def test_without_the_database_each_asks_for_itself(processes):
    """A token is had all the same."""
    wechat = _WeChat([TOKEN_GIVEN])
    (alone,) = processes(wechat, 1)
    alone.database.override(open_database("postgresql://u:p@127.0.0.1:1/x"))

    await _phone(alone)

    assert 1 == wechat.paths.count(STABLE)
