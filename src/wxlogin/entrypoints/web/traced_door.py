"""TracedDoor: a door that tells of each request to a trace; built only where traces are wanted."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from attrs import field, frozen

from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.door import Door, ReadBody
from wxlogin.entrypoints.web.route import Route

Follow = Callable[[str, str, Mapping[str, str]], AbstractContextManager[Callable[[int], None]]]
"""Follows a request by method, route and headers while the block runs, and is told the status."""

_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines."""


@frozen
class TracedDoor(Door):
    """Answers as the door does."""

    follow: Follow = field(kw_only=True, repr=False)

    async def answer(self, route: Route, call: Call, read: ReadBody) -> Answer:
        """Answers a call to a route, as part of the trace that the caller's headers name."""
        if route.path in _QUIET:
            return await super().answer(route, call, read)
        with self.follow(call.method, route.path, call.headers) as tell:
            answer = await super().answer(route, call, read)
            tell(answer.status)
        return answer
