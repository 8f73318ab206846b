"""The door for Starlette, and for any ASGI application.

app.add_middleware(GuardMiddleware, guard=guard)

@requires
async def orders(request):
    claims = request.state.wxlogin
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from attrs import define, frozen
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from wxlogin.guard.claims import Claims, KeysUnavailable, Rejected
from wxlogin.guard.guard import Guard
from wxlogin.guard.refusal import Refusal, response_to, token_in

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_OUTCOME = "wxlogin_outcome"
_POLICY_VIOLATION = 1008


@frozen
class _Outcome:
    issuer: str
    refusal: Refusal | None


@define(eq=False)
class GuardMiddleware:
    """Sets `request.state.wxlogin`: the Claims of a good token, else None.

    With `required` nothing gets past it without a good token; without, `requires` says which
    endpoints need one. `token_header` lets the tutorial's `token: …` header count too. A
    WebSocket that is refused never opens.
    """

    app: ASGIApp
    guard: Guard
    required: bool = False
    token_header: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Looks at the token, once, and passes the request on or refuses it."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        claims, refusal = await self._judge(token_in(headers.get, token_header=self.token_header))
        if self.required and refusal is not None:
            await _refuse(refusal, self.guard.issuer, scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["wxlogin"] = claims
        state[_OUTCOME] = _Outcome(self.guard.issuer, refusal)
        await self.app(scope, receive, send)

    async def _judge(self, token: str | None) -> tuple[Claims | None, Refusal | None]:
        try:
            return await self.guard.acheck(token), None
        except (Rejected, KeysUnavailable) as refusal:
            return None, refusal


def requires(endpoint: Endpoint) -> Endpoint:
    """Lets an endpoint, async or not, be reached with a good token only; others get a 401.

    It may be a function or a method. A WebSocket closes before it opens.
    """
    if inspect.iscoroutinefunction(endpoint):

        @wraps(endpoint)
        async def guarded(*args: Any, **kwargs: Any) -> Any:
            connection = _connection(*args, **kwargs)
            outcome = _outcome(connection)
            if outcome.refusal is None:
                return await endpoint(*args, **kwargs)
            if isinstance(connection, WebSocket):
                return await connection.close(_POLICY_VIOLATION, outcome.refusal.code)
            return starlette_response(outcome.refusal, outcome.issuer, connection.headers)

    else:

        @wraps(endpoint)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            connection = _connection(*args, **kwargs)
            outcome = _outcome(connection)
            if outcome.refusal is None:
                return endpoint(*args, **kwargs)
            return starlette_response(outcome.refusal, outcome.issuer, connection.headers)

    return cast("Endpoint", guarded)


def _connection(*args: Any, **kwargs: Any) -> HTTPConnection:
    return next(each for each in (*args, *kwargs.values()) if isinstance(each, HTTPConnection))


def _outcome(connection: HTTPConnection) -> _Outcome:
    outcome = getattr(connection.state, _OUTCOME, None)
    if outcome is None:
        raise RuntimeError("requires needs GuardMiddleware on the application")
    return cast("_Outcome", outcome)


def starlette_response(refusal: Refusal, issuer: str, headers: Headers) -> Response:
    """Answers the response that says no, as Starlette sends it."""
    accepted = headers.get("accept-language")
    said = response_to(refusal, issuer=issuer, accept_language=accepted)
    return Response(said.body, said.status, dict(said.headers))


async def _refuse(
    refusal: Refusal, issuer: str, scope: Scope, receive: Receive, send: Send
) -> None:
    response = starlette_response(refusal, issuer, Headers(scope=scope))
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await response(scope, receive, send)
        return
    await receive()  # the request to open
    await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": refusal.code})
