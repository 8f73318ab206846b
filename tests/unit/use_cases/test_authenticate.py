"""Authenticate and IntrospectToken on tokens that are genuine and still do not count."""

from datetime import timedelta

import pytest

from tests.world import APPID, World
from wxlogin.domain.errors import SessionEnded, TokenInvalid, TokenMissing
from wxlogin.domain.ports.tokens import AccessClaims


@pytest.fixture
async def world() -> World:
    return await World().prepared()


async def signed(world: World, user_id: str, sid: str) -> str:
    """Answers a token of ours that lives for a year."""
    now = world.clock.now()
    claims = AccessClaims(user_id, sid, APPID, "jti", now, now + timedelta(days=365))
    return await world.signer.sign(claims)


async def login(world: World, person: str = "ming"):
    return await world.wishes().login(appid=APPID, code=world.wechat.new_code(APPID, person))


@pytest.mark.parametrize("nothing", [None, ""])
async def test_no_token_is_a_missing_token(world: World, nothing: str | None):
    """An empty header is as good as none."""
    with pytest.raises(TokenMissing):
        await world.wishes().authenticate(nothing)


async def test_a_token_that_outlives_its_session_has_ended_with_it(world: World):
    """However long a token says it lives, its session decides."""
    tokens = await login(world)
    long = await signed(world, tokens.user.id, tokens.session_id)
    assert await world.wishes().introspect(token=long)

    world.advance(days=31)

    with pytest.raises(SessionEnded, match="expired"):
        await world.wishes().authenticate(long)
    assert await world.wishes().introspect(token=long) is None


async def test_a_session_of_somebody_else_opens_nothing(world: World):
    """User and session of a token must belong together."""
    mine, theirs = await login(world), await login(world, "hong")
    crossed = await signed(world, mine.user.id, theirs.session_id)

    with pytest.raises(TokenInvalid):
        await world.wishes().authenticate(crossed)
    assert await world.wishes().introspect(token=crossed) is None


async def test_a_session_nobody_knows_opens_nothing(world: World):
    """A token of a session that was swept is invalid, and inactive to those who ask."""
    tokens = await login(world)
    lost = await signed(world, tokens.user.id, "019ab3c2-8a44-7e01-a6f3-5c2b9d7e8f10")

    with pytest.raises(TokenInvalid):
        await world.wishes().authenticate(lost)
    assert await world.wishes().introspect(token=lost) is None
