"""DeliverNotice, ForgetNotices: telling the application what happened, until it has heard it."""

from datetime import timedelta

from attrs import frozen

from wxlogin.domain.ports.ambient import Clock, Fact, Ids, Journal
from wxlogin.domain.ports.outbox import Happened, Notice, Outbox, Receiver, Reply
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.user import User

LEASE = timedelta(seconds=30)
"""How long one sender has a notice to itself; after that it must have died."""
MOST_TRIES = 440
"""Spread over about three days."""
PARKED_FOR = timedelta(days=30)
"""How long an operator can send again what was given up."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
_GONE = 410
_LONGEST_WISH = timedelta(hours=1)
_BATCH = 500
_NOBODY = frozenset({Happened.USER_ERASED, Happened.TEST})


@frozen
class DeliverNotice:
    """Sends a taken notice once, and notes what came of it.

    A sender that dies between the two is followed by another: the receiver may hear it twice, with
    one and the same id.
    """

    outbox: Outbox
    users: UserRepository
    receiver: Receiver
    clock: Clock
    ids: Ids
    journal: Journal

    async def __call__(self, taken: Notice) -> bool:
        """Tells whether it was delivered. If not, it is tried again, later each time.

        What the receiver wants no more of (410), and what was tried too often, is parked.
        """
        reply = await self.receiver.tell(taken, await self._user(taken))
        if reply.well:
            if await self.outbox.done(taken):
                self._note(taken, "delivered")
            return True
        if reply.status == _GONE or taken.attempts >= MOST_TRIES:
            if await self.outbox.park(taken, reply.word):
                self._note(taken, "parked")
        elif await self.outbox.put_off(
            taken, reply.word, self.clock.now() + self._pause(taken, reply)
        ):
            self._note(taken, "put_off")
        return False

    async def _user(self, taken: Notice) -> User | None:
        return None if taken.kind in _NOBODY else await self.users.get(taken.user_id)

    def _pause(self, taken: Notice, reply: Reply) -> timedelta:
        """Answers twice the pause before, up to a bound, give or take a quarter."""
        doubled = FIRST_PAUSE * (1 << min(taken.attempts - 1, 16))
        jitter = 0.75 + int(self.ids.new_id()[-4:], 16) / 0x1FFFE
        wished = timedelta(seconds=min(reply.retry_after or 0, _LONGEST_WISH.total_seconds()))
        return max(min(doubled, LONGEST_PAUSE) * jitter, wished)

    def _note(self, taken: Notice, outcome: str) -> None:
        self.journal.record(Fact("webhook", outcome, user_id=taken.user_id, sid=taken.sid))


@frozen
class ForgetNotices:
    """Deletes what is parked and nobody came for, in small batches."""

    outbox: Outbox
    clock: Clock

    async def __call__(self) -> int:
        """Answers how many rows went; another call is worth it while that is not 0."""
        return await self.outbox.sweep(self.clock.now() - PARKED_FOR, _BATCH)
