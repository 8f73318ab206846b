"""Moving windows in Redis, over the limits library; one script call a hit."""

from math import ceil
from typing import Any, ClassVar

from attrs import define, field
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import BlockingConnectionPool

from wxlogin.domain.ports.limits import Rule

_CONNECTIONS = 50


@define
class RedisWindows:
    """Counts for all processes that share a Redis. Connects at the first call.

    Calls raise one of `failures` (TimeoutError is an OSError) when Redis fails or does not answer
    within `patience` seconds.
    """

    failures: ClassVar[tuple[type[Exception], ...]] = (StorageError, OSError)

    _url: str = field(repr=False)  # may hold a password
    _patience: float
    _pool: BlockingConnectionPool = field(init=False, repr=False)
    _limiter: MovingWindowRateLimiter = field(init=False, repr=False)
    _items: dict[Rule, RateLimitItem] = field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._pool = BlockingConnectionPool.from_url(
            self._url,
            max_connections=_CONNECTIONS,
            timeout=self._patience,
            socket_timeout=self._patience,
            socket_connect_timeout=self._patience,
        )
        options: dict[str, Any] = {"connection_pool": self._pool}
        storage = RedisStorage(
            "async+redis://",  # the pool knows where
            implementation="redispy",
            key_prefix="wxlogin",
            wrap_exceptions=True,
            **options,
        )
        self._limiter = MovingWindowRateLimiter(storage)

    async def hit(self, rule: Rule, asker: str, now: float) -> int | None:
        """See `RateLimiter.hit`; `now` in seconds since 1970."""
        item = self._item(rule)
        if await self._limiter.hit(item, rule.name, asker):
            return None
        return await self._wait(item, rule, asker, now)

    async def full(self, rule: Rule, asker: str, now: float) -> int | None:
        """See `RateLimiter.full`."""
        item = self._item(rule)
        if await self._limiter.test(item, rule.name, asker):
            return None
        return await self._wait(item, rule, asker, now)

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.aclose()

    def _item(self, rule: Rule) -> RateLimitItem:
        item = self._items.get(rule)
        if item is None:
            item = RateLimitItemPerSecond(rule.times, rule.seconds, namespace="limit")
            self._items[rule] = item
        return item

    async def _wait(self, item: RateLimitItem, rule: Rule, asker: str, now: float) -> int:
        window = await self._limiter.get_window_stats(item, rule.name, asker)
        if window.remaining > 0:
            return 1  # it moved on between the two questions
        return min(rule.seconds, max(1, ceil(window.reset_time - now)))
