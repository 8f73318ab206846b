"""BoundedProtocol: a request whose head never ends fills no memory and holds no connection."""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES_OF_HEAD = 64 * 1024
MOST_SECONDS_OF_HEAD = 30.0
_END = b"content-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _END
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n" + _END


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol over httptools, with bounds on request line and headers together.

    Only a head that does not come in one piece, or the first of a connection, costs a timer.
    """

    _reading_head = False
    _bytes_of_head = 0
    _head_due: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn
        """Begins to wait for the first head."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends to wait."""
        self._head_came()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begins to count."""
        self._reading_head, self._bytes_of_head = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Ends to count and to wait."""
        self._reading_head = False
        self._head_came()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Reads on; what leaves the head unfinished counts as head."""
        super().data_received(data)
        if self._reading_head:
            self._bytes_of_head += len(data)
            if self._bytes_of_head > MOST_BYTES_OF_HEAD:
                self._refuse(_TOO_LARGE)
            elif self._head_due is None:
                self._wait_for_head()

    def _wait_for_head(self) -> None:
        self._head_due = self.loop.call_later(MOST_SECONDS_OF_HEAD, self._refuse, _TOO_SLOW)

    def _head_came(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _refuse(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
