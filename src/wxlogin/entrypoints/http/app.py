"""create_app: the service as a Starlette application."""

from collections.abc import Iterable, Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

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
) -> Starlette:
    """Answers the app. `trusted_proxies` are addresses or networks whose X-Forwarded-For counts.

    `extra_routes` are served after ours and answer for themselves.
    """
    carrier = Carrier(Door(wishes), TrustedProxies(trusted_proxies))
    routes = [Route(path, Endpoint(carrier, table)) for path, table in by_path(ROUTES).items()]
    app = Starlette(routes=[*routes, *extra_routes], lifespan=lifespan)
    app.router.redirect_slashes = False
    app.router.default = Endpoint(carrier, {}, otherwise=NO_ROUTE)
    return app
