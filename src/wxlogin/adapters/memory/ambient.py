"""SetClock, SerialIds, ListJournal, FixedLimits: the surroundings, in a test's hands."""

import hashlib
from datetime import datetime, timedelta

from attrs import define, field, frozen

from wxlogin.domain.ports.ambient import Fact
from wxlogin.domain.ports.limits import Rule


@define
class SetClock:
    """A clock that stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        """See `Clock.now`."""
        return self.at

    def advance(self, step: timedelta) -> None:
        """Moves the clock."""
        self.at += step


@define
class SerialIds:
    """Ids that are unlike one another and the same in every run of a seed."""

    seed: str = ""
    _count: int = field(default=0, init=False)

    def new_id(self) -> str:
        """See `Ids.new_id`."""
        self._count += 1
        digest = hashlib.sha256(f"{self.seed}{self._count}".encode()).hexdigest()
        return f"{self._count:08x}-0000-7{digest[:3]}-8{digest[3:6]}-{digest[6:18]}"

    def new_secret(self) -> str:
        """See `Ids.new_secret`."""
        self._count += 1
        return hashlib.sha256(f"secret{self.seed}{self._count}".encode()).hexdigest()[:43]


@frozen
class ListJournal:
    """A journal one can read."""

    facts: list[Fact] = field(factory=list)

    def record(self, fact: Fact) -> None:
        """See `Journal.record`."""
        self.facts.append(fact)


@frozen
class FixedLimits:
    """Counts in fixed windows of a clock."""

    clock: SetClock
    counts: dict[tuple[str, str, int], int] = field(factory=dict)
    failing: bool = False

    async def hit(self, rule: Rule, asker: str) -> int | None:
        """See `RateLimiter.hit`."""
        key = self._key(rule, asker)
        self.counts[key] = self.counts.get(key, 0) + 1
        return self._wait(rule) if self.counts[key] > rule.times else None

    async def full(self, rule: Rule, asker: str) -> int | None:
        """See `RateLimiter.full`."""
        used = self.counts.get(self._key(rule, asker), 0)
        return self._wait(rule) if used >= rule.times else None

    def _key(self, rule: Rule, asker: str) -> tuple[str, str, int]:
        return rule.name, asker, int(self.clock.now().timestamp()) // rule.seconds

    def _wait(self, rule: Rule) -> int:
        return rule.seconds - int(self.clock.now().timestamp()) % rule.seconds
