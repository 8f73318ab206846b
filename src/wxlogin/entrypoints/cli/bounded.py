"""BoundedProtocol: a request whose head never ends is refused before it fills the memory."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES_OF_HEAD = 64 * 1024
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol over httptools, with a bound on request line and headers together."""

    _reading_head = False
    _bytes_of_head = 0

    def on_message_begin(self) -> None:
        """Begins to count."""
        self._reading_head, self._bytes_of_head = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Ends to count."""
        self._reading_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Reads on; what leaves the head unfinished counts as head."""
        super().data_received(data)
        if self._reading_head:
            self._bytes_of_head += len(data)
            if self._bytes_of_head > MOST_BYTES_OF_HEAD and not self.transport.is_closing():
                self.transport.write(_REFUSAL)
                self.transport.close()
