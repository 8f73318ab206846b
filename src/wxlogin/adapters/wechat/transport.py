"""How bytes get to WeChat and back: prepared httpx requests, handed to a transport themselves.

A client around it would cost as much again, would log every address with the secret in it, and
would follow redirects.
"""

import zlib
from typing import Any

import httpx

from wxlogin.adapters.wechat.lines import Lines
from wxlogin.adapters.wechat.no_answer import NoAnswer

ANSWER_MAX = 64 * 1024
_GZIP_OR_ZLIB = 47


class _Address(httpx.URL):
    """An address known to be well written: parsed only if somebody looks into it.

    Parsing takes longer than all else that httpx does for a call.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._parsed = False

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "<address>"

    def __getattr__(self, name: str) -> Any:
        if self._parsed:
            raise AttributeError(name)
        self._parsed = True
        super().__init__(self._text)
        return getattr(self, name)


class PreparedRequest(httpx.Request):
    """A request of which everything is known beforehand; its repr tells no address."""

    def __init__(self, method: str, url: str, headers: httpx.Headers, content: bytes = b"") -> None:
        self.method = method
        self.url = _Address(url)
        self.headers = headers
        self.extensions = {"target": f"/{url.split('/', 3)[3]}".encode("ascii")}
        self.stream = httpx.ByteStream(content)
        self.read()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.method}>"


def make_transport(base_url: str) -> httpx.AsyncBaseTransport:
    """Answers a transport with a pool of its own; to be called while the loop runs."""
    secure = base_url.startswith("https:")
    return Lines(httpx.URL(base_url), ANSWER_MAX, httpx.create_ssl_context() if secure else None)


async def fetch(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> bytes:
    """Sends the request once and answers the body, with no more than `ANSWER_MAX` bytes in it.

    Raises:
        NoAnswer: nothing came, not all of it, too much, or not with status 200.
    """
    try:
        response = await transport.handle_async_request(request)
        try:
            return await _body(response)
        finally:
            await response.aclose()
    except NoAnswer as failure:
        found = failure
    except Exception as error:  # noqa: BLE001 - whatever the library raises, it holds the address
        found = _told_apart(error)
    # Raised outside the handler: the library's error must not even be the context of ours.
    raise found


async def _body(response: httpx.Response) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise NoAnswer("bad_status", str(response.status_code))
    stream = response.stream
    if isinstance(stream, httpx.ByteStream):  # all of it is there
        whole = b"".join(stream)
    else:
        assert isinstance(stream, httpx.AsyncByteStream)
        whole = b""
        async for chunk in stream:
            whole += chunk
            if len(whole) > ANSWER_MAX:
                break
    if len(whole) > ANSWER_MAX:
        raise NoAnswer("too_large")
    return _inflated(whole) if response.headers.get("content-encoding") else whole


def _inflated(packed: bytes) -> bytes:
    # We ask for plain bytes; a gateway may pack them all the same.
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        body = unpacking.decompress(packed, ANSWER_MAX)
    except zlib.error:
        body = b""
    if not unpacking.eof:
        raise NoAnswer("bad_encoding")
    return body


def _told_apart(error: Exception) -> NoAnswer:
    never_left = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
    how = "not_connected" if never_left else "broken_off"
    return NoAnswer(how, type(error).__name__, sent=not never_left)
