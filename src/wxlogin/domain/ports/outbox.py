"""What the application is told by webhook: kept with the act itself, until it is delivered."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from wxlogin.domain.user import User


class Happened(StrEnum):
    """What can be told. The words are public: they are the `type` of a webhook."""

    USER_CREATED = "user.created"
    USER_UPDATED = "user.updated"
    USER_MERGED = "user.merged"
    USER_UNMERGED = "user.unmerged"
    USER_ERASED = "user.erased"
    SESSION_ENDED = "session.ended"
    TEST = "webhook.test"


@frozen
class Notice:
    """Something that happened, on its way out. It holds ids, and nothing a person told.

    `seq` grows with every notice; `id` is the same however often it is sent. `other_id` is the
    user who was merged into `user_id`, or taken out again. `attempts` counts the tries, the one
    under way included, and `word` says what the last one met.
    """

    seq: int
    kind: Happened
    user_id: str
    at: datetime
    sid: str | None = None
    reason: str = ""
    other_id: str | None = None
    attempts: int = 0
    parked: bool = False
    word: str = ""

    @property
    def id(self) -> str:
        """Names it for ever: a database that was restored may count anew, but not at that time."""
        return f"msg_{int(self.at.timestamp() * 1000):x}_{self.seq}"


@frozen
class Depth:
    """How much waits, up to a bound, how much is parked, and since when the oldest waits."""

    waiting: int
    parked: int
    oldest_at: datetime | None = None


class Outbox(Protocol):
    """Keeps notices until they are delivered.

    Every act of the stores that makes, changes, merges or erases a user, or ends a session, puts
    its notice in the same commit, where the deployment has a webhook; where it has none, no act
    does.
    """

    async def take(self, now: datetime, until: datetime, limit: int) -> Sequence[Notice]:
        """Takes up to `limit` notices that are due; nobody else gets them before `until`.

        None while another one waits that was put earlier and is about the same user; those that
        are parked are waited for by nobody.
        """

    async def done(self, taken: Notice) -> bool:
        """Forgets a delivered notice.

        False, changing nothing, when somebody took it again after `taken`.
        """

    async def put_off(self, taken: Notice, word: str, until: datetime) -> bool:
        """Gives a notice back, to be taken again from `until` on; False as in `done`."""

    async def park(self, taken: Notice, word: str) -> bool:
        """Keeps a notice that nobody sends any more for an operator; False as in `done`."""

    async def oldest(self, limit: int) -> Sequence[Notice]:
        """Answers what was put first of all that is here, waiting or parked."""

    async def retry(self, now: datetime, seq: int | None = None) -> int:
        """Lets what is parked, or only that one, be sent again; answers how many."""

    async def depth(self) -> Depth:
        """Answers how much is here."""

    async def sweep(self, before: datetime, limit: int) -> int:
        """Deletes up to `limit` parked notices of before a moment; answers how many."""


@frozen
class Reply:
    """What came back for a webhook: its status, 0 for none at all, and what was met instead.

    `retry_after` are the seconds the receiver asked to be left alone for.
    """

    status: int
    word: str = ""
    retry_after: int | None = None

    @property
    def well(self) -> bool:
        """Whether the receiver has it."""
        return 200 <= self.status < 300  # noqa: PLR2004 - every 2xx


class Receiver(Protocol):
    """Whoever listens at the webhook's address."""

    async def tell(self, notice: Notice, user: User | None) -> Reply:
        """Sends a notice once, signed, with the user as they are now; None: only their id.

        Answers whatever came back, soon, and raises nothing.
        """
