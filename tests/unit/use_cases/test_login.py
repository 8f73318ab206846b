"""LoginOrRegister, ExchangeCode and the tutorial's second step."""

import asyncio

import pytest

from tests.world import APPID, SECOND_APPID, World
from wxlogin.domain.errors import (
    CodeInvalid,
    CodeUsed,
    InvalidRequest,
    TicketInvalid,
    UnknownApp,
    UserBanned,
)
from wxlogin.domain.ports.wechat import Verdict
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.domain.user import ProfileChange


@pytest.fixture
async def world():
    return await World().prepared()


@pytest.fixture
def login(world):
    wishes = world.wishes()

    async def logging_in(person="alice", appid=APPID, **wanted):
        return await wishes.login(appid=appid, code=world.wechat.new_code(appid, person), **wanted)

    return logging_in


async def test_the_first_login_registers_and_the_next_does_not(login):
    """One person, one user; each login is a session of its own."""
    first, second = await login(), await login()

    assert (True, False) == (first.is_new_user, second.is_new_user)
    assert first.user.id == second.user.id
    assert first.session_id != second.session_id


async def test_parallel_first_logins_make_one_user(login, world):
    """A hundred phones of one person at once are one user with a hundred sessions."""
    tokens = await asyncio.gather(*(login() for _ in range(100)))

    assert 1 == len({t.user.id for t in tokens}) == len(world.room.users)
    assert 1 == sum(t.is_new_user for t in tokens)
    assert 100 == len(world.room.sessions)


async def test_a_code_is_spent_once(world):
    """The second login with a code is refused by WeChat."""
    wishes, code = world.wishes(), world.wechat.new_code(APPID, "alice")
    await wishes.login(appid=APPID, code=code)

    with pytest.raises(CodeUsed):
        await wishes.login(appid=APPID, code=code)


@pytest.mark.parametrize("code", ["the code is a mock one", "{'code': 1}", "a" * 129, "код"])
async def test_what_cannot_be_a_code_is_not_sent_to_wechat(world, code):
    """A developer tool's mock code costs no call."""
    with pytest.raises(CodeInvalid):
        await world.wishes().login(appid=APPID, code=code)
    assert not world.wechat.asked


async def test_the_app_must_be_ours_and_named_when_there_are_several(world):
    """Codes are never tried with one secret after another."""
    with pytest.raises(UnknownApp):
        await world.wishes().login(appid="wxdeadbeefdeadbeef", code="c0de")
    with pytest.raises(InvalidRequest):
        await world.wishes().login(code="c0de")


@pytest.mark.parametrize("both", [{}, {"code": "c", "login_ticket": "t"}])
async def test_exactly_one_of_code_and_ticket(world, both):
    """Neither and both are refused alike."""
    with pytest.raises(InvalidRequest):
        await world.wishes().login(appid=APPID, **both)


async def test_a_bad_profile_spends_no_code(world):
    """What can be refused beforehand is."""
    code = world.wechat.new_code(APPID, "alice")
    with pytest.raises(InvalidRequest):
        await world.wishes().login(
            appid=APPID, code=code, profile=ProfileChange(avatar_url="wxfile://tmp")
        )

    assert await world.wishes().login(appid=APPID, code=code)


async def test_profile_given_at_login_is_kept_and_absent_fields_stay(login):
    """A later login without a profile changes nothing; with one, just what it names."""
    await login(profile=ProfileChange(nickname="小明", gender=1))
    await login()
    after = (await login(profile=ProfileChange(nickname="大明"))).user

    assert ("大明", 1, 2) == (after.profile.nickname, after.profile.gender, after.version)


async def test_a_ticket_logs_in_once(world):
    """Exchange, then log in; the ticket is gone."""
    wishes = world.wishes()
    exchanged = await wishes.exchange_code(appid=APPID, code=world.wechat.new_code(APPID, "alice"))
    tokens = await wishes.login(login_ticket=exchanged.login_ticket)

    assert (False, True) == (exchanged.registered, tokens.is_new_user)
    with pytest.raises(TicketInvalid):
        await wishes.login(login_ticket=exchanged.login_ticket)


async def test_a_ticket_dies_after_five_minutes(world):
    """A ticket found later opens nothing."""
    wishes = world.wishes()
    exchanged = await wishes.exchange_code(appid=APPID, code=world.wechat.new_code(APPID, "alice"))
    world.advance(seconds=exchanged.expires_in)

    with pytest.raises(TicketInvalid):
        await wishes.login(login_ticket=exchanged.login_ticket)


async def test_the_tutorials_ticket_is_for_its_openid_only(world):
    """Knowing an openid opens nothing, and a stranger's ticket does not help."""
    wishes = world.wishes()
    mine = await wishes.exchange_code(appid=APPID, code=world.wechat.new_code(APPID, "mallory"))
    theirs = await wishes.exchange_code(appid=APPID, code=world.wechat.new_code(APPID, "alice"))

    for ticket in (mine.login_ticket, "", theirs.openid):
        with pytest.raises(TicketInvalid):
            await wishes.tutorial_login(
                openid=theirs.openid, login_ticket=ticket, profile=ProfileChange()
            )
    assert not world.room.users


async def test_the_tutorials_token_is_revocable_and_cannot_be_refreshed(world):
    """It lives a day in a session like any other, and dies with it."""
    wishes = world.wishes()
    mine = await wishes.exchange_code(appid=APPID, code=world.wechat.new_code(APPID, "alice"))
    got = await wishes.tutorial_login(
        openid=mine.openid,
        login_ticket=mine.login_ticket,
        profile=ProfileChange(nickname="微信用户", avatar_url="http://tmp/a.png"),
    )
    world.advance(hours=23)
    assert "" == (await wishes.read_profile(token=got.token)).profile.nickname
    await world.ban(user_id=got.user.id)

    with pytest.raises(Exception, match="banned"):
        await wishes.read_profile(token=got.token)


async def test_a_banned_user_is_told_so_and_gets_no_session(login, world):
    """A ban keeps out; lifting it lets in again."""
    user_id = (await login()).user.id
    await world.ban(user_id=user_id)
    with pytest.raises(UserBanned):
        await login()
    assert not await world.sessions.living(user_id, world.clock.now())

    await world.unban(user_id=user_id)
    assert user_id == (await login()).user.id


async def test_the_same_person_in_another_app_is_the_same_user(login, world):
    """A unionid joins identities of one open platform account."""
    world.wechat.bind(APPID, "open")
    world.wechat.bind(SECOND_APPID, "open")
    first, second = await login(), await login(appid=SECOND_APPID)

    assert first.user.id == second.user.id
    assert (True, False) == (first.is_new_user, second.is_new_user)
    assert ["register", "login"] == [fact.name for fact in world.journal.facts]
    assert 2 == len(await world.users.identities(first.user.id))


async def test_users_who_turn_out_to_share_a_unionid_stay_two(login, world):
    """Nothing is merged by itself; an operator finds the conflict."""
    first, second = await login(), await login(appid=SECOND_APPID)
    world.wechat.bind(APPID, "open")
    world.wechat.bind(SECOND_APPID, "open")
    again = await login(), await login(appid=SECOND_APPID), await login(appid=SECOND_APPID)

    assert [first.user.id, second.user.id] == [t.user.id for t in again[:2]]
    assert [(first.user.id, second.user.id)] == [
        (c.first_user_id, c.second_user_id) for c in await world.users.conflicts()
    ]


async def test_a_refused_phone_code_does_not_lose_the_login(login, world):
    """The answer says what did not work, and so does the journal."""
    tokens = await login(phone_code="0" * 64)

    assert (None, ("phone_code_invalid",)) == (tokens.user.phone, tokens.warnings)
    (fact,) = [fact for fact in world.journal.facts if fact.name == "bind_phone"]
    assert ("phone_code_invalid", tokens.user.id) == (fact.outcome, fact.user_id)


async def test_a_phone_of_another_user_does_not_lose_the_login(login, world):
    """The second person with a number is warned."""
    await login("alice", phone_code=world.wechat.new_phone_code(APPID, "alice", "13800000001"))
    tokens = await login("bob", phone_code=world.wechat.new_phone_code(APPID, "bob", "13800000001"))

    assert (None, ("phone_taken",)) == (tokens.user.phone, tokens.warnings)


@pytest.mark.parametrize("policy", [ContentPolicy.FAIL_CLOSED, ContentPolicy.FAIL_OPEN])
async def test_a_rejected_nickname_does_not_lose_the_login(policy):
    """It is left out, with a warning, for new and returning users."""
    world = await World(content_policy=policy).prepared()
    world.wechat.judge("坏", Verdict.RISKY)
    for _ in range(2):
        tokens = await world.wishes().login(
            appid=APPID,
            code=world.wechat.new_code(APPID, "alice"),
            profile=ProfileChange(nickname="坏", gender=2),
        )
        assert ("", 2) == (tokens.user.profile.nickname, tokens.user.profile.gender)
        assert ("content_rejected",) == tokens.warnings
