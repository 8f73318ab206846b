"""CountedLimits: over all processes while Redis answers, in this one while it does not."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Protocol

import structlog
from attrs import define, field

from wxlogin.adapters.limits.moving import MovingWindows
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.limits import Rule

PATIENCE = 0.25
"""How many seconds a request waits for Redis."""

_PAUSE = timedelta(seconds=1)
_log = structlog.get_logger("wxlogin.limits")


class SharedWindows(Protocol):
    """Counts for all processes; raises one of `failures` when it cannot."""

    failures: ClassVar[tuple[type[Exception], ...]]

    async def hit(self, rule: Rule, asker: str, now: float) -> int | None: ...  # noqa: D102 - as the port

    async def full(self, rule: Rule, asker: str, now: float) -> int | None: ...  # noqa: D102 - as the port

    async def close(self) -> None: ...  # noqa: D102 - as it says


@define
class CountedLimits:
    """Implements RateLimiter with moving windows: exact, whichever moment a window begins.

    A login must not hang on a counter: when the shared store fails, each process counts for itself,
    tells so once, and asks the store again with one call a second until it answers.
    """

    _clock: Clock
    _shared: SharedWindows | None = None
    _patience: float = PATIENCE
    _here: MovingWindows = field(factory=MovingWindows, repr=False)
    failing: bool = field(default=False, init=False)
    _asked_at: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)

    async def hit(self, rule: Rule, asker: str) -> int | None:
        """Counts one; None when within the rule, else seconds until asking makes sense again."""
        now = self._clock.now()
        shared = self._shared_if_well(now)
        if shared is not None:
            with self._told_when_failing(shared.failures):
                return await self._in_time(shared.hit(rule, asker, now.timestamp()))
        return self._here.hit(rule, asker, now.timestamp())

    async def full(self, rule: Rule, asker: str) -> int | None:
        """As `hit`, but counts nothing."""
        now = self._clock.now()
        shared = self._shared_if_well(now)
        if shared is not None:
            with self._told_when_failing(shared.failures):
                return await self._in_time(shared.full(rule, asker, now.timestamp()))
        return self._here.full(rule, asker, now.timestamp())

    async def close(self) -> None:
        """Closes what was opened."""
        if self._shared is not None:
            await self._shared.close()

    def _shared_if_well(self, now: datetime) -> SharedWindows | None:
        if self.failing and timedelta() <= now - self._asked_at < _PAUSE:
            return None
        self._asked_at = now
        return self._shared

    @contextmanager
    def _told_when_failing(self, failures: tuple[type[Exception], ...]) -> Iterator[None]:
        """Swallows the failure of the shared store, so that what follows the block counts here."""
        try:
            yield
        except failures as failure:
            if not self.failing:
                # Only the kind: the text may hold the address with its password.
                kind = type(failure.__cause__ or failure).__name__
                _log.warning("limits_store_failing", error=kind)
            self.failing = True
        else:
            if self.failing:
                _log.info("limits_store_back")
            self.failing = False

    async def _in_time(self, answer: Awaitable[int | None]) -> int | None:
        async with asyncio.timeout(self._patience):
            return await answer


def open_limits(
    redis_url: str | None, clock: Clock, *, patience: float = PATIENCE
) -> CountedLimits:
    """Answers limits shared over Redis (`redis://`, `rediss://`), or without an address local ones.

    A request waits for Redis up to `patience` seconds. Nothing is connected yet.

    Raises:
        ModuleNotFoundError: an address, but the `redis` extra is not installed.
    """
    if redis_url is None:
        return CountedLimits(clock)
    from wxlogin.adapters.limits.in_redis import RedisWindows  # noqa: PLC0415 - an optional extra

    return CountedLimits(clock, RedisWindows(redis_url, patience), patience)
