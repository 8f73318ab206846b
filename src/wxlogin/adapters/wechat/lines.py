"""Lines: an httpx transport to one address that costs little more than the bytes it sends.

httpx's own transport costs five times as much for a call, and more with each connection in its
pool. This one knows what our questions need: HTTP/1.1, one address, connections kept for a few
seconds, no proxy, no redirect, nothing sent twice. How many ask at once is bounded by `Gate`, and
how long by `Wire`.
"""

import asyncio
import ssl
from collections import deque

import httpx
from attrs import define, field

from wxlogin.adapters.wechat.line import Heard, Line

CONNECT_SECONDS = 3.0
IDLE_SECONDS = 15.0
_PORTS = {"http": 80, "https": 443}


@define(eq=False)
class Lines(httpx.AsyncBaseTransport):
    """Implements httpx's transport; answers come whole, with at most `most` bytes of body."""

    address: httpx.URL = field(repr=False)
    most: int
    verify: ssl.SSLContext | None = field(default=None, repr=False)
    _free: deque[Line] = field(factory=deque, init=False, repr=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request once.

        Raises:
            httpx.ConnectError, httpx.ConnectTimeout: it never left.
            NoAnswer: it may have arrived, and nothing whole came back.
        """
        line = self._kept() or await self._opened()
        heard = await line.ask(_written(request))
        if line.free:
            self._free.append(line)
        return Answered(heard)

    async def aclose(self) -> None:
        """Ends the connections that nobody uses."""
        while self._free:
            self._free.pop().hang_up()

    def _kept(self) -> Line | None:
        stale = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._free and not (self._free[0].free and self._free[0].since > stale):
            self._free.popleft().hang_up()
        while self._free:
            line = self._free.pop()
            if line.free:
                return line
        return None

    async def _opened(self) -> Line:
        loop, host = asyncio.get_running_loop(), self.address.host
        port = self.address.port or _PORTS[self.address.scheme]
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, line = await loop.create_connection(
                    lambda: Line(self.most), host, port, ssl=self.verify
                )
        except TimeoutError:
            raise httpx.ConnectTimeout("no connection in time") from None
        except (OSError, UnicodeError) as failure:
            raise httpx.ConnectError(type(failure).__name__) from None
        return line


class Answered(httpx.Response):
    """An answer that is whole already, so that there is nothing to read, decode or close."""

    def __init__(self, heard: Heard) -> None:
        self.status_code = heard.status
        self.headers = httpx.Headers(heard.headers)
        self.stream = httpx.ByteStream(heard.body)
        self.is_closed = True


def _written(request: httpx.Request) -> bytes:
    stream = request.stream
    assert isinstance(stream, httpx.ByteStream)
    body = b"".join(stream)
    head = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.extensions["target"])]
    head += [b"%s: %s" % line for line in request.headers.raw]
    if request.method != "GET":
        head.append(b"content-length: %d" % len(body))
    return b"\r\n".join(head) + b"\r\n\r\n" + body
