"""The simulator as one ASGI app: WeChat's addresses, and its own control side under /_sim."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from wxlogin.simulator import cgi_bin, sns, wxa
from wxlogin.simulator.ambient import Draws, wall_clock
from wxlogin.simulator.clock import WorldClock
from wxlogin.simulator.control import Act, Control, acts, obeyed
from wxlogin.simulator.door import Api, Call, Pause, endpoint
from wxlogin.simulator.people import App, People
from wxlogin.simulator.push_acts import Post, Pusher, post_for_real, push_acts
from wxlogin.simulator.refusals import Refusal
from wxlogin.simulator.rules import Rules
from wxlogin.simulator.verdicts import Verdicts
from wxlogin.simulator.world import World

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_APIS = (*sns.APIS, *cgi_bin.APIS, *wxa.APIS)
_FIRST_PERSONS = (("xiaoming", "小明"), ("xiaohong", "小红"), ("alice", "Alice"))


def create_app(
    *,
    apps: Sequence[App] = (),
    any_app: bool = False,
    clock: Callable[[], float] = wall_clock,
    pause: Pause = asyncio.sleep,
    seed: str | None = None,
    rules: Rules | None = None,
    post: Post = post_for_real,
) -> Starlette:
    """Build a stand-in WeChat that knows `apps`.

    Args:
        apps: the mini-programs, with their secrets.
        any_app: take in any other appid too, with the first secret it comes with.
        clock: seconds since 1970; `POST /_sim/clock` moves the simulated time away from it.
        pause: waits that many seconds, for delayed answers.
        seed: makes codes, keys and tokens the same in every run; None draws them at random.
        rules: lives, intervals and manners; `POST /_sim/rules` turns them later.
        post: sends what is pushed.
    """
    world = World.made(
        clock=WorldClock(clock),
        draws=Draws(seed),
        people=People(any_app, {app.appid: app for app in apps}),
        rules=rules or Rules(),
    )
    for user, nickname in _FIRST_PERSONS:
        world.people.put(user, nickname=nickname)
    pusher = Pusher(world, post)
    world.on_media.append(Verdicts(pusher, pause).expect)
    unknown = Api("unknown", "", _unknown_path)
    routes = [
        *(Route(api.path, endpoint(api, world, pause), methods=_METHODS) for api in _APIS),
        _control_side(world, pusher),
        Route("/", _to_page, methods=["GET"]),
        Route("/{path:path}", endpoint(unknown, world, pause), methods=_METHODS),
    ]
    return Starlette(routes=routes)


def _control_side(world: World, pusher: Pusher) -> Mount:
    control = Control(world, frozenset(api.name for api in _APIS))
    everything = {**acts(control), **push_acts(pusher)}
    page = files(__package__).joinpath("page.html").read_text("utf-8")

    async def show(request: Request) -> Response:
        del request
        return HTMLResponse(page)

    return Mount(
        "/_sim",
        routes=[
            Route("/", show, methods=["GET"]),
            *(
                Route(path, _obeying(by_method), methods=_METHODS)
                for path, by_method in everything.items()
            ),
            Route("/{path:path}", _no_such_act, methods=_METHODS),
        ],
        # A demo page on another port mints its codes here.
        middleware=[
            Middleware(
                CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
            )
        ],
    )


def _obeying(by_method: dict[str, Act]) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        return await obeyed(by_method, request)

    return serve


async def _no_such_act(request: Request) -> Response:
    message = f"nothing at {request.url.path}; GET /_sim/ shows what there is"
    return JSONResponse({"error": "not_found", "message": message}, 404)


async def _to_page(request: Request) -> Response:
    del request
    return RedirectResponse("/_sim/")


def _unknown_path(world: World, call: Call) -> dict[str, object]:
    del world, call
    raise Refusal(40066)
