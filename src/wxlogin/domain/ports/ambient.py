"""Time, randomness and the telling of facts."""

from datetime import datetime
from typing import Protocol

from attrs import frozen


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Answers the present moment, aware, in UTC, to the microsecond."""


class Ids(Protocol):
    """Makes what nobody can guess."""

    def new_id(self) -> str:
        """Answers a fresh UUIDv7 as text (RFC 9562): ordered by time, not enumerable."""

    def new_secret(self) -> str:
        """Answers 32 fresh random bytes as URL-safe text, 43 signs."""


@frozen
class Fact:
    """Something that happened and that an operator may want to know.

    `name` is a stable word such as `login` or `refresh_reuse_detected`; the ids say where. No
    secret, openid or phone is ever in it.
    """

    name: str
    outcome: str = "ok"
    appid: str | None = None
    user_id: str | None = None
    sid: str | None = None


class Journal(Protocol):
    """Keeps facts; how the core speaks without logging."""

    def record(self, fact: Fact) -> None:
        """Takes a fact; never fails and never waits."""
