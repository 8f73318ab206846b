"""Fleet: the service's processes, each behind its own port, and the WeChat they ask."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import define, field

from tests.campaign.history import Call
from tests.campaign.town import APPIDS
from tests.servers.deployment import WXLOGIN, get, kept_bytecode
from tests.servers.http import ServedProcess, serve_process
from tests.servers.ports import free_port

WECHAT_SECONDS = 2.0
_ERROR = '"level":"error"'


@define(eq=False)
class Fleet:
    """The processes by place; a place that was killed can be started again."""

    folder: Path
    environ: Mapping[str, str]
    ports: tuple[int, ...]
    wechat: str
    complaints: list[str] = field(factory=list)
    _running: dict[int, tuple[ExitStack, ServedProcess]] = field(factory=dict)

    def start(self, place: int) -> None:
        """Starts the process of a place; returns when it answers."""
        stack, port = ExitStack(), self.ports[place]
        args = [*WXLOGIN, "serve", "--port", str(port)]
        url = f"http://127.0.0.1:{port}/healthz"
        served = stack.enter_context(
            serve_process(args, self.environ, self.folder, url, seconds=60)
        )
        self._running[place] = (stack, served)

    def kill(self, place: int) -> None:
        """Kills the process of a place without warning."""
        stack, served = self._running.pop(place)
        self.complaints += [line for line in served.log().splitlines() if _ERROR in line]
        stack.close()

    def kill_all(self) -> None:
        """Kills every process, whatever it is doing."""
        for place in tuple(self._running):
            self.kill(place)

    def calls(self) -> list[Call]:
        """Answers what WeChat was asked."""
        lines = get(f"{self.wechat}/record").text.split("\n")
        parts = [line.split(" ") for line in lines if line]
        return [Call(code, float(at), verdict) for code, at, verdict in parts]


@contextmanager
def fleet(
    database: str, *, size: int, faults: float, seed: int, redis: str | None = None
) -> Iterator[Fleet]:
    """Runs so many processes and their WeChat on an empty database while the block runs.

    Requests are limited where there is a Redis that counts them.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="wxlogin-campaign-")))
        wechat, ports = free_port(), tuple(free_port() for _ in range(size))
        args = [sys.executable, "-m", "tests.campaign.wechat", str(wechat), str(faults), str(seed)]
        root = Path(__file__).parents[2]
        url = f"http://127.0.0.1:{wechat}"
        stack.enter_context(serve_process(args, kept_bytecode(), root, url))
        environ = _environ(folder, database, url) | _limits(redis)
        subprocess.run(
            [*WXLOGIN, "migrate"],
            env={"PATH": "/usr/bin:/bin", **environ},
            cwd=folder,
            check=True,
            capture_output=True,
        )
        running = Fleet(folder, environ, ports, url)
        stack.callback(running.kill_all)
        with ThreadPoolExecutor() as hands:
            tuple(hands.map(running.start, range(size)))
        yield running


def _limits(redis: str | None) -> dict[str, str]:
    if redis is None:
        return {"WXLOGIN_RATE_LIMIT": "off"}
    return {"WXLOGIN_REDIS_URL": redis, "WXLOGIN_TRUSTED_PROXIES": "127.0.0.1"}


def _environ(folder: Path, database: str, wechat: str) -> dict[str, str]:
    apps = "".join(f'[[apps]]\nappid = "{appid}"\nsecret = "{"0" * 32}"\n' for appid in APPIDS)
    config = folder / "wxlogin.toml"
    config.write_text(apps, encoding="utf-8")
    return {
        "LC_ALL": "C.UTF-8",
        **kept_bytecode(),
        "WXLOGIN_ENV": "development",
        "WXLOGIN_ISSUER": "https://login.example.com",
        "WXLOGIN_CONFIG": str(config),
        "WXLOGIN_DATABASE_URL": database,
        "WXLOGIN_DATA_DIR": str(folder),
        "WXLOGIN_WECHAT_BASE_URL": wechat,
        "WXLOGIN_WECHAT_TIMEOUT": str(WECHAT_SECONDS),
        "WXLOGIN_LOG_FORMAT": "json",
        "WXLOGIN_LOG_LEVEL": "warning",
    }
