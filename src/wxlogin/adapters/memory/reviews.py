"""MemoryReviews."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from attrs import evolve, frozen

from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.adapters.memory.users import MemoryUsers
from wxlogin.domain.review import Review, ReviewKind, ReviewState
from wxlogin.domain.user import User


@frozen
class MemoryReviews:
    """Reviews in memory."""

    room: MemoryRoom

    async def add(self, review: Review) -> bool:
        """See `ReviewRepository.add`."""
        user = self.room.users.get(review.user_id)
        if user is None or user.erased:
            return False
        review = evolve(review, at=review.at.astimezone(UTC))
        await self.withdraw(review.user_id, review.kind, review.at)
        self.room.reviews[review.id] = review
        return True

    async def get(self, review_id: str) -> Review | None:
        """See `ReviewRepository.get`."""
        return self.room.reviews.get(review_id)

    async def by_trace(self, appid: str, trace_id: str) -> Review | None:
        """See `ReviewRepository.by_trace`."""
        found = self._sorted(lambda each: (each.appid, each.trace_id) == (appid, trace_id))
        return found[-1] if found else None

    async def decide(
        self, review_id: str, state: ReviewState, now: datetime, label: int | None = None
    ) -> bool:
        """See `ReviewRepository.decide`."""
        review = self.room.reviews.get(review_id)
        if review is None or review.decided or review.state is state:
            return False
        label = review.label if label is None else label
        self.room.reviews[review_id] = evolve(
            review, state=state, at=now.astimezone(UTC), label=label
        )
        return True

    async def pass_nickname(self, review_id: str, named: User) -> bool:
        """See `ReviewRepository.pass_nickname`."""
        review = self.room.reviews.get(review_id)
        if review is None or review.decided or not await MemoryUsers(self.room).save(named):
            return False
        return await self.decide(review_id, ReviewState.PASSED, named.updated_at)

    async def withdraw(self, user_id: str, kind: ReviewKind, now: datetime) -> None:
        """See `ReviewRepository.withdraw`."""
        for each in await self.of(user_id):
            if each.kind is kind:
                await self.decide(each.id, ReviewState.REFUSED, now)

    async def of(self, user_id: str) -> Sequence[Review]:
        """See `ReviewRepository.of`."""
        return self._sorted(lambda each: each.user_id == user_id)

    async def waiting(self, limit: int) -> Sequence[Review]:
        """See `ReviewRepository.waiting`."""
        return self._sorted(lambda each: each.state is ReviewState.WAITING)[:limit]

    async def asked_before(self, moment: datetime, limit: int) -> Sequence[Review]:
        """See `ReviewRepository.asked_before`."""
        asked = self._sorted(lambda each: each.state is ReviewState.ASKED and each.at < moment)
        return asked[:limit]

    async def sweep(self, before: datetime, limit: int) -> int:
        """See `ReviewRepository.sweep`."""
        old = self._sorted(lambda each: each.decided and each.at < before)[:limit]
        for each in old:
            del self.room.reviews[each.id]
        return len(old)

    def _sorted(self, wanted: Callable[[Review], bool]) -> list[Review]:
        found = filter(wanted, self.room.reviews.values())
        return sorted(found, key=lambda each: (each.at, each.id))
