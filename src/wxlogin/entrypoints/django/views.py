"""Carrying a Django request to the door and back."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from wxlogin.domain.errors import FieldProblem, InvalidRequest
from wxlogin.entrypoints.django.house import house
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.door import ReadBody
from wxlogin.entrypoints.web.errors import PayloadTooLarge
from wxlogin.entrypoints.web.route import Route
from wxlogin.entrypoints.web.routes import wrong_method
from wxlogin.entrypoints.web.wire import BODY

_BODILESS = frozenset({204, 304})


class View:
    """Serves one path of the table: the route by method, HEAD as GET."""

    csrf_exempt = True  # callers show a token, never a cookie

    def __init__(self, table: Mapping[str, Route], otherwise: Route | None = None) -> None:
        self._table = table
        self._otherwise = otherwise or wrong_method(table)

    def __call__(self, request: HttpRequest, **path_params: str) -> HttpResponse:
        """Answers a request."""
        method = request.method or "GET"
        route = self._table.get("GET" if method == "HEAD" else method, self._otherwise)
        here = house()
        call = call_of(request, path_params)
        answer = here.run(here.door.answer(route, call, _reader(request)))
        return _response(answer, method)


def call_of(request: HttpRequest, path_params: Mapping[str, str] | None = None) -> Call:
    """Answers what a request asks."""
    here = house()
    headers = {name.lower(): value for name, value in request.headers.items()}
    forwarded = headers.get("x-forwarded-for")
    peer = request.META.get("REMOTE_ADDR", "")
    return Call(
        method=request.method or "GET",
        path=request.path,
        headers=headers,
        query=dict(request.GET.items()),
        path_params=path_params or {},
        client=here.proxies.client(peer, [forwarded] if forwarded else []),
        request_id=here.door.request_id(headers.get("x-request-id")),
    )


def _reader(request: HttpRequest) -> ReadBody:
    """Django's server has time-outs of its own, so only the size is bounded here."""

    async def read(most: int, _seconds: float) -> bytes:
        try:
            body: bytes = request.read(most + 1)
        except OSError:
            raise InvalidRequest(FieldProblem(BODY, "incomplete")) from None
        if len(body) > most:
            raise PayloadTooLarge
        return body

    return read


def _response(answer: Answer, method: str) -> HttpResponse:
    body = b"" if method == "HEAD" or answer.status in _BODILESS else answer.body
    response = HttpResponse(body, status=answer.status, content_type=answer.media_type)
    if answer.status in _BODILESS:
        del response["content-type"]
    else:
        response["content-length"] = str(len(answer.body))
    for name, text in answer.headers.items():
        response[name] = text
    return response
