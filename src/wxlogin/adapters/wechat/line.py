"""Line: one connection to WeChat, one question at a time, its answer read by httptools."""

import asyncio
from typing import cast

import httptools
from attrs import field, frozen

from wxlogin.adapters.wechat.no_answer import NoAnswer

HEAD_MAX = 32 * 1024
_INFORMATIONAL = 200


@frozen
class Heard:
    """A whole answer, as it came."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    body: bytes = field(repr=False)


class Line(asyncio.Protocol):
    """A connection that says whether it may be used again: `free` between two questions.

    Whatever breaks it ends it; nothing is ever sent twice.
    """

    def __init__(self, most: int) -> None:
        self.free = False
        self.since = 0.0
        self._most = most
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Heard] | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._head_bytes = 0
        self._lasts = False

    async def ask(self, raw: bytes) -> Heard:
        """Sends a request and answers what comes back.

        Raises:
            NoAnswer: the line broke, or what came is not HTTP, or more than the most.
        """
        self.free = False
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Heard] = loop.create_future()
        self._answer = answer
        assert self._transport is not None
        self._transport.write(raw)
        try:
            heard = await answer
        except BaseException:
            self.hang_up()
            raise
        if self._lasts and not self._transport.is_closing():
            self.free, self.since = True, loop.time()
        else:
            self.hang_up()
        return heard

    def hang_up(self) -> None:
        """Ends the connection, whatever is under way."""
        self.free = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast("asyncio.Transport", transport)
        self.free = True

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self.free = False
        self._fail(NoAnswer("broken_off", type(exc).__name__ if exc else "closed"))

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        if self._answered():
            self.hang_up()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as failure:
            self._fail(NoAnswer("broken_off", type(failure).__name__))
        if len(self._body) > self._most or self._head_bytes > HEAD_MAX:
            self._fail(NoAnswer("too_large"))

    def on_message_begin(self) -> None:
        """See httptools."""
        if self._answered():
            self._lasts = False  # more than was asked for: what else comes could pass for an answer
        self._headers, self._body, self._head_bytes = [], bytearray(), 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools."""
        self._head_bytes += len(name) + len(value)
        self._headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._body += body

    def on_message_complete(self) -> None:
        """See httptools."""
        status = self._parser.get_status_code()
        if status < _INFORMATIONAL:
            return  # the answer itself is still to come
        if self._answer is not None and not self._answer.done():
            self._lasts = self._parser.should_keep_alive()
            self._answer.set_result(Heard(status, self._headers, bytes(self._body)))

    def _fail(self, failure: NoAnswer) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(failure)

    def _answered(self) -> bool:
        return self._answer is None or self._answer.done()
