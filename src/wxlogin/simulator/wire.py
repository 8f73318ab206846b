"""How an answer leaves: bytes and headers as WeChat sends them, or spoilt by a fault."""

import asyncio
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from wxlogin.simulator.faults import Fault

JSON_TYPE = "application/json; encoding=utf-8"
TEXT_TYPE = "text/plain"

_HTML = (
    "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n"
    "<center><h1>{status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_PROMISED = 512
_HANG_SECONDS = 60.0


class RawResponse(Response):
    """A response whose Content-Type is exactly the one given."""

    def __init__(self, body: bytes, content_type: str, status: int = 200) -> None:
        super().__init__(body, status, headers={"content-type": content_type})


class BrokenResponse(Response):
    """An answer that never comes to its end.

    ASGI has no way to cut a connection before the first byte: an app that returns silently is
    answered for with a 500. So the head goes out with a Content-Length that no body follows, and
    the server closes the connection on it; the client sees an answer cut off. With `hang` not even
    the head goes out until the client leaves or `seconds` are over.
    """

    def __init__(self, *, hang: bool, seconds: float) -> None:
        super().__init__()
        self.hang = hang
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI, and break off."""
        del scope
        if self.hang and await _left_within(receive, self.seconds):
            return
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % _PROMISED)]
        start: Message = {"type": "http.response.start", "status": 200, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": b"", "more_body": True})


async def _left_within(receive: Receive, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def encoded(payload: dict[str, Any], *, escape_slashes: bool) -> bytes:
    """Write JSON in raw UTF-8, slashes with a backslash before them where asked."""
    body = msgspec.json.encode(payload)
    return body.replace(b"/", b"\\/") if escape_slashes else body


def sent(
    payload: dict[str, Any],
    *,
    content_type: str,
    escape_slashes: bool,
    fault: Fault | None,
) -> Response:
    """Answer the response for a payload, spoilt as `fault` says."""
    if fault is None:
        return RawResponse(encoded(payload, escape_slashes=escape_slashes), content_type)
    match fault.kind:
        case "reset" | "lost_answer":
            seconds = fault.seconds or _HANG_SECONDS
            return BrokenResponse(hang=fault.how == "hang", seconds=seconds)
        case "http_status":
            page = _HTML.format(status=fault.status).encode()
            return RawResponse(page, "text/html", fault.status)
        case "html":
            return RawResponse(_HTML.format(status="WeChat").encode(), "text/html")
        case "empty":
            return RawResponse(b"", content_type)
        case kind:
            return _spoilt(kind, payload, content_type, escape_slashes=escape_slashes)


def _spoilt(
    kind: str, payload: dict[str, Any], content_type: str, *, escape_slashes: bool
) -> Response:
    if kind == "errcode_text":
        payload = {"errmsg": "ok", **payload, "errcode": str(payload.get("errcode", 0))}
    elif kind == "missing_openid":
        payload = {name: value for name, value in payload.items() if name != "openid"}
    elif kind == "extra_fields":
        payload = {**payload, "new_field": {"nested": [1, None]}, "新字段": "值"}
    body = encoded(payload, escape_slashes=escape_slashes or kind == "escaped_slashes")
    if kind == "truncated_json":
        body = body[: len(body) // 2]
    elif kind == "bom":
        body = b"\xef\xbb\xbf" + body
    return RawResponse(body, content_type)
