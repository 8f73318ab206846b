"""Carrying ASGI to the door and back: no framework objects on the way, for they cost."""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from attrs import field, frozen
from starlette.types import Receive, Scope, Send

from wxlogin.domain.errors import FieldProblem, InvalidRequest
from wxlogin.entrypoints.http.whole import EXTENSION, Whole
from wxlogin.entrypoints.web.asker import TrustedProxies
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.door import Door, ReadBody
from wxlogin.entrypoints.web.errors import PayloadTooLarge
from wxlogin.entrypoints.web.route import Route
from wxlogin.entrypoints.web.routes import wrong_method
from wxlogin.entrypoints.web.wire import BODY

_BODILESS = frozenset({204, 304})
_NONE: Mapping[str, Whole] = {}


@frozen
class Carrier:
    """Turns an ASGI request into a call, and an answer into ASGI messages."""

    door: Door
    proxies: TrustedProxies

    async def carry(self, route: Route, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        headers: dict[str, str] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        query = scope["query_string"]
        whole: Whole | None = (scope.get("extensions") or _NONE).get(EXTENSION)
        call = Call(
            method=scope["method"],
            path=scope["path"],
            headers=headers,
            query=dict(parse_qsl(query.decode("latin-1"))) if query else {},
            path_params=scope.get("path_params") or {},
            client=self._client(scope),
            request_id=self.door.request_id(headers.get("x-request-id")),
        )
        answer = await self.door.answer(route, call, _reader(headers, receive, whole))
        body = b"" if call.method == "HEAD" else answer.body
        if whole is None or not whole.answer(answer.status, head_of(answer), body):
            await _send(answer, body, send)

    def _client(self, scope: Scope) -> str:
        peer = scope.get("client")
        address = peer[0] if peer else ""
        if not self.proxies.networks:
            return address
        lines = [
            value.decode("latin-1")
            for name, value in scope["headers"]
            if name == b"x-forwarded-for"
        ]
        return self.proxies.client(address, lines)


@frozen(eq=False)
class Endpoint:
    """Serves one path: picks the route by method, HEAD as GET."""

    carrier: Carrier
    table: Mapping[str, Route]
    otherwise: Route | None = None
    _refusing: Route = field(init=False)

    @_refusing.default
    def _route_of_other_methods(self) -> Route:
        return self.otherwise or wrong_method(self.table)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request; closes a websocket, of which there is none here."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        route = self.table.get(method, self._refusing)
        await self.carrier.carry(route, scope, receive, send)


def _reader(headers: Mapping[str, str], receive: Receive, whole: Whole | None) -> ReadBody:
    async def read(most: int, seconds: float) -> bytes:
        body = None if whole is None else whole.body()
        if body is not None and len(body) <= most:
            return body
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > most:
            raise PayloadTooLarge
        try:
            async with asyncio.timeout(seconds):
                return await _collect(receive, most)
        except TimeoutError:
            raise InvalidRequest(FieldProblem(BODY, "too_slow")) from None

    return read


async def _collect(receive: Receive, most: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body") and len(body) <= most:
        return body  # the usual case: all in one piece
    pieces, size = [body], len(body)
    while True:
        if message["type"] != "http.request":
            raise InvalidRequest(FieldProblem(BODY, "incomplete"))
        if size > most:
            raise PayloadTooLarge
        if not message.get("more_body"):
            return b"".join(pieces)
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])


def head_of(answer: Answer) -> bytes:
    """Answers the header lines, of which none may end early and begin another."""
    lines = [f"{name}: {text}\r\n" for name, text in answer.headers.items()]
    if answer.status not in _BODILESS:
        lines.append(f"content-type: {answer.media_type}\r\n")
        lines.append(f"content-length: {len(answer.body)}\r\n")
    head = "".join(lines).encode("latin-1")
    if not head.count(b"\n") == head.count(b"\r") == len(lines):
        raise ValueError("a header holds a line end")
    return head


async def _send(answer: Answer, body: bytes, send: Send) -> None:
    headers = [
        (name.encode("latin-1"), text.encode("latin-1")) for name, text in answer.headers.items()
    ]
    if answer.status not in _BODILESS:
        headers += [
            (b"content-type", answer.media_type.encode("latin-1")),
            (b"content-length", b"%d" % len(answer.body)),
        ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
