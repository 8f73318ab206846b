"""The contract of `ReviewRepository`: what waits for a decision, and that it is made once."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve

from tests.contracts.people import (
    APP,
    MINUTE,
    NOW,
    OTHER_APP,
    TICK,
    a_session,
    a_user,
    an_identity,
)
from tests.contracts.stores import Stores
from wxlogin.domain.review import Review, ReviewKind, ReviewState
from wxlogin.domain.user import ProfileChange, User

LATER = NOW + MINUTE
ALL = 1000


def a_review(user: User, **fields: Any) -> Review:
    """Answer a nickname that waits for an operator."""
    usual = {
        "id": str(uuid4()),
        "user_id": user.id,
        "appid": APP,
        "kind": ReviewKind.NICKNAME,
        "value": "小明😀",
        "state": ReviewState.WAITING,
        "at": NOW,
    }
    return Review(**usual | fields)


class ReviewsContract:
    async def test_a_review_comes_back_as_it_was(self, stores: Stores):
        """By its id and by the question's name, which is another one in another app."""
        user = await _somebody(stores)
        kept = a_review(
            user, kind=ReviewKind.AVATAR, state=ReviewState.ASKED, trace_id="t-1", label=100
        )

        assert await stores.reviews.add(kept)

        assert (
            kept == await stores.reviews.get(kept.id) == await stores.reviews.by_trace(APP, "t-1")
        )
        assert await stores.reviews.by_trace(OTHER_APP, "t-1") is None
        assert "小明" not in repr(kept)

    async def test_what_is_not_there_is_not_found(self, stores: Stores):
        """Whatever is asked for; nobody gets a review who is no user."""
        user = await _somebody(stores)
        await stores.reviews.add(a_review(user))
        for odd in ("unknown", "", "\0", "é", "号"):
            assert await stores.reviews.get(odd) is None
            assert await stores.reviews.by_trace(APP, odd) is None
            assert not await stores.reviews.decide(odd, ReviewState.PASSED, NOW)
            assert not await stores.reviews.add(evolve(a_review(user), user_id=odd))

    async def test_only_the_newest_counts(self, stores: Stores):
        """Of a user's kind; the older one is refused, one decided before stays as it is."""
        user, other = await _somebody(stores), await _somebody(stores)
        passed = a_review(user, state=ReviewState.PASSED)
        first, avatar = a_review(user), a_review(user, kind=ReviewKind.AVATAR)
        theirs, second = a_review(other), a_review(user, value="小红", at=LATER)
        for each in (passed, first, avatar, theirs, second):
            assert await stores.reviews.add(each)

        assert evolve(first, state=ReviewState.REFUSED, at=LATER) == await stores.reviews.get(
            first.id
        )
        for each in (passed, avatar, theirs, second):
            assert each == await stores.reviews.get(each.id)

    async def test_of_parallel_reviews_one_is_left(self, stores: Stores):
        """However many a user sends at once."""
        user = await _somebody(stores)

        await asyncio.gather(*(stores.reviews.add(a_review(user)) for _ in range(8)))

        assert 1 == len(await stores.reviews.waiting(ALL))

    async def test_one_of_many_decides(self, stores: Stores):
        """Of any number at the same moment; the review tells who and when."""
        review = a_review(await _somebody(stores), label=20002)
        await stores.reviews.add(review)

        states = [ReviewState.PASSED, ReviewState.REFUSED] * 4
        answers = await asyncio.gather(
            *(stores.reviews.decide(review.id, state, LATER) for state in states)
        )

        assert 1 == answers.count(True)
        state = states[answers.index(True)]
        assert evolve(review, state=state, at=LATER) == await stores.reviews.get(review.id)
        assert not await stores.reviews.decide(review.id, ReviewState.WAITING, LATER)

    async def test_a_nickname_passes_with_its_user(self, stores: Stores):
        """One act: both are written, or neither."""
        review = a_review(user := await _somebody(stores), value="小红")
        other = a_review(user, kind=ReviewKind.AVATAR)
        for each in (review, other):
            await stores.reviews.add(each)
        stale = evolve(user, version=user.version + 2)
        for wrong, named in (
            (review.id, stale),
            ("unknown", _named(user)),
            (f"{0:036}", _named(user)),
        ):
            assert not await stores.reviews.pass_nickname(wrong, named)
        assert user == await stores.users.get(user.id)
        assert review == await stores.reviews.get(review.id)

        assert await stores.reviews.pass_nickname(review.id, _named(user))

        assert _named(user) == await stores.users.get(user.id)
        passed = evolve(review, state=ReviewState.PASSED, at=LATER)
        assert passed == await stores.reviews.get(review.id)
        assert other == await stores.reviews.get(other.id)

        again = _named(_named(user), "小刚")
        assert not await stores.reviews.pass_nickname(review.id, again)
        assert _named(user) == await stores.users.get(user.id)

    async def test_nobody_is_named_after_an_erasure(self, stores: Stores):
        """The review is gone with the person, and so is who would be named."""
        review = a_review(user := await _somebody(stores))
        await stores.reviews.add(review)
        await stores.accounts.erase(user.id, LATER)

        assert not await stores.reviews.pass_nickname(review.id, _named(user))
        assert await stores.users.get(user.id) is None

    async def test_passing_and_refusing_at_once_ends_in_one_of_them(self, stores: Stores):
        """The nickname is there if, and only if, the review is passed; withdrawing is refusing."""
        for _ in range(4):
            review = a_review(user := await _somebody(stores))
            await stores.reviews.add(review)

            answers = await asyncio.gather(
                stores.reviews.pass_nickname(review.id, _named(user)),
                stores.reviews.pass_nickname(review.id, _named(user)),
                stores.reviews.decide(review.id, ReviewState.REFUSED, LATER),
                stores.reviews.withdraw(user.id, ReviewKind.NICKNAME, LATER),
            )

            kept = await stores.reviews.get(review.id)
            passed = kept is not None and kept.state is ReviewState.PASSED
            assert passed == (True in answers[:2])
            assert 2 > answers.count(True)
            assert (_named(user) if passed else user) == await stores.users.get(user.id)

    async def test_what_waits_is_withdrawn(self, stores: Stores):
        """Of one user, of one kind, as long as nobody decided it; and nothing may be there."""
        user, other = await _somebody(stores), await _somebody(stores)
        passed = a_review(user, state=ReviewState.PASSED)
        waits, avatar, theirs = (
            a_review(user),
            a_review(user, kind=ReviewKind.AVATAR, at=LATER),
            a_review(other),
        )
        for each in (passed, waits, avatar, theirs):
            await stores.reviews.add(each)

        for _ in range(2):
            await stores.reviews.withdraw(user.id, ReviewKind.NICKNAME, LATER)
        await stores.reviews.withdraw("unknown", ReviewKind.NICKNAME, LATER)

        refused = evolve(waits, state=ReviewState.REFUSED, at=LATER)
        found = await stores.reviews.of(user.id)
        assert [passed] == list(found)[:1]
        assert {each.id: each for each in (passed, avatar, refused)} == {
            each.id: each for each in found
        }
        assert [theirs] == list(await stores.reviews.of(other.id))
        assert [] == list(await stores.reviews.of("unknown"))

    async def test_wechat_hands_over_to_an_operator_once(self, stores: Stores):
        """With its label; the same word a second time changes nothing."""
        review = a_review(await _somebody(stores), state=ReviewState.ASKED)
        await stores.reviews.add(review)

        assert await stores.reviews.decide(review.id, ReviewState.WAITING, LATER, 20001)
        assert not await stores.reviews.decide(review.id, ReviewState.WAITING, LATER + MINUTE, 1)

        waits = evolve(review, state=ReviewState.WAITING, at=LATER, label=20001)
        assert [waits] == list(await stores.reviews.waiting(ALL))

    async def test_what_waits_comes_oldest_first(self, stores: Stores):
        """No more than wanted; what WeChat has not answered is listed apart."""
        reviews = [
            a_review(await _somebody(stores), at=NOW + number * TICK, state=state)
            for number, state in ((2, "waiting"), (1, "waiting"), (4, "asked"), (3, "asked"))
            for state in [ReviewState(state)]
        ]
        for each in reviews:
            await stores.reviews.add(each)
        one, two, three, four = sorted(reviews, key=lambda each: each.at)

        assert [one, two] == list(await stores.reviews.waiting(ALL))
        assert [one] == list(await stores.reviews.waiting(1))
        assert [three, four] == list(await stores.reviews.asked_before(LATER, ALL))
        assert [three] == list(await stores.reviews.asked_before(four.at, ALL))
        assert [three] == list(await stores.reviews.asked_before(LATER, 1))

    async def test_a_sweep_deletes_what_was_decided_long_ago(self, stores: Stores):
        """What waits stays, however old; so does what was decided lately."""
        reviews = [a_review(await _somebody(stores)) for _ in range(4)]
        for each in reviews:
            await stores.reviews.add(each)
        waits, passed, refused, lately = reviews
        await stores.reviews.decide(passed.id, ReviewState.PASSED, NOW)
        await stores.reviews.decide(refused.id, ReviewState.REFUSED, NOW)
        await stores.reviews.decide(lately.id, ReviewState.PASSED, LATER)

        assert 1 == await stores.reviews.sweep(LATER, 1)
        assert 1 == await stores.reviews.sweep(LATER, ALL)
        assert 0 == await stores.reviews.sweep(LATER, ALL)

        left = [await stores.reviews.get(each.id) for each in reviews]
        assert [True, False, False, True] == [each is not None for each in left]
        assert [waits] == list(await stores.reviews.waiting(ALL))

    @pytest.mark.parametrize("merged", [False, True])
    async def test_reviews_go_with_the_person(self, stores: Stores, *, merged: bool):
        """An erasure takes theirs, of who became part of them too, and nobody else's."""
        gone, part, stays = [await _somebody(stores) for _ in range(3)]
        reviews = [a_review(each) for each in (gone, part, stays)]
        for each in reviews:
            await stores.reviews.add(each)
        if merged:
            await stores.merges.merge(str(uuid4()), gone.id, part.id, NOW)

        await stores.accounts.erase(gone.id, LATER)

        left = [await stores.reviews.get(each.id) for each in reviews]
        assert [False, not merged, True] == [each is not None for each in left]
        assert not await stores.reviews.add(a_review(gone))


def _named(user: User, nickname: str = "小红") -> User:
    return user.changed(ProfileChange(nickname=nickname), LATER)


async def _somebody(stores: Stores) -> User:
    user = a_user()
    await stores.users.register(user, an_identity(), a_session())
    return user
