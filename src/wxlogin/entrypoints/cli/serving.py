"""`wxlogin serve`: the service in one process or several."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from wxlogin.entrypoints.cli.crowded import STATE
from wxlogin.entrypoints.cli.listening import (
    Server,
    configured,
    open_socket,
    run,
    serve_until_asked,
)
from wxlogin.entrypoints.cli.logs import configure_logs
from wxlogin.entrypoints.cli.starting import leave_for, settings_or_leave
from wxlogin.entrypoints.cli.supervisor import Supervisor, let_ctrl_c_through
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.container import CannotStart, Container, close, lifespan, prepare
from wxlogin.entrypoints.container.tracing import trace
from wxlogin.entrypoints.http import create_app
from wxlogin.entrypoints.settings import Settings, hand_down
from wxlogin.entrypoints.web.door import Door
from wxlogin.entrypoints.web.traced_door import TracedDoor

_log = structlog.get_logger("wxlogin.serve")
_PARENT_SECONDS = 1.0
_HEALTH_SECONDS = 30
"""So long a worker may give no sign of life, and a new one may take to be ready for the old one."""


def serve(options: Mapping[str, str]) -> None:
    """Serves until asked to stop."""
    settings = settings_or_leave(options)
    configure_logs(level=settings.log_level, json=settings.logs_json)
    if settings.workers == 1:
        _serve_here(settings)
    else:
        _serve_in_workers(settings, options)


def service(
    container: Container,
    *,
    extra_routes: Sequence[BaseRoute] = (),
    watching: BaseProcess | None = None,
) -> Starlette:
    """Answers the app, alive from its lifespan's start to its end.

    `watching` is a process without which this one has no business.
    """
    tracing = trace(container)
    door = Door if tracing is None else partial(TracedDoor, follow=tracing.request)

    @asynccontextmanager
    async def living(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with lifespan(container):
            watch = None if watching is None else asyncio.create_task(_leave_with(watching))
            yield {STATE: container.crowd()}
            if watch is not None:
                watch.cancel()
        if tracing is not None:
            await tracing.close()

    return create_app(
        container.wishes(),
        lifespan=living,
        trusted_proxies=container.settings().trusted_proxies,
        extra_routes=extra_routes,
        door=door,
    )


def prepared(settings: Settings) -> Container:
    """Answers a container whose deployment is ready, or says what is not and leaves."""
    container = Container(settings=settings)

    async def once() -> None:
        try:
            await prepare(container)
        finally:
            await close(container)

    try:
        asyncio.run(once())
    except CannotStart as failure:
        leave_for(failure)
    return Container(settings=settings)


def worker() -> Starlette:
    """Answers the app of one worker process, from the environment it was given."""
    let_ctrl_c_through()  # the server, which calls this, knows by now what to do
    settings = settings_or_leave(warn=False)  # the parent did
    configure_logs(level=settings.log_level, json=settings.logs_json)
    return service(Container(settings=settings), watching=parent_process())


def _serve_here(settings: Settings) -> None:
    opened = open_socket(settings.host, settings.port)
    app = service(prepared(settings))
    config = configured(app)
    server = Server(config, ready=lambda: _tell_address(settings))
    run(lambda: serve_until_asked((server, opened)), config)


def _serve_in_workers(settings: Settings, options: Mapping[str, str]) -> None:
    if settings.redis_url is None and settings.rate_limit:
        _log.warning(say("limits per process", workers=settings.workers))
    opened = open_socket(settings.host, settings.port)
    prepared(settings)
    with tempfile.TemporaryDirectory(prefix="wxlogin-metrics-") as folder:
        hand_down({
            **{f"WXLOGIN_{name.upper()}": text for name, text in options.items()},
            # prometheus-client in the workers finds it here.
            "PROMETHEUS_MULTIPROC_DIR": folder,
        })  # fmt: skip
        config = configured(
            f"{__name__}:{worker.__name__}",
            factory=True,
            workers=settings.workers,
            timeout_worker_healthcheck=_HEALTH_SECONDS,
        )
        supervisor = Supervisor(config, sockets=[opened])
        _tell_address(settings)
        supervisor.run()


def _tell_address(settings: Settings) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{settings.port}"
    _log.info(say("listening", address=address), workers=settings.workers)


async def _leave_with(parent: BaseProcess) -> None:
    """Ends this worker when its parent was killed: nobody else could stop it, or use the port."""
    while True:
        await asyncio.sleep(_PARENT_SECONDS)
        if not parent.is_alive():
            os.kill(os.getpid(), signal.SIGTERM)
            return
