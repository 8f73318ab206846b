"""`wxlogin demo` as a process."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.deployment import WXLOGIN, kept_bytecode
from tests.servers.http import ServedProcess, serve_process
from tests.servers.ports import free_port


@contextmanager
def demo(port: int, folder: Path, *options: str, **more: str) -> Iterator[ServedProcess]:
    """Run it while the block runs, the simulator on the next port; `more` are variables."""
    args = [*WXLOGIN, "demo", "--port", str(port), *options]
    env = {"LC_ALL": "C.UTF-8", "TMPDIR": str(folder), **kept_bytecode(), **more}
    with serve_process(args, env, folder, f"http://127.0.0.1:{port}/healthz") as served:
        yield served


def free_pair() -> int:
    """Answer a port that is free together with the next."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port + 1)):
                return port
