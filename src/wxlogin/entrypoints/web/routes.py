"""The table of routes: what is served, in which order, and what the documentation says of it."""

from collections.abc import Iterable, Mapping

from wxlogin.domain.errors import NotFound
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.errors import MethodNotAllowed
from wxlogin.entrypoints.web.language import Both
from wxlogin.entrypoints.web.limits import OTHERS
from wxlogin.entrypoints.web.papers import Papers
from wxlogin.entrypoints.web.route import Route
from wxlogin.entrypoints.web.routes_for_others import FOR_OTHERS
from wxlogin.entrypoints.web.routes_for_people import FOR_PEOPLE
from wxlogin.entrypoints.web.wishes import Wishes

_DESCRIBED = (*FOR_PEOPLE, *FOR_OTHERS)
_PAPERS = Papers(_DESCRIBED)

ROUTES: tuple[Route, ...] = (*_DESCRIBED, *_PAPERS.routes)
"""All routes. A router that tries them in turn meets the busy ones first."""


async def _nothing_here(_call: Call, _wishes: Wishes) -> Answer:
    raise NotFound


NO_ROUTE = Route("*", "(none)", _nothing_here, Both("没有这个地址", "Nothing is here"), rule=OTHERS)
"""Answers whatever no other route does."""


def by_path(routes: Iterable[Route]) -> dict[str, dict[str, Route]]:
    """Answers the routes of each path and alias by method, paths in the order of the table."""
    table: dict[str, dict[str, Route]] = {}
    for route in routes:
        for path in (route.path, *route.aliases):
            table.setdefault(path, {})[route.method] = route
    return table


def wrong_method(table: Mapping[str, Route]) -> Route:
    """Answers the route of every method a path does not know."""
    allow = tuple({**table, "HEAD": None} if "GET" in table else table)

    async def refuse(_call: Call, _wishes: Wishes) -> Answer:
        raise MethodNotAllowed(allow)

    path = next(iter(table.values())).path
    return Route("*", path, refuse, Both("不支持的方法", "Methods this path does not know"))
