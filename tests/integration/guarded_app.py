"""A service beside wxlogin, behind the guard; uvicorn runs it by the factory `build`.

GUARDED_ISSUER, GUARDED_SERVICE_TOKEN and GUARDED_POLL_SECONDS set its guard.
"""

import os

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route

from wxlogin.guard import Guard
from wxlogin.guard.starlette import GuardMiddleware, requires


@requires
async def who(request):
    return JSONResponse({"sub": request.state.wxlogin.sub})


def build() -> Starlette:
    env = os.environ
    guard = Guard(
        issuer=env["GUARDED_ISSUER"],
        service_token=env["GUARDED_SERVICE_TOKEN"],
        poll_seconds=float(env["GUARDED_POLL_SECONDS"]),
    )

    async def age(_request):
        return JSONResponse({"feed_age": min(guard.age_seconds, 1e9)})

    return Starlette(
        routes=[Route("/who", who), Route("/age", age)],
        middleware=[Middleware(GuardMiddleware, guard=guard)],
    )
