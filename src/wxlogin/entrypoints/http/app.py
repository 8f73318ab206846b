"""create_app: the service as a Starlette application."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from wxlogin.entrypoints.http.endpoint import Carrier, Endpoint
from wxlogin.entrypoints.web.asker import TrustedProxies
from wxlogin.entrypoints.web.door import Door
from wxlogin.entrypoints.web.routes import NO_ROUTE, ROUTES, by_path
from wxlogin.entrypoints.web.wishes import Wishes


def create_app(
    wishes: Wishes,
    *,
    lifespan: Lifespan[Starlette] | None = None,
    trusted_proxies: Iterable[str] = (),
    extra_routes: Sequence[BaseRoute] = (),
    door: Callable[[Wishes], Door] = Door,
) -> Starlette:
    """Answers the app. `trusted_proxies` are addresses or networks whose X-Forwarded-For counts.

    `extra_routes` are served after ours and answer for themselves. `door` makes the door.
    """
    carrier = Carrier(door(wishes), TrustedProxies(trusted_proxies))
    served = {path: Endpoint(carrier, table) for path, table in by_path(ROUTES).items()}
    routes = [Route(path, endpoint) for path, endpoint in served.items()]
    app = _App(served, routes=[*routes, *extra_routes], lifespan=lifespan)
    app.router.redirect_slashes = False
    app.router.default = Endpoint(carrier, {}, otherwise=NO_ROUTE)
    return app


class _App(Starlette):
    """Starlette that finds a plain path at once, and whose error middlewares are left out.

    Both would cost each request more than our own rules do. The door answers every error itself,
    so nothing ever reaches them.
    """

    def __init__(self, served: Mapping[str, Endpoint], **options: Any) -> None:
        super().__init__(**options)
        self._served = served

    def build_middleware_stack(self) -> ASGIApp:
        """Answers the router, and nothing around it."""
        return self.router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves what the path names; what has no plain path is the router's business."""
        endpoint = self._served.get(scope["path"]) if scope["type"] == "http" else None
        await (endpoint or super().__call__)(scope, receive, send)
