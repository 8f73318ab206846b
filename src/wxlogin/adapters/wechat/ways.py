"""Ways: which of WeChat's hosts a question goes to.

WeChat keeps a second host for disasters ("接口域名"). A code sent to one host is spent at both, so
a question goes to the second only where it certainly never left for the first.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import structlog
from attrs import define, field

from wxlogin.adapters.wechat.no_answer import NoAnswer
from wxlogin.adapters.wechat.transport import PreparedRequest, fetch
from wxlogin.domain.ports.ambient import Clock

_AWAY = timedelta(seconds=30)
"""So long the first host is left alone: finding it unreachable takes seconds each time."""

_log = structlog.get_logger("wxlogin.wechat")


def _without_slash(base_url: str) -> str:
    return base_url.rstrip("/")


@define
class Way:
    """The way to one host; opens nothing before the first question."""

    base_url: str = field(converter=_without_slash)
    transport: Callable[[], httpx.AsyncBaseTransport] = field(repr=False)
    _opened: httpx.AsyncBaseTransport | None = field(default=None, init=False, repr=False)
    _asking: httpx.Headers = field(init=False, repr=False)
    _telling: httpx.Headers = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        host = httpx.URL(self.base_url).netloc.decode("ascii")
        plain = {"host": host, "accept-encoding": "identity", "user-agent": "wxlogin"}
        self._asking = httpx.Headers(plain)
        self._telling = httpx.Headers({**plain, "content-type": "application/json"})

    async def fetch(self, target: str, body: bytes | None) -> bytes:
        """Sends a question once and answers the bytes that came back.

        `target` is path and query; a body is told, without one it is asked.

        Raises:
            NoAnswer: with `sent`, whether it may have arrived.
        """
        if self._opened is None:
            self._opened = self.transport()
        url = f"{self.base_url}{target}"
        request = (
            PreparedRequest("GET", url, self._asking)
            if body is None
            else PreparedRequest("POST", url, self._telling, body)
        )
        return await fetch(self._opened, request)

    async def close(self) -> None:
        """Closes the connections."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.aclose()


@define
class Ways:
    """The first host, and a second one, if any, while the first takes no connection."""

    first: Way
    second: Way | None
    clock: Clock
    _back_at: datetime | None = field(default=None, init=False)

    async def fetch(self, target: str, body: bytes | None) -> bytes:
        """As `Way.fetch`."""
        if self.second is None:
            return await self.first.fetch(target, body)
        if not self._first_is_away():
            try:
                return await self.first.fetch(target, body)
            except NoAnswer as failure:
                if failure.sent or failure.how != "not_connected":
                    raise
            self._back_at = self.clock.now() + _AWAY
            _log.warning("wechat_second_host", host=self.second.base_url)
        try:
            return await self.second.fetch(target, body)
        except NoAnswer as failure:
            if failure.how == "not_connected":
                self._back_at = None  # neither is there: begin with the first again
            raise

    async def close(self) -> None:
        """Closes the connections to both."""
        await self.first.close()
        if self.second is not None:
            await self.second.close()

    def _first_is_away(self) -> bool:
        if self._back_at is None:
            return False
        # A longer wait than there is means that the clock was set back.
        return timedelta() < self._back_at - self.clock.now() <= _AWAY
