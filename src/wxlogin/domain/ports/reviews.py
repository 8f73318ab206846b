"""What waits for WeChat's word, or an operator's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from wxlogin.domain.review import Review, ReviewKind, ReviewState
from wxlogin.domain.user import User


class ReviewRepository(Protocol):
    """Reviews; of each user's nicknames, and of their avatars, the newest alone is undecided.

    They go when their user is erased.
    """

    async def add(self, review: Review) -> bool:
        """Adds a review; an undecided one of the same user and kind is refused in the same act.

        False, changing nothing, when there is no such user.
        """

    async def get(self, review_id: str) -> Review | None:
        """Answers a review; its value is empty when the key it was sealed with is gone."""

    async def by_trace(self, appid: str, trace_id: str) -> Review | None:
        """Answers the review that an app's question to WeChat was about."""

    async def decide(
        self, review_id: str, state: ReviewState, now: datetime, label: int | None = None
    ) -> bool:
        """Gives an undecided review another state, and a label where there is one.

        Of any number of parallel calls one decides. False, changing nothing, when it is decided,
        in that state already, or not there.
        """

    async def pass_nickname(self, review_id: str, named: User) -> bool:
        """Passes an undecided review and writes its user, as `UserRepository.save` does: one act.

        False, changing nothing, when it is decided or not there, or the user changed or is gone.

        Raises:
            PhoneTaken: as at `save`.
        """

    async def withdraw(self, user_id: str, kind: ReviewKind, now: datetime) -> None:
        """Refuses what is undecided of a user's kind."""

    async def of(self, user_id: str) -> Sequence[Review]:
        """Answers a user's reviews, the oldest first."""

    async def waiting(self, limit: int) -> Sequence[Review]:
        """Answers what waits for an operator, the oldest first."""

    async def asked_before(self, moment: datetime, limit: int) -> Sequence[Review]:
        """Answers what WeChat was asked about before a moment, still unanswered, oldest first."""

    async def sweep(self, before: datetime, limit: int) -> int:
        """Deletes some reviews that were decided before a moment; answers how many."""
