"""Uvicorn, set up our way: sockets opened by us, no access log, and an orderly end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from wxlogin.entrypoints.cli.starting import leave
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.cli.whole import WholeProtocol

GRACE_SECONDS = 20
"""How long requests under way may take after a stop was asked for: WeChat's time and a bit."""
_KEEP_ALIVE_SECONDS = 65
"""Longer than the 60 s after which common proxies drop a connection, so that they drop it first."""
_BACKLOG = 2048


def open_socket(host: str, port: int) -> socket.socket:
    """Answers a listening socket, or says why there is none and leaves."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        opened = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError) as failure:  # a host name may be none that can be
        reason = getattr(failure, "strerror", None) or type(failure).__name__
        leave(say("port taken", host=host, port=port, reason=reason, other=_another(port)))
    opened.set_inheritable(True)
    return opened


def _another(port: int) -> int:
    step = 100
    return port + step if port + step <= 65535 else port - step  # noqa: PLR2004 - the last port


def configured(app: Any, **more: Any) -> uvicorn.Config:
    """Answers uvicorn's configuration for an app, or for the name of a function that makes it."""
    return uvicorn.Config(
        app,
        http=WholeProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        proxy_headers=False,  # the door itself reads X-Forwarded-For
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        **more,
    )


class Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it, and tells when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None] = lambda: None) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, and tells."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    def stop(self) -> None:
        """Lets what is under way finish; when asked again, stops waiting for it."""
        self.force_exit = self.should_exit
        self.should_exit = True


async def serve_until_asked(*served: tuple[Server, socket.socket]) -> None:
    """Serves until SIGINT or SIGTERM, or until one of the servers ends."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server, _ in served:
            server.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
    running = [asyncio.create_task(server.serve(sockets=[opened])) for server, opened in served]
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for server, _ in served:
        server.should_exit = True
    await asyncio.gather(*running)


def run(work: Callable[[], Any], config: uvicorn.Config) -> None:
    """Runs a coroutine function on the fast loop, where there is one."""
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(work())
