"""Review: content of a person's that is not passed yet, and how it was decided."""

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen


class ReviewKind(StrEnum):
    """What is looked at."""

    NICKNAME = "nickname"
    AVATAR = "avatar"


class ReviewState(StrEnum):
    """How far it is."""

    ASKED = "asked"
    """WeChat was asked and has not answered."""
    WAITING = "waiting"
    """For an operator."""
    PASSED = "passed"
    REFUSED = "refused"


UNDECIDED = frozenset({ReviewState.ASKED, ReviewState.WAITING})


@frozen
class Review:
    """One nickname, or the public path of one avatar, and since when (`at`) its state holds.

    `trace_id` is WeChat's name of a question that it answers by push, `label` what it found.
    """

    id: str
    user_id: str
    appid: str
    kind: ReviewKind
    value: str = field(repr=False)
    state: ReviewState
    at: datetime
    trace_id: str | None = None
    label: int | None = None

    @property
    def decided(self) -> bool:
        """Answers whether nobody has a say in it any more."""
        return self.state not in UNDECIDED
