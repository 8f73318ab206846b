"""A whole deployment as real processes: a simulator, the service, and its operator's commands."""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

import httpx
from attrs import field, frozen

from tests.servers.http import ServedProcess, serve_process
from tests.servers.ports import free_port

APPID, SECRET = "wx0123456789abcdef", "secret-of-the-app-under-test"
WXLOGIN = [sys.executable, "-m", "wxlogin"]


@frozen
class Deployment:
    """One deployment in `folder`; `env` are its settings beyond what every test wants."""

    folder: Path
    env: Mapping[str, str] = field(factory=dict)
    port: int = field(factory=free_port)
    simulator_port: int = field(factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "LC_ALL": "C.UTF-8",
            **kept_bytecode(),
            "WXLOGIN_ENV": "development",
            "WXLOGIN_APPID": APPID,
            "WXLOGIN_APPSECRET": SECRET,
            "WXLOGIN_PORT": str(self.port),
            "WXLOGIN_WECHAT_BASE_URL": self.simulator_url,
            **self.env,
        }

    def simulator(self) -> AbstractContextManager[ServedProcess]:
        """Run the simulator while the block runs."""
        args = [*WXLOGIN, "simulator", "--port", str(self.simulator_port)]
        return serve_process(args, kept_bytecode(), self.folder, f"{self.simulator_url}/_sim/clock")

    def service(self, *options: str, **env: str) -> AbstractContextManager[ServedProcess]:
        """Run the service while the block runs."""
        args = [*WXLOGIN, "serve", *options]
        return serve_process(args, {**self.settings, **env}, self.folder, f"{self.url}/healthz")

    def command(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("WXLOGIN_")}
        return subprocess.run(
            [*WXLOGIN, *arguments],
            env={**inherited, **self.settings, **env},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def told(self, *arguments: str) -> Any:
        """Run a command with --json that must succeed, and answer what it told."""
        ran = self.command(*arguments, "--json")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout)

    def code(self, user: str = "xiaoming") -> str:
        """Answer a login code, as wx.login gives it."""
        minted = post(f"{self.simulator_url}/_sim/codes", {"appid": APPID, "user": user})
        assert minted.status_code == 200, minted.text
        return str(minted.json()["code"])

    def login(self, user: str = "xiaoming") -> dict[str, Any]:
        """Log a person in and answer the token set."""
        answer = post(f"{self.url}/v1/login", {"code": self.code(user)})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def me(self, token: str) -> httpx.Response:
        """Ask who a token belongs to."""
        return get(f"{self.url}/v1/me", token)


@cache
def kept_bytecode() -> Mapping[str, str]:
    """Let the many processes of a run share compiled modules: else each start costs seconds."""
    folder = TemporaryDirectory(prefix="wxlogin-bytecode-")
    atexit.register(folder.cleanup)
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder.name}


def get(url: str, token: str | None = None) -> httpx.Response:
    """Ask over a connection of its own."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    with httpx.Client(trust_env=False, timeout=30) as client:
        return client.get(url, headers=headers)


def post(url: str, body: object, token: str | None = None) -> httpx.Response:
    """Send JSON over a connection of its own."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    with httpx.Client(trust_env=False, timeout=30) as client:
        return client.post(url, json=body, headers=headers)


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 15) -> None:
    """Return as soon as a condition holds; fail when it does not come to hold."""
    deadline = monotonic() + seconds
    while not holds():
        if monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        sleep(0.05)


@contextmanager
def running(folder: Path, **env: str) -> Iterator[Deployment]:
    """Run simulator and service while the block runs."""
    deployment = Deployment(folder, env)
    with deployment.simulator(), deployment.service():
        yield deployment
