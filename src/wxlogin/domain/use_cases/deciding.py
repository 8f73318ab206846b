"""DecideReview: an operator's word on a nickname or a picture."""

from attrs import frozen

from wxlogin.domain.errors import NotFound, StoreUnavailable
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.reviews import ReviewRepository
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.review import Review, ReviewKind, ReviewState
from wxlogin.domain.use_cases.avatars import DecideAvatar
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.domain.user import ProfileChange

_RACES = 5


@frozen
class DecideReview:
    """Passes or refuses what waits.

    It may be called again: what was decided first stays, and what is missing of it is made up for.
    """

    reviews: ReviewRepository
    users: UserRepository
    decide_avatar: DecideAvatar
    clock: Clock
    policy: ContentPolicy

    async def __call__(self, *, review_id: str, passes: bool) -> Review:
        """Answers the review as it is afterwards, whoever decided it.

        A nickname that passes is its user's with the same act. One whose user is gone, or has had
        another nickname since, is refused. One that cannot be read waits on.

        Raises:
            NotFound: there is no such review.
        """
        review = await self._get(review_id)
        if review.kind is ReviewKind.AVATAR:
            await self.decide_avatar(review, passed=passes)
        elif not passes:
            await self._refuse(review)
        elif review.value:
            await self._name(review)
        return await self._get(review_id)

    async def _name(self, review: Review) -> None:
        for _ in range(_RACES):
            user, now = await self.users.get(review.user_id), self.clock.now()
            # Where nothing is checked, a new nickname does not withdraw the one that waits.
            unwatched = self.policy is ContentPolicy.OFF
            if user is None or (unwatched and user.updated_at > review.at):
                return await self._refuse(review)
            named = user.changed(ProfileChange(nickname=review.value), now)
            if named is user:
                await self.reviews.decide(review.id, ReviewState.PASSED, now)
                return None
            if await self.reviews.pass_nickname(review.id, named):
                return None
            if (await self._get(review.id)).decided:
                return None
        raise StoreUnavailable(1)

    async def _refuse(self, review: Review) -> None:
        await self.reviews.decide(review.id, ReviewState.REFUSED, self.clock.now())

    async def _get(self, review_id: str) -> Review:
        review = await self.reviews.get(review_id)
        if review is None:
            raise NotFound
        return review
