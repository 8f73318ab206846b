"""Counting how often somebody asks."""

from typing import Protocol

from attrs import frozen


@frozen
class Rule:
    """At most `times` in any window of `seconds`, counted under `name`."""

    name: str
    times: int
    seconds: int


class RateLimiter(Protocol):
    """Counts askers, in one process or over all that share a store."""

    @property
    def failing(self) -> bool:
        """Whether the shared store is out of reach, so that this process counts by itself."""

    async def hit(self, rule: Rule, asker: str) -> int | None:
        """Counts one; None when within the rule, else seconds until asking makes sense again."""

    async def full(self, rule: Rule, asker: str) -> int | None:
        """As `hit`, but counts nothing."""
