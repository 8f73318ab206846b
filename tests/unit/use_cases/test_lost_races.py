"""Lost races: who comes second decides again on what the first wrote, and gives up in the end."""

from typing import Any

import pytest
from attrs import evolve

from tests.world import APPID, SECOND_APPID, World
from wxlogin.domain.errors import AlreadyThere, StoreUnavailable, TokenInvalid, UserBanned
from wxlogin.domain.session import Session
from wxlogin.domain.user import Identity, ProfileChange, User


class Neighbour:
    """A store like the one given, where somebody else is always a moment earlier."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class FirstToRegister(Neighbour):
    """The same person registers elsewhere just before we do."""

    async def register(self, user: User, identity: Identity, session: Session, *limit: int) -> User:
        theirs = evolve(user, id="theirs"), identity, evolve(session, sid=session.sid[::-1])
        await self._store.register(*theirs, *limit)
        return await self._store.register(user, identity, session, *limit)


class NeverThere(Neighbour):
    """An identity that can be neither found nor added, whatever the store is doing."""

    async def sign_in(self, *_: object) -> None:
        return None

    async def register(self, *_: object) -> User:
        raise AlreadyThere


class NeverStill(Neighbour):
    """A user who changes before every save."""

    async def save(self, user: User) -> bool:
        stored = await self._store.get(user.id)
        if not await self._store.save(evolve(stored, version=stored.version + 1)):
            raise AssertionError
        return await self._store.save(user)


@pytest.fixture
async def world() -> World:
    return await World().prepared()


def with_users(world: World, users: Any):
    """Answers the login over another store of users."""
    login = world.wishes().login
    change = evolve(login.enter.change_profile, users=users)
    return evolve(login, enter=evolve(login.enter, users=users, change_profile=change))


def code(world: World, person: str = "ming", appid: str = APPID) -> dict[str, str]:
    return {"appid": appid, "code": world.wechat.new_code(appid, person)}


async def test_who_registers_second_is_the_user_of_who_was_first(world: World):
    """The identity that was added meanwhile is found; nobody new is told to be new."""
    tokens = await with_users(world, FirstToRegister(world.users))(**code(world))

    assert ("theirs", False) == (tokens.user.id, tokens.is_new_user)
    assert ["theirs"] == list(world.room.users)


async def test_a_login_that_never_wins_is_told_to_come_again(world: World):
    """After a few tries the store counts as unavailable, for a second."""
    with pytest.raises(StoreUnavailable) as refused:
        await with_users(world, NeverThere(world.users))(**code(world))

    assert 1 == refused.value.retry_after


async def test_an_edit_that_never_wins_is_told_to_come_again(world: World):
    """Profile and phone give up after a few tries, and nothing of theirs is written."""
    tokens = await world.wishes().login(**code(world))
    users = NeverStill(world.users)
    update = world.wishes().update_profile
    update = evolve(update, change_profile=evolve(update.change_profile, users=users))
    bind = world.wishes().bind_phone
    bind = evolve(bind, take=evolve(bind.take, users=users))

    with pytest.raises(StoreUnavailable):
        await update(token=tokens.access_token, change=ProfileChange(nickname="小明"))
    phone_code = world.wechat.new_phone_code(APPID, "ming")
    with pytest.raises(StoreUnavailable):
        await bind(token=tokens.access_token, phone_code=phone_code)

    user = world.room.users[tokens.user.id]
    assert ("", None) == (user.profile.nickname, user.phone)


async def test_an_edit_that_meets_an_erasure_writes_nothing(world: World):
    """Who was erased while their edit was under way is nobody any more, and stays erased."""

    class ErasedMeanwhile(Neighbour):
        async def save(self, user: User) -> bool:
            await world.accounts.erase(user.id, world.clock.now())
            return await self._store.save(user)

    users = ErasedMeanwhile(world.users)
    update, bind = world.wishes().update_profile, world.wishes().bind_phone
    update = evolve(update, change_profile=evolve(update.change_profile, users=users))
    bind = evolve(bind, take=evolve(bind.take, users=users))

    tokens = await world.wishes().login(**code(world))
    with pytest.raises(TokenInvalid):
        await update(token=tokens.access_token, change=ProfileChange(nickname="小明"))
    assert "" == world.room.users[tokens.user.id].profile.nickname

    tokens = await world.wishes().login(**code(world))
    with pytest.raises(TokenInvalid):
        await bind(token=tokens.access_token, phone_code=world.wechat.new_phone_code(APPID, "ming"))
    assert world.room.users[tokens.user.id].phone is None


async def test_a_login_that_meets_an_erasure_is_a_new_user(world: World):
    """Who was erased, or merged away, while their login wrote a name is entered once more."""

    class ErasedOnce(Neighbour):
        async def save(self, user: User) -> bool:
            await world.accounts.erase(user.id, world.clock.now())
            return await self._store.save(user)

    first = await world.wishes().login(**code(world))
    name = ProfileChange(nickname="小明")
    second = await with_users(world, ErasedOnce(world.users))(**code(world), profile=name)

    assert second.is_new_user
    assert first.user.id != second.user.id
    assert "小明" == world.room.users[second.user.id].profile.nickname
    assert (await world.wishes().read_profile(token=second.access_token)).id == second.user.id


async def test_a_refresh_that_never_wins_is_told_to_come_again(world: World):
    """While the session seems to move whenever we look, the token stays good for a later try."""
    tokens = await world.wishes().login(**code(world))
    refresh = world.wishes().refresh

    class NeverMoved(Neighbour):
        async def advance(self, *_: object) -> None:
            return None

    with pytest.raises(StoreUnavailable):
        await evolve(refresh, sessions=NeverMoved(world.sessions))(token=tokens.refresh_token)

    assert await refresh(token=tokens.refresh_token)


async def test_a_banned_person_gets_in_through_no_other_app(world: World):
    """Who is banned is banned as the same person in an app they never used, and has no session."""
    for appid in (APPID, SECOND_APPID):
        world.wechat.bind(appid, "open")
    login = world.wishes().login
    user_id = (await login(**code(world))).user.id
    await world.ban(user_id=user_id)

    for _ in range(2):
        with pytest.raises(UserBanned):
            await login(**code(world, appid=SECOND_APPID))

    assert not await world.sessions.living(user_id, world.clock.now())
    assert ["user_banned"] * 2 == [f.outcome for f in world.journal.facts if f.name == "login"]
