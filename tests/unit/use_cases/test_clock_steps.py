"""The wall clock steps by an hour: sessions live on, ends stay ends, nobody waits for the clock."""

from datetime import timedelta

import pytest

from tests.world import APPID, World
from wxlogin.adapters.limits.counted import CountedLimits
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.wechat.breaker import Circuits, Why
from wxlogin.domain.errors import SessionEnded, TryLater, WeChatUnavailable
from wxlogin.domain.ports.limits import Rule
from wxlogin.domain.session import EndReason
from wxlogin.domain.use_cases.sessions import Scope
from wxlogin.domain.user import ProfileChange

BACK, FORWARD = timedelta(hours=-1), timedelta(hours=1)
steps = pytest.mark.parametrize("step", [BACK, FORWARD], ids=["back", "forward"])


@pytest.fixture
async def world() -> World:
    return await World(limited=True).prepared()


async def login(world: World, person: str = "ming"):
    return await world.wishes().login(appid=APPID, code=world.wechat.new_code(APPID, person))


@steps
async def test_a_session_lives_on(world: World, step: timedelta):
    """It is refreshed, used and changed, again and again, and others begin."""
    tokens = await login(world)
    world.clock.advance(step)
    for _ in range(3):
        tokens = await world.wishes().refresh(token=tokens.refresh_token)
        caller = await world.wishes().authenticate(tokens.access_token)
        change = ProfileChange(nickname=f"at {world.clock.now().isoformat()}")
        update = world.wishes().update_profile
        user = (await update(token=tokens.access_token, change=change)).user
        assert (caller.user.id, change.nickname) == (user.id, user.profile.nickname)
        assert tokens.user.id == (await login(world)).user.id


async def test_an_access_token_in_use_outlives_a_step_back(world: World):
    """It was good a moment ago."""
    tokens = await login(world)
    await world.wishes().authenticate(tokens.access_token)

    world.clock.advance(BACK)

    await world.wishes().authenticate(tokens.access_token)


async def test_an_answer_lost_before_a_step_back_is_given_again(world: World):
    """Repeating a refresh is no theft and no end."""
    tokens = await login(world)
    following = await world.wishes().refresh(token=tokens.refresh_token)

    world.clock.advance(BACK)

    again = await world.wishes().refresh(token=tokens.refresh_token)
    assert following.refresh_token == again.refresh_token


@steps
async def test_what_ended_stays_ended(world: World, step: timedelta):
    """A logout before the step and one after it."""
    before, after = await login(world), await login(world)
    await world.wishes().logout(token=None, refresh=before.refresh_token, scope=Scope.THIS)
    world.clock.advance(step)
    await world.wishes().logout(token=None, refresh=after.refresh_token, scope=Scope.THIS)

    for tokens in (before, after):
        with pytest.raises(SessionEnded) as ended:
            await world.wishes().refresh(token=tokens.refresh_token)
        assert ended.value.reason is EndReason.LOGGED_OUT


@steps
async def test_the_feed_leaves_nothing_out(world: World, step: timedelta):
    """A service that asked before the step hears of an end right after it, however late it asks."""
    tokens = await login(world)
    told = await world.wishes().revocations(since=None)
    world.clock.advance(step)
    await world.wishes().logout(token=None, refresh=tokens.refresh_token, scope=Scope.THIS)
    world.advance(seconds=40)

    following = await world.wishes().revocations(since=told.next)

    assert [tokens.session_id] == [each.id for each in following.revocations]
    world.advance(seconds=40)
    assert not (await world.wishes().revocations(since=following.next)).revocations


@steps
async def test_an_open_circuit_is_tried_again(step: timedelta):
    """Within its pause, as without a step."""
    clock = SetClock((await World().prepared()).clock.now())
    for reason in Why:
        circuits = Circuits(clock)
        for _ in range(20):
            circuits.tell("code2session", APPID, reason)
        with pytest.raises(TryLater):
            circuits.look("code2session", APPID)

        clock.advance(step)
        try:
            circuits.admit("code2session", APPID)
        except WeChatUnavailable as still:
            clock.advance(timedelta(seconds=still.retry_after))
            circuits.admit("code2session", APPID)
        circuits.tell("code2session", APPID, None)

        assert () == circuits.open_now()


@steps
async def test_a_limit_does_not_wait_for_the_clock(step: timedelta):
    """Whoever is over a limit waits no longer than its window."""
    clock = SetClock((await World().prepared()).clock.now())
    limits, rule = CountedLimits(clock), Rule("login", 2, 60)
    while await limits.hit(rule, "somebody") is None:
        pass

    clock.advance(step)

    assert 60 >= (await limits.full(rule, "somebody") or 0)
    clock.advance(timedelta(seconds=61))
    assert None is await limits.hit(rule, "somebody")
