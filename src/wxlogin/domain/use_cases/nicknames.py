"""NicknameReviews: the nicknames that wait for an operator."""

from attrs import frozen

from wxlogin.domain.ports.ambient import Clock, Ids
from wxlogin.domain.ports.reviews import ReviewRepository
from wxlogin.domain.review import Review, ReviewKind, ReviewState

IN_REVIEW = "content_in_review"
"""The warning of whose nickname waits."""


@frozen
class NicknameReviews:
    """What waits of each user is the nickname they sent last, and nothing once they have another.

    So whatever is passed is what its person still wants.
    """

    reviews: ReviewRepository
    clock: Clock
    ids: Ids

    async def ask(self, user_id: str, appid: str, nickname: str) -> bool:
        """Lets a nickname wait, in place of an older one; False when there is no such user.

        One that waits already stays where it is, under the id that an operator was shown.
        """
        for each in await self.reviews.of(user_id):
            if each.kind is ReviewKind.NICKNAME and not each.decided and each.value == nickname:
                return True
        return await self.reviews.add(
            Review(
                id=self.ids.new_id(),
                user_id=user_id,
                appid=appid,
                kind=ReviewKind.NICKNAME,
                value=nickname,
                state=ReviewState.WAITING,
                at=self.clock.now(),
            )
        )

    async def withdraw(self, user_id: str) -> None:
        """Refuses what waits of a user who is about to get another nickname."""
        await self.reviews.withdraw(user_id, ReviewKind.NICKNAME, self.clock.now())
