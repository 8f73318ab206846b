"""A nickname that WeChat leaves to a person: it waits, and becomes its user's or does not."""

import asyncio

import pytest
from attrs import evolve

from tests.world import APPID, SECOND_APPID, World
from wxlogin.adapters.memory.reviews import MemoryReviews
from wxlogin.domain.errors import (
    ContentRejected,
    NotFound,
    PreconditionFailed,
    StoreUnavailable,
    TokenInvalid,
)
from wxlogin.domain.ports.wechat import Verdict
from wxlogin.domain.review import Review, ReviewState
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.domain.use_cases.nicknames import IN_REVIEW
from wxlogin.domain.use_cases.profile import Changed
from wxlogin.domain.user import Profile, ProfileChange, User

DOUBTFUL = "可疑"


@pytest.fixture
async def world() -> World:
    world = await World(content_policy=ContentPolicy.FAIL_CLOSED).prepared()
    world.wechat.judge("疑", Verdict.REVIEW)
    world.wechat.judge("坏", Verdict.RISKY)
    return world


async def enter(world: World, nickname: str | None = None, appid: str = APPID, **profile):
    return await world.wishes().login(
        appid=appid,
        code=world.wechat.new_code(appid, "ming"),
        profile=ProfileChange(nickname=nickname, **profile),
    )


async def change(world: World, token: str, nickname: str | None, **more) -> Changed:
    """Ask for it, a second later."""
    world.advance(seconds=1)
    version = more.pop("version", None)
    wanted = ProfileChange(nickname=nickname, **more)
    return await world.wishes().update_profile(token=token, change=wanted, version=version)


async def waiting(world: World) -> list[Review]:
    return list(await world.reviews.waiting(99))


async def shown(world: World) -> str:
    (user,) = [each for each in world.room.users.values() if not each.erased]
    return user.profile.nickname


async def decide(world: World, review: Review, *, passes: bool = True) -> ReviewState:
    return (await world.decide(review_id=review.id, passes=passes)).state


@pytest.mark.parametrize(("passes", "left"), [(True, DOUBTFUL), (False, "小明")])
async def test_it_waits_for_an_operator(world: World, passes, left):
    """The old name stays until they decide, the rest of the change is made, the answer says so."""
    token = (await enter(world, "小明")).access_token

    changed = await change(world, token, DOUBTFUL, gender=2)

    assert ((IN_REVIEW,), "小明", 2) == (
        changed.warnings, changed.user.profile.nickname, changed.user.profile.gender,
    )  # fmt: skip
    (review,) = await waiting(world)
    assert (DOUBTFUL, APPID, changed.user.id) == (review.value, review.appid, review.user_id)
    state = ReviewState.PASSED if passes else ReviewState.REFUSED
    assert state is await decide(world, review, passes=passes)
    assert left == await shown(world)
    assert [] == await waiting(world)


async def test_what_was_decided_stays(world: World):
    """A second word changes nothing, whichever it is, and hears the first; also after a change."""
    token = (await enter(world, "小明")).access_token
    await change(world, token, DOUBTFUL)
    (review,) = await waiting(world)
    await decide(world, review)

    assert ReviewState.PASSED is await decide(world, review, passes=False)
    assert DOUBTFUL == await shown(world)
    await change(world, token, "小红")
    assert ReviewState.PASSED is await decide(world, review)
    assert "小红" == await shown(world)


@pytest.mark.parametrize("name", ["小红", ""])
async def test_whoever_has_another_name_keeps_it(world: World, name):
    """One that was passed, or none: what waited is refused at once, and even for an old name."""
    token = (await enter(world, "小明")).access_token
    await change(world, token, DOUBTFUL)
    (review,) = await waiting(world)

    for nickname in (name, "小明"):
        assert () == (await change(world, token, nickname)).warnings

        assert [] == await waiting(world)
        assert ReviewState.REFUSED is await decide(world, review)
        assert nickname == await shown(world)


async def test_other_changes_leave_it_waiting(world: World):
    """The old name sent along is no new one, nor is one that WeChat refuses."""
    token = (await enter(world, "小明")).access_token
    await change(world, token, DOUBTFUL)
    before = await waiting(world)
    await change(world, token, "小明", gender=1)
    await enter(world, "小明", gender=2)
    with pytest.raises(ContentRejected):
        await change(world, token, "坏人")

    assert before == await waiting(world)
    assert ReviewState.PASSED is await decide(world, before[0])
    assert DOUBTFUL == await shown(world)


async def test_the_same_name_waits_once_and_another_takes_its_place(world: World):
    """However often it is sent, under the id an operator was shown; the newest is what counts."""
    tokens = await enter(world, DOUBTFUL)
    first = await waiting(world)
    for _ in range(2):
        assert (IN_REVIEW,) == (await enter(world, DOUBTFUL)).warnings
        assert (IN_REVIEW,) == (await change(world, tokens.access_token, DOUBTFUL)).warnings
    assert first == await waiting(world)

    await change(world, tokens.access_token, "疑问")

    assert ["疑问"] == [each.value for each in await waiting(world)]
    assert ReviewState.REFUSED is await decide(world, first[0])
    assert "" == await shown(world)


async def test_a_login_is_not_lost(world: World):
    """Everybody enters without the name, with a warning, and gets it when it passes."""
    for _ in range(2):
        tokens = await enter(world, DOUBTFUL, gender=2)
        assert ("", 2, (IN_REVIEW,)) == (
            tokens.user.profile.nickname, tokens.user.profile.gender, tokens.warnings,
        )  # fmt: skip
    (review,) = await waiting(world)
    await decide(world, review)
    assert (DOUBTFUL, ()) == (
        (again := await enter(world, DOUBTFUL)).user.profile.nickname,
        again.warnings,
    )


@pytest.mark.parametrize("known", [False, True])
async def test_who_is_erased_before_their_name_waits_enters_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch, *, known: bool
):
    """A login as a new person, an edit as nobody; the name waits for whoever is there."""
    tokens = await enter(world, "小明") if known else None
    add = MemoryReviews.add

    async def late(self, review: Review) -> bool:
        monkeypatch.setattr(MemoryReviews, "add", add)
        await world.erase(user_id=review.user_id)
        return await add(self, review)

    monkeypatch.setattr(MemoryReviews, "add", late)
    if tokens:
        with pytest.raises(TokenInvalid):
            await change(world, tokens.access_token, DOUBTFUL)
        await enter(world, "小明")
        monkeypatch.setattr(MemoryReviews, "add", late)

    entered = await enter(world, DOUBTFUL)

    assert (IN_REVIEW,) == entered.warnings
    assert [entered.user.id] == [each.user_id for each in await waiting(world)]


async def test_a_second_app_of_the_same_person_asks_for_nothing(world: World):
    """Who is known by their unionid keeps the profile they have; a passed name would not be set."""
    for appid in (APPID, SECOND_APPID):
        world.wechat.bind(appid, "one account")
    await enter(world, "小明")

    assert () == (await enter(world, DOUBTFUL, SECOND_APPID)).warnings
    assert [] == await waiting(world)


async def test_a_stale_edit_asks_nobody(world: World):
    """Neither WeChat nor an operator: the person has not seen what they would change."""
    tokens = await enter(world, "小明")
    asked = list(world.wechat.asked)
    with pytest.raises(PreconditionFailed):
        await change(world, tokens.access_token, DOUBTFUL, version=tokens.user.version + 1)

    assert asked == world.wechat.asked
    assert [] == await waiting(world)


@pytest.mark.parametrize("merged", [False, True])
async def test_nobody_gets_the_name_of_who_is_gone(world: World, *, merged: bool):
    """Erased, there is no review any more; merged away, it is refused."""
    gone = (await enter(world, DOUBTFUL)).user
    (review,) = await waiting(world)
    if not merged:
        await world.erase(user_id=gone.id)
        with pytest.raises(NotFound):
            await decide(world, review)
        return
    kept = (await enter(world, "小红", SECOND_APPID)).user
    await world.merge(kept_id=kept.id, gone_id=gone.id)

    assert ReviewState.REFUSED is await decide(world, review)
    assert "小红" == await shown(world)


async def test_a_name_that_cannot_be_read_waits_on(world: World):
    """Its master key may come back; it can be refused."""
    await enter(world, DOUBTFUL)
    (review,) = await waiting(world)
    world.room.reviews[review.id] = evolve(review, value="")

    assert ReviewState.WAITING is await decide(world, review)
    assert ReviewState.REFUSED is await decide(world, review, passes=False)
    assert "" == await shown(world)


async def test_a_change_beside_the_decision_loses_nothing(world: World, monkeypatch):
    """Another field that changed meanwhile is kept; another name that came meanwhile wins."""
    token = (await enter(world, "小明")).access_token
    await change(world, token, DOUBTFUL)
    pass_nickname = MemoryReviews.pass_nickname

    async def late(self, review_id: str, named: User) -> bool:
        if turn := turns.pop(0) if turns else None:
            await change(world, token, **turn)
        return await pass_nickname(self, review_id, named)

    monkeypatch.setattr(MemoryReviews, "pass_nickname", late)

    turns = [{"nickname": None, "gender": 1}, {"nickname": None, "gender": 2}]
    assert ReviewState.PASSED is await decide(world, (await waiting(world))[0])
    (user,) = world.room.users.values()
    assert Profile(DOUBTFUL, gender=2) == user.profile

    await change(world, token, "疑问")
    turns = [{"nickname": "小红"}]
    assert ReviewState.REFUSED is await decide(world, (await waiting(world))[0])
    assert "小红" == await shown(world)

    await change(world, token, "疑问")
    turns = [{"nickname": None, "gender": number % 2} for number in range(9)]
    with pytest.raises(StoreUnavailable):
        await decide(world, (await waiting(world))[0])
    assert ["疑问"] == [each.value for each in await waiting(world)]


async def test_parallel_words_end_in_one(world: World):
    """Of operators who pass and refuse at once, all hear the same, and the name follows it."""
    await enter(world, DOUBTFUL)
    (review,) = await waiting(world)

    words = await asyncio.gather(
        *(decide(world, review, passes=number % 2 == 0) for number in range(6))
    )

    assert 1 == len(set(words))
    assert (DOUBTFUL if words[0] is ReviewState.PASSED else "") == await shown(world)


async def test_what_waited_when_the_check_was_turned_off_meets_no_newer_change(world: World):
    """Names are not withdrawn then, so whoever changed anything since keeps what they have."""
    token = (await enter(world, "小明")).access_token
    await change(world, token, DOUBTFUL)
    unchecked = evolve(world, content_policy=ContentPolicy.OFF)
    (review,) = await waiting(world)
    await change(unchecked, token, "小红")

    assert ReviewState.REFUSED is await decide(unchecked, review)
    assert "小红" == await shown(world)


async def test_the_queue_can_be_worked_off_with_the_check_turned_off(world: World):
    """Whoever changed nothing since gets what they asked for."""
    await enter(world, DOUBTFUL)
    (review,) = await waiting(world)

    assert ReviewState.PASSED is await decide(
        evolve(world, content_policy=ContentPolicy.OFF), review
    )
    assert DOUBTFUL == await shown(world)
