"""Leave, ComeBack, EraseLeft: an account given up, with time to think it over."""

from datetime import timedelta

import pytest
from attrs import evolve

from tests.world import APPID, World
from wxlogin.domain.errors import NotFound, SessionEnded, StoreUnavailable, UserBanned
from wxlogin.domain.session import Device, EndReason
from wxlogin.domain.use_cases.leaving import RESTORED
from wxlogin.domain.user import Identity, ProfileChange

DAYS = 15


@pytest.fixture
async def world():
    return await World(grace=timedelta(days=DAYS)).prepared()


async def login(world: World, who: str = "ming"):
    return await world.wishes().login(appid=APPID, code=world.wechat.new_code(APPID, who))


async def test_a_login_in_time_takes_it_back(world):
    """The same user with all they had, told so once; the old sessions stay over."""
    first = await login(world)
    await world.wishes().leave(user_id=first.user.id)
    with pytest.raises(SessionEnded) as ended:
        await world.wishes().authenticate(first.access_token)
    world.advance(days=DAYS, microseconds=-1)

    back = await login(world)
    again = await login(world)

    assert ended.value.reason is EndReason.ERASED
    assert (first.user, False, (RESTORED,)) == (back.user, back.is_new_user, back.warnings)
    assert () == again.warnings
    assert 0 == await world.erase_left()
    assert ["leave", "restore"] == [
        fact.name for fact in world.journal.facts if fact.name in {"leave", "restore"}
    ]


async def test_a_login_too_late_is_a_new_person(world):
    """From the very moment the time is over, erased yet or not, they begin anew."""
    first = await login(world)
    await world.wishes().leave(user_id=first.user.id)
    world.advance(days=DAYS)

    anew = await login(world)

    assert anew.is_new_user
    assert () == anew.warnings
    assert first.user.id != anew.user.id
    assert (await world.wishes().authenticate(anew.access_token)).user == anew.user
    assert None is await world.users.get(first.user.id)
    assert 3 == len(world.room.sessions), "the one opened too late is another than the new one"


async def test_those_who_did_not_come_back_are_erased(world):
    """By housekeeping, a minute late for the sake of other clocks; pictures go too."""
    gone, stays = await login(world), await login(world, "hong")
    await world.avatars.keep(b"me", owner=gone.user.id)
    await world.wishes().leave(user_id=gone.user.id)
    world.advance(days=DAYS, seconds=60)
    assert 0 == await world.erase_left()
    world.advance(seconds=1)

    assert 1 == await world.erase_left()

    assert 0 == await world.erase_left()
    assert {} == world.avatars.pictures
    assert None is await world.users.get(gone.user.id)
    assert stays.user == await world.users.get(stays.user.id)


async def test_an_erasure_that_broke_off_is_taken_up_again(world):
    """Whatever stopped it half-way, the next round finds the person still leaving."""
    first = await login(world)
    await world.wishes().leave(user_id=first.user.id)
    world.advance(days=DAYS + 1)

    class Broken(type(world.accounts)):
        async def erase(self, user_id, now):
            raise StoreUnavailable(1)

    with pytest.raises(StoreUnavailable):
        await evolve(world.erase_left, erase=evolve(world.erase, accounts=Broken(world.room)))()

    assert 1 == await world.erase_left()
    assert None is await world.users.get(first.user.id)


async def test_at_once_and_without_time_it_is_the_erasure(world):
    """For who wants it so, leaving already or not, and for all where no time is given."""
    impatient, hasty = await login(world), await login(world, "hong")
    await world.wishes().leave(user_id=impatient.user.id)

    await world.wishes().leave(user_id=impatient.user.id, at_once=True)
    await evolve(world, grace=timedelta()).wishes().leave(user_id=hasty.user.id)

    for user in (impatient.user, hasty.user):
        assert None is await world.users.get(user.id)
        with pytest.raises(NotFound):
            await world.wishes().leave(user_id=user.id)


async def test_a_ban_is_not_outlived_by_coming_back(world):
    """A banned person who leaves is refused at login, and goes when the time is over."""
    first = await login(world)
    await world.wishes().leave(user_id=first.user.id)
    await world.ban(user_id=first.user.id)

    with pytest.raises(UserBanned):
        await login(world)

    world.advance(days=DAYS + 1)
    assert 1 == await world.erase_left()


async def test_another_app_of_the_same_person_takes_it_back_too(world):
    """Who joins by unionid logs in to the account that is leaving."""
    first = await login(world)
    identity = world.wechat.identity(APPID, "ming")
    await world.users.sign_in(evolve(identity, unionid="u"), _session(world, first))
    await world.wishes().leave(user_id=first.user.id)
    enter = world.wishes().login.enter

    entered = await enter(Identity("wx0000000000000002", "other", "u"), *_nothing_told(world))

    assert (first.user.id, (RESTORED,)) == (entered.user.id, entered.warnings)


def _session(world, tokens):
    return evolve(world.room.sessions[tokens.session_id], sid=world.ids.new_id())


def _nothing_told(world):

    return ProfileChange(), Device(), world.policy.refresh_ttl
