"""Which apps a user can log in from, and taking one away."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from attrs import frozen


@frozen
class Link:
    """That a user is known in an app, and since when."""

    appid: str
    since: datetime


class Detached(Enum):
    """What became of a wish to take an app away from a user."""

    DONE = auto()
    LAST = auto()
    """It is the only app the user can log in from: nothing was changed."""
    NOTHING = auto()
    """The user is not known in that app, or there is no such user."""


class LinkRepository(Protocol):
    """The apps of a user."""

    async def linked(self, user_id: str) -> Sequence[Link]:
        """Answers the apps a user is known in, each once, the oldest first."""

    async def detach(self, user_id: str, appid: str, now: datetime) -> Detached:
        """Takes every identity in an app away from a user, unless nothing would be left.

        One act: the user's living sessions in that app end as `logged_out`. Each identity is
        remembered as parted: should it come again with a unionid, it registers as a user of its
        own instead of joining the one it left. The user's unionids are theirs only as far as
        another identity of theirs has them.
        """
