"""A client that hangs up at any moment leaves no half act, no connection and no lock behind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from dependency_injector import providers

from tests.walk.processes import settings_over
from tests.world import APPID, World
from wxlogin.adapters.memory.wechat import FakeWeChat
from wxlogin.adapters.sql import migrate
from wxlogin.adapters.system import SystemClock
from wxlogin.domain.user import ProfileChange
from wxlogin.entrypoints.container import Container, close
from wxlogin.entrypoints.web.wishes import Wishes


async def _left(act: Callable[[], Awaitable[Any]], turns: int) -> bool:
    """Begin an act and leave after some turns of the loop; tell whether it was still under way."""
    acting = asyncio.ensure_future(act())
    for _ in range(turns):
        await asyncio.sleep(0)
    under_way = acting.cancel()
    await asyncio.gather(acting, return_exceptions=True)
    return under_way


async def _walk(wishes: Wishes, new_code: Callable[[], str], turns: int) -> bool:
    """Leave each of login, refresh and update after some turns; everything goes on afterwards."""

    async def login() -> Any:
        return await wishes.login(appid=APPID, code=new_code())

    code = new_code()
    left = await _left(lambda: wishes.login(appid=APPID, code=code), turns)
    tokens = await login()
    following = tokens

    async def refresh() -> Any:
        return await wishes.refresh(token=following.refresh_token)

    left |= await _left(refresh, turns)
    following = await refresh()  # the token whose answer was lost gives the next, or again the same
    assert following.session_id == tokens.session_id
    change = ProfileChange(nickname=f"after {turns}")
    update = lambda: wishes.update_profile(token=following.access_token, change=change)  # noqa: E731 - twice the same
    before = (await wishes.authenticate(following.access_token)).user
    left |= await _left(update, turns)
    now = (await wishes.authenticate(following.access_token)).user
    whole = (now.version, now.profile.nickname)
    assert whole in {
        (before.version, before.profile.nickname),
        (before.version + 1, change.nickname),
    }
    assert change.nickname == (await update()).user.profile.nickname
    return left


async def _all_back(pool: Any) -> bool:
    """Tell whether every connection comes back; a statement shared with others is not cut off."""
    for _ in range(500):
        if pool.checkedout() == 0:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_at_every_turn_over_twins():
    """Until nothing is under way any more: one user, whose sessions are whole."""
    world = await World().prepared()

    turns = 0
    while await _walk(world.wishes(), lambda: world.wechat.new_code(APPID, "ming"), turns):
        turns += 1
        assert turns < 200

    assert turns > 0


@pytest.mark.parametrize("database", ["fresh_postgres", "fresh_mariadb"])
async def test_at_many_turns_over_a_server(database: str, request, tmp_path):
    """No connection of the pool stays out, and one person stays one user."""
    url = request.getfixturevalue(database)
    await migrate.upgrade(url)
    parts = Container(settings=settings_over(url, tmp_path))
    wechat = FakeWeChat(clock=SystemClock())
    parts.wechat.override(providers.Object(wechat))
    await parts.prepare_keys()(alg="EdDSA")
    users = set()

    for turns in range(0, 36, 3):
        await _walk(parts.wishes(), lambda: wechat.new_code(APPID, "ming"), turns)
        assert await _all_back(parts.database().engine.pool)
        users.add((await parts.users().find(wechat.identity(APPID, "ming"))).id)

    assert 1 == len(users)
    await close(parts)
