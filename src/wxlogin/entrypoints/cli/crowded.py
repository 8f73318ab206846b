"""CrowdedProtocol: refuses in a crowd, before a request is read where that is possible."""

from typing import Any, cast

import httptools
from starlette.types import Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from wxlogin.entrypoints.cli.bounded import BoundedProtocol
from wxlogin.entrypoints.web import crowd
from wxlogin.entrypoints.web.crowd import Crowd
from wxlogin.entrypoints.web.door import SAFE_ID
from wxlogin.entrypoints.web.language import negotiate

STATE = "crowd"
"""What the lifespan calls its crowd."""
_OPERATORS = (b"/healthz", b"/readyz", b"/metrics")
_PUSHES = b"/wechat/push/"
"""What WeChat is refused three times it does not send again."""
_STATUS = b"HTTP/1.1 503 Service Unavailable\r\n"


class CrowdedProtocol(BoundedProtocol):
    """Uvicorn's protocol, bounded, with a crowd that may say no.

    As long as few are under way, a request costs one comparison of two numbers more.
    """

    _unread = False

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: Any = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._crowd: Crowd | None = app_state.get(STATE)
        if self._crowd is not None:
            self._crowd.under_way = self.tasks

    def data_received(self, data: bytes) -> None:
        """Refuses a request that came whole, or reads on."""
        if len(self.tasks) < crowd.MOST or not self._refuse_unread(data):
            super().data_received(data)
            if self._unread is not self._lacks_body():
                self._count_unread(lacking=not self._unread)

    def on_response_complete(self) -> None:
        """Counts a body no more whose request is answered."""
        self._count_unread(lacking=False)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Counts a body no more that will never be whole."""
        self._count_unread(lacking=False)
        super().connection_lost(exc)

    def _lacks_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete

    def _count_unread(self, *, lacking: bool) -> None:
        if self._crowd is not None and self._unread is not lacking:
            self._unread = lacking
            self._crowd.unread += 1 if lacking else -1

    def _refuse_unread(self, data: bytes) -> bool:
        if self._crowd is None or not self._between_requests():
            return False
        if not self._crowd.refuses():
            return False
        request = _skimmed(data)
        if request is None or _is_served_always(request.url):
            return False
        self.transport.write(_written(self._crowd, request, self.server_state.default_headers))
        self._head_came()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        return True

    def _between_requests(self) -> bool:
        """Tells whether the next byte is a request's first, and the one before is answered."""
        if self._reading_head:
            return False
        return self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Begins with a request that could not be refused unread; refuses it now, or serves it."""
        if (
            len(self.tasks) >= crowd.MOST
            and self._crowd is not None
            and self._crowd.refuses()
            and not _is_served_always(cycle.scope["raw_path"])
        ):
            app = _refusing(self._crowd)
        super()._start_asgi_task(cycle, app)


class _Skimmed:
    """What a refusal must know of a request."""

    def __init__(self) -> None:
        self.url, self.messages = b"", 0
        self.request_id: bytes | None = None
        self.accept_language: bytes | None = None

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        match name.lower():
            case b"x-request-id":
                self.request_id = value
            case b"accept-language":
                self.accept_language = value

    def on_message_complete(self) -> None:
        self.messages += 1


def _skimmed(data: bytes) -> _Skimmed | None:
    """Answers the one whole request the bytes are, None when they are not just that."""
    request = _Skimmed()
    parser = httptools.HttpRequestParser(request)
    try:
        parser.feed_data(data)
        plain = request.messages == 1 and parser.should_keep_alive()
        # The body of an answer to HEAD would pass for the next answer.
        return request if plain and parser.get_method() != b"HEAD" else None
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None


def _is_served_always(url: bytes) -> bool:
    path = url.partition(b"?")[0]
    return path in _OPERATORS or path.startswith(_PUSHES)


def _told(told: bytes | None) -> str | None:
    return None if told is None else told.decode("latin-1")


def _request_id(here: Crowd, shown: bytes | None) -> bytes:
    text = _told(shown)
    return (text if text and SAFE_ID.fullmatch(text) else here.ids.new_id()).encode("ascii")


def _written(here: Crowd, request: _Skimmed, default: list[tuple[bytes, bytes]]) -> bytes:
    words = here.words(negotiate(_told(request.accept_language)))
    request_id = _request_id(here, request.request_id)
    body = words.body(request_id)
    date = b"".join([b"%s: %s\r\n" % header for header in default])
    own = b"x-request-id: %s\r\ncontent-length: %d\r\n\r\n" % (request_id, len(body))
    return b"".join((_STATUS, date, words.lines, own, body))


def _refusing(here: Crowd) -> ASGI3Application:
    async def refuse(scope: Scope, _receive: Receive, send: Send) -> None:
        shown = dict(scope["headers"])
        words = here.words(negotiate(_told(shown.get(b"accept-language"))))
        request_id = _request_id(here, shown.get(b"x-request-id"))
        body = words.body(request_id)
        headers = [
            *words.headers,
            (b"x-request-id", request_id),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return cast("ASGI3Application", refuse)
