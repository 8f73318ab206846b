"""Refresh races, logout, devices: what ends which session, and what the phone is told."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from tests.world import APPID, World
from wxlogin.domain.errors import (
    NotFound,
    RefreshInvalid,
    SessionEnded,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
)
from wxlogin.domain.session import Device, SessionPolicy
from wxlogin.domain.use_cases.sessions import Scope
from wxlogin.domain.user import ProfileChange


@pytest.fixture
async def world():
    return await World().prepared()


@pytest.fixture
def wishes(world):
    return world.wishes()


@pytest.fixture
def login(world, wishes):
    async def logging_in(person="alice", device=None):
        code = world.wechat.new_code(APPID, person)
        return await wishes.login(appid=APPID, code=code, device=device)

    return logging_in


async def reason(awaitable) -> str:
    with pytest.raises(SessionEnded) as ended:
        await awaitable
    return ended.value.reason


async def test_fifty_parallel_refreshes_leave_one_living_session(wishes, login):
    """Every answer leads on to the same living session."""
    token = (await login()).refresh_token
    answers = await asyncio.gather(*(wishes.refresh(token=token) for _ in range(50)))

    assert 1 == len({answer.refresh_token for answer in answers})
    assert 1 == len({answer.session_id for answer in answers})
    assert (await wishes.refresh(token=answers[7].refresh_token)).session_id


async def test_using_the_access_token_does_not_prove_receipt(wishes, login, world):
    """The answer's access token arrived in one tab; the other may still repeat the refresh."""
    first = await login()
    second = await wishes.refresh(token=first.refresh_token)
    await wishes.read_profile(token=second.access_token)
    world.advance(seconds=59)

    assert second.refresh_token == (await wishes.refresh(token=first.refresh_token)).refresh_token


async def test_theft_is_found_at_the_second_use(wishes, login):
    """Thief and owner both hold the session; whoever comes second ends it for both."""
    stolen = (await login()).refresh_token
    thief = await wishes.refresh(token=stolen)
    await wishes.refresh(token=thief.refresh_token)

    assert "reuse_detected" == await reason(wishes.refresh(token=stolen))
    assert "reuse_detected" == await reason(wishes.read_profile(token=thief.access_token))


@pytest.mark.parametrize(
    ("scope", "mine", "other"),
    [
        (Scope.THIS, "logged_out", None),
        (Scope.OTHERS, None, "kicked"),
        (Scope.ALL, "logged_out", "logged_out"),
    ],
)
@pytest.mark.parametrize("by_refresh", [True, False])
async def test_logout_scopes(wishes, login, scope, mine, other, by_refresh):
    """This, the others, or all; each phone is told which it was, and a stranger is untouched."""
    here, there, stranger = await login(), await login(), await login("bob")
    await wishes.logout(
        token=None if by_refresh else here.access_token,
        refresh=here.refresh_token if by_refresh else None,
        scope=scope,
    )

    for tokens, expected in ((here, mine), (there, other), (stranger, None)):
        if expected is None:
            assert await wishes.read_profile(token=tokens.access_token)
        else:
            assert expected == await reason(wishes.read_profile(token=tokens.access_token))
            assert expected == await reason(wishes.refresh(token=tokens.refresh_token))


async def test_logout_needs_somebody(wishes, login, world):
    """Nothing, rubbish and an ended session are refused, each in its way."""
    tokens = await login()
    with pytest.raises(TokenMissing):
        await wishes.logout(token=None, refresh=None, scope=Scope.THIS)
    with pytest.raises(RefreshInvalid):
        await wishes.logout(token=None, refresh="rubbish", scope=Scope.THIS)
    await wishes.logout(token=tokens.access_token, refresh=None, scope=Scope.THIS)

    again = wishes.logout(token=None, refresh=tokens.refresh_token, scope=Scope.THIS)
    assert "logged_out" == await reason(again)


async def test_a_lost_answer_does_not_turn_a_logout_into_a_theft(wishes, login):
    """Who never got the newest refresh token logs out by the one before it."""
    tokens = await login()
    newest = await wishes.refresh(token=tokens.refresh_token)

    await wishes.logout(token=None, refresh=tokens.refresh_token, scope=Scope.THIS)

    assert "logged_out" == await reason(wishes.refresh(token=newest.refresh_token))


async def test_a_logout_after_the_end_says_how_it_ended(wishes, login, world):
    """An expired session cannot be logged out of; the client is told that it is over."""
    tokens = await login()
    world.advance(days=30)

    out = wishes.logout(token=None, refresh=tokens.refresh_token, scope=Scope.THIS)

    assert "expired" == await reason(out)


async def test_an_ancient_refresh_token_at_logout_is_theft_too(wishes, login):
    """Two behind is two behind, wherever it is shown."""
    old = (await login()).refresh_token
    newest = old
    for _ in range(2):
        newest = (await wishes.refresh(token=newest)).refresh_token

    showing = wishes.logout(token=None, refresh=old, scope=Scope.ALL)
    assert "reuse_detected" == await reason(showing)
    assert "reuse_detected" == await reason(wishes.refresh(token=newest))


async def test_my_devices(wishes, login, world):
    """Living sessions of mine, newest use first, the asking one marked."""
    phone = await login(device=Device("小明的手机", "ios", "iPhone15,2"))
    world.advance(minutes=1)
    tablet = await login()
    await login("bob")
    world.advance(minutes=1)
    phone = await wishes.refresh(token=phone.refresh_token)

    own = await wishes.list_sessions(token=tablet.access_token)

    assert tablet.session_id == own.current
    assert [phone.session_id, tablet.session_id] == [s.sid for s in own.sessions]
    assert "小明的手机" == own.sessions[0].device.name


async def test_ending_another_device(wishes, login):
    """A session of mine ends as kicked; a stranger's, an unknown and an ended one are not found."""
    here, there, stranger = await login(), await login(), await login("bob")
    await wishes.end_session(token=here.access_token, sid=there.session_id)

    assert "kicked" == await reason(wishes.read_profile(token=there.access_token))
    for sid in (stranger.session_id, "nobody", there.session_id):
        with pytest.raises(NotFound):
            await wishes.end_session(token=here.access_token, sid=sid)
    assert await wishes.read_profile(token=stranger.access_token)


async def test_beyond_the_limit_the_device_idle_the_longest_logs_in_again(wishes, login, world):
    """An eleventh device is let in; the one idle the longest is told `superseded`, no other."""
    devices = []
    for _ in range(world.policy.per_user):
        devices.append(await login())
        world.advance(minutes=1)
    used_again = await wishes.refresh(token=devices[0].refresh_token)
    world.advance(minutes=1)

    await login()

    assert "superseded" == await reason(wishes.refresh(token=devices[1].refresh_token))
    assert "superseded" == await reason(wishes.read_profile(token=devices[1].access_token))
    for device in (used_again, *devices[2:]):
        assert await wishes.refresh(token=device.refresh_token)


async def test_a_session_in_use_ends_at_its_longest_life():
    """Near the end both tokens promise no more than is left; then the session is `expired`."""
    world = await World(policy=SessionPolicy(max_life=timedelta(days=31))).prepared()
    wishes = world.wishes()
    tokens = await wishes.login(appid=APPID, code=world.wechat.new_code(APPID, "alice"))
    assert timedelta(days=30).total_seconds() == tokens.refresh_expires_in
    world.advance(days=29)
    tokens = await wishes.refresh(token=tokens.refresh_token)
    assert timedelta(days=2).total_seconds() == tokens.refresh_expires_in
    world.advance(days=2, seconds=-10)
    tokens = await wishes.refresh(token=tokens.refresh_token)
    assert (10, 10) == (tokens.refresh_expires_in, tokens.expires_in)

    world.advance(seconds=10)

    assert "expired" == await reason(wishes.refresh(token=tokens.refresh_token))


async def test_a_longest_life_shorter_than_the_sliding_one_counts_at_login():
    """A login, the tutorial's too, promises no more than the longest life."""
    policy = SessionPolicy(max_life=timedelta(hours=12))
    world = await World(policy=policy).prepared()
    wishes = world.wishes()

    tokens = await wishes.login(appid=APPID, code=world.wechat.new_code(APPID, "alice"))
    ticket = await wishes.exchange_code(appid=APPID, code=world.wechat.new_code(APPID, "alice"))
    got = await wishes.tutorial_login(
        openid=ticket.openid, login_ticket=ticket.login_ticket, profile=ProfileChange()
    )

    assert 12 * 3600 == tokens.refresh_expires_in
    world.advance(hours=12, seconds=-1)
    assert await wishes.read_profile(token=got.token)
    world.advance(seconds=1)
    with pytest.raises(TokenExpired):
        await wishes.read_profile(token=got.token)


@pytest.mark.parametrize("text", ["", "x", "wxr1_" + "A" * 75, "令牌"])
async def test_what_is_no_refresh_token_of_ours_is_not_looked_up(wishes, world, text):
    """It is refused by its signature, and no store is asked."""
    broken = evolve(wishes.refresh, sessions=None)

    with pytest.raises(RefreshInvalid):
        await broken(token=text)


async def test_what_a_refresh_found_out_is_noted(wishes, login, world):
    """A lost answer and a theft are facts for the operator, with the session they concern."""
    tokens = await login()
    first = tokens.refresh_token
    for token in (first, first):
        second = (await wishes.refresh(token=token)).refresh_token
    await wishes.refresh(token=second)
    await reason(wishes.refresh(token=first))

    noted = [fact for fact in world.journal.facts if fact.name.startswith("refresh")]
    assert ["refresh_repeated", "refresh_reuse_detected"] == [fact.name for fact in noted]
    assert {tokens.session_id} == {fact.sid for fact in noted}


async def test_a_token_newer_than_the_store_knows_is_not_ours(wishes, login, world):
    """After an old backup was restored, who holds newer tokens logs in again."""
    tokens = await login()
    backup = dict(world.room.sessions)
    newer = await wishes.refresh(token=tokens.refresh_token)
    world.room.sessions.update(backup)

    with pytest.raises(RefreshInvalid):
        await wishes.refresh(token=newer.refresh_token)
    with pytest.raises(RefreshInvalid):
        await wishes.logout(token=None, refresh=newer.refresh_token, scope=Scope.THIS)
    assert await wishes.refresh(token=tokens.refresh_token)


async def test_a_swept_sessions_token_is_not_ours(wishes, login, world):
    """After the sweep nothing is known of the session; its tokens are refused all the same."""
    tokens = await login()
    world.room.sessions.clear()

    with pytest.raises(TokenInvalid):
        await wishes.read_profile(token=tokens.access_token)
    with pytest.raises(RefreshInvalid):
        await wishes.refresh(token=tokens.refresh_token)


async def test_a_ban_between_refresh_and_answer_still_counts(wishes, login, world):
    """A session opened in the moment of a ban does not outlive it."""
    tokens = await login()
    user = world.room.users[tokens.user.id]
    await world.ban(user_id=user.id)
    for sid, session in world.room.sessions.items():
        world.room.sessions[sid] = type(session)(
            **{name: getattr(session, name) for name in ("sid", "user_id", "appid", "created_at")},
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
        )

    assert "banned" == await reason(wishes.read_profile(token=tokens.access_token))
    assert "banned" == await reason(wishes.refresh(token=tokens.refresh_token))
    await world.unban(user_id=user.id)
    assert "banned" == await reason(wishes.refresh(token=tokens.refresh_token))


async def test_backends_see_what_ended(wishes, login, world):
    """The feed tells sessions and users, since a moment, twice rather than never."""
    start = await wishes.revocations(since=None)
    here, there = await login(), await login("bob")
    await wishes.logout(token=here.access_token, refresh=None, scope=Scope.THIS)
    await world.ban(user_id=there.user.id)

    told = await wishes.revocations(since=start.next)
    assert {("session", here.session_id), ("user", there.user.id)} <= {
        (r.kind, r.id) for r in told.revocations
    }
    assert None is await wishes.introspect(token=there.access_token)
    world.advance(seconds=timedelta(days=2).total_seconds())
    assert not (await wishes.revocations(since=None)).revocations
