"""The guard's door in Starlette."""

import pytest
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from tests.contracts.guard_doors import (
    GuardDoorContract,
    asking,
    assert_challenge,
    assert_problem,
    bearer,
    opened,
)
from tests.unit.guard.issuer import ED, USER, FakeIssuer
from wxlogin.guard.starlette import GuardMiddleware, requires


@requires
async def needed(request):
    claims = request.state.wxlogin
    return JSONResponse({"sub": claims.sub, "sid": claims.sid})


@requires
def needed_in_a_thread(request):
    claims = request.state.wxlogin
    return JSONResponse({"sub": claims.sub, "sid": claims.sid})


async def optional(request):
    claims = request.state.wxlogin
    return JSONResponse({"sub": claims and claims.sub})


async def hello(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.state.wxlogin.sub)
    await websocket.close()


ROUTES = [
    Route("/needed", needed),
    Route("/needed-in-a-thread", needed_in_a_thread),
    Route("/optional", optional),
    WebSocketRoute("/socket", hello),
]


class TestStarlette(GuardDoorContract):
    bad_token_is_nobody = True

    def app(self, issuer, *, token_header=False):
        self.guard = issuer.following()
        options = {"guard": self.guard, "token_header": token_header}
        return Starlette(routes=ROUTES, middleware=[Middleware(GuardMiddleware, **options)])

    def poll(self):
        self.guard.refresh()


def closed(issuer: FakeIssuer) -> Starlette:
    middleware = [Middleware(GuardMiddleware, guard=issuer.guard(), required=True)]
    return Starlette(routes=ROUTES, middleware=middleware)


async def test_with_required_nothing_gets_past():
    """Every path wants a token then, known or not, and a good one finds its way."""
    async with asking(closed(FakeIssuer())) as client:
        for path in ("/optional", "/nowhere"):
            assert_problem(await client.get(path), 401, "token_missing")
        bad = await client.get("/optional", headers=bearer("a.b.c"))
        assert_problem(bad, 401, "token_invalid")
        assert_challenge(bad, "The access token is not valid")
        good = await client.get("/optional", headers=bearer(ED.token()))
        assert {"sub": USER} == good.json()


async def test_requires_without_the_middleware_is_said_at_once():
    """A door that would let everybody in cannot be built by forgetting a line."""
    app = Starlette(routes=ROUTES)
    async with asking(app) as client:
        with pytest.raises(RuntimeError, match="GuardMiddleware"):
            await client.get("/needed")


async def test_a_websocket_opens_with_a_good_token_only():
    """Refused ones are closed with 1008 before they open, or answered 401 where servers can."""
    app = closed(FakeIssuer())

    good = await opened(app, ED.token())
    assert ["websocket.accept", "websocket.send", "websocket.close"] == [m["type"] for m in good]
    assert USER == good[1]["text"]
    (refused,) = await opened(app, None)
    assert ("websocket.close", 1008, "token_missing") == (
        refused["type"], refused["code"], refused["reason"],
    )  # fmt: skip
    denied = await opened(app, "a.b.c", {"websocket.http.response": {}})
    assert 401 == denied[0]["status"]


@requires
async def greeted(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.state.wxlogin.sub)
    await websocket.close()


class Orders(HTTPEndpoint):
    @requires
    async def get(self, request):
        return JSONResponse({"sub": request.state.wxlogin.sub})


def decorated(issuer: FakeIssuer) -> Starlette:
    routes = [WebSocketRoute("/socket", greeted), Route("/orders", Orders)]
    return Starlette(routes=routes, middleware=[Middleware(GuardMiddleware, guard=issuer.guard())])


async def test_requires_guards_a_websocket():
    """An endpoint of a WebSocket is reached with a good token; else it closes before it opens."""
    app = decorated(FakeIssuer())

    assert USER == (await opened(app, ED.token()))[1]["text"]
    for token, code in ((None, "token_missing"), ("a.b.c", "token_invalid")):
        (refused,) = await opened(app, token)
        assert ("websocket.close", 1008, code) == (
            refused["type"], refused["code"], refused["reason"],
        )  # fmt: skip


async def test_requires_guards_a_method():
    """The methods of an HTTPEndpoint may be guarded one by one."""
    async with asking(decorated(FakeIssuer())) as client:
        assert_problem(await client.get("/orders"), 401, "token_missing")
        good = await client.get("/orders", headers=bearer(ED.token()))
        assert {"sub": USER} == good.json()


async def test_a_lifespan_passes_untouched():
    """What is no request goes to the application as it came."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)

    await GuardMiddleware(app, FakeIssuer().guard(), required=True)(
        {"type": "lifespan"}, None, None
    )
    assert [{"type": "lifespan"}] == seen
