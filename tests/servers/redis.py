"""A real Redis."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from tests.servers.daemon import Daemon
from tests.servers.ports import free_port
from tests.servers.programs import program, unprivileged


class RedisServer:
    """A Redis of our own, reachable as ``url`` over loopback.

    ``durable``: every write is on disk before its answer; else nothing is ever written.
    """

    def __init__(self, *, durable: bool = False) -> None:
        names = ["redis-server", "valkey-server"]
        redis = program(names, title="Redis", package="redis-server")
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._daemon = Daemon("redis", unprivileged("redis"))
        self._command = [
            redis,
            *("--bind", "127.0.0.1"),
            *("--port", str(self._port)),
            *("--dir", str(self._daemon.folder)),
            *("--save", ""),
            *("--appendonly", "yes" if durable else "no"),
            *("--appendfsync", "always"),
        ]

    @classmethod
    @contextmanager
    def running(cls, *, durable: bool = False) -> Iterator[Self]:
        """Start a new, empty server, and leave nothing behind."""
        server = cls(durable=durable)
        try:
            server.restart()
            yield server
        finally:
            server.stop()
            server._daemon.remove()

    def restart(self) -> None:
        """Start again, after ``stop`` or ``kill9``; returns when it answers."""
        self._daemon.start(self._command, self._ready)

    def stop(self) -> None:
        """Stop in order."""
        self._daemon.stop(signal.SIGTERM)

    def kill9(self) -> None:
        """Kill without warning."""
        self._daemon.kill9()

    def _ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=5) as wire:
                wire.sendall(b"PING\r\n")
                return wire.recv(16).startswith(b"+PONG")
        except OSError:
            return False
