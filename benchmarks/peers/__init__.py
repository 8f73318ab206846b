"""The services wxlogin is measured beside: how each is made, and how it is started."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import evolve, field, frozen
from tests.servers.http import serve_process
from tests.servers.ports import free_port

from benchmarks.bench import APPID, Running

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MADE = HERE.parent / ".made"
OURS, THEIRS = MADE / "wxlogin" / "bin", MADE / "peers" / "bin"


@frozen(eq=False)
class Peer:
    """A service: what it is called, where it lives, and its commands, `{port}` filled in."""

    name: str
    title: str
    serve: tuple[str | Path, ...]
    before: tuple[str | Path, ...] = ()
    folder: Path | None = None
    package: str = ""
    """The one whose version is told, as pip or npm calls it."""
    refreshes: bool = True
    slow: bool = False
    """It takes a millisecond and more, so fewer requests tell as much."""
    ours: bool = False
    python: Path | None = None
    """The interpreter its environment is made with, where that is not the one that measures."""
    environment: dict[str, str] = field(factory=dict)

    def begin(self, url: str, wechat: int, folder: Path) -> "Start":
        """Makes a database ready, and answers how to start on it beside a stand-in for WeChat."""
        port, address = free_port(), f"http://127.0.0.1:{wechat}"
        environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("WXLOGIN_")},
            "PORT": str(port), "DATABASE_URL": url, "WECHAT_URL": address, "NODE_ENV": "production",
            "WXLOGIN_DATABASE_URL": url, "WXLOGIN_DATA_DIR": str(folder),
            "WXLOGIN_WECHAT_BASE_URL": address, **self.environment,
        }  # fmt: skip
        home = self.folder or folder
        if self.before:
            made = subprocess.run(
                self.before, env=environment, cwd=home, capture_output=True, text=True, check=False
            )
            if made.returncode:
                raise SystemExit(f"{self.name}: {made.stderr}")
        return Start([str(part).format(port=port) for part in self.serve], environment, home, port)


@frozen
class Start:
    """All it takes to start a service, as often as one likes."""

    command: list[str]
    environment: dict[str, str] = field(repr=False)
    home: Path
    port: int

    @contextmanager
    def running(self, wechat: int) -> Iterator[Running]:
        """Runs it."""
        ready = f"http://127.0.0.1:{self.port}/healthz"
        with serve_process(self.command, self.environment, self.home, ready) as running:
            yield Running(running.pid, self.port, self.environment, wechat, running.log)


WXLOGIN = Peer(
    "wxlogin", "wxlogin",
    (OURS / "python", "-m", "wxlogin", "serve", "--port", "{port}"),
    (OURS / "python", "-m", "wxlogin", "migrate"),
    ours=True,
    environment={
        "WXLOGIN_ENV": "development", "WXLOGIN_APPID": APPID, "WXLOGIN_RATE_LIMIT": "off",
        "WXLOGIN_LOG_FORMAT": "json", "WXLOGIN_APPSECRET": "0" * 32,
        "PYTHONPATH": str(ROOT / "src"),
    },
)  # fmt: skip
FASTIFY = Peer(
    "fastify", "Fastify + pg + fast-jwt, by hand", ("node", "server.mjs"),
    folder=HERE / "fastify", package="fastify",
)  # fmt: skip
FASTIFY_CACHE = evolve(
    FASTIFY, name="fastify-cache", title="Fastify by hand, verified tokens cached",
    environment={"JWT_CACHE": "on"},
)  # fmt: skip
GO = Peer("go", "Go net/http + pgx, by hand", (MADE / "go-peer",), folder=HERE / "go")
BETTER_AUTH = Peer(
    "better-auth", "better-auth", ("node", "server.mjs"),
    folder=HERE / "better_auth", package="better-auth", slow=True,
)  # fmt: skip
FASTAPI_USERS = Peer(
    "fastapi-users", "fastapi-users",
    (THEIRS / "uvicorn", "app:app", "--port", "{port}", "--no-access-log"),
    folder=HERE / "fastapi_users", package="fastapi-users", refreshes=False, slow=True,
)  # fmt: skip
DRF = Peer(
    "drf", "Django REST + simplejwt",
    (
        THEIRS / "gunicorn", "wsgi", "--bind", "127.0.0.1:{port}", "--workers", "1",
        "--worker-class", "gthread", "--threads", "8", "--keep-alive", "65", "--no-control-socket",
    ),
    (THEIRS / "django-admin", "migrate", "--run-syncdb", "--verbosity", "0"),
    folder=HERE / "drf", package="djangorestframework", slow=True,
    environment={"DJANGO_SETTINGS_MODULE": "project_settings", "PYTHONPATH": str(HERE / "drf")},
)  # fmt: skip
PEERS = (WXLOGIN, FASTIFY, FASTIFY_CACHE, GO, BETTER_AUTH, FASTAPI_USERS, DRF)
_GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}
"""Where Debian's golang-github-jackc-pgx-v4-dev puts what it holds."""


def on(python: Path) -> Peer:
    """Answers wxlogin once more, on another interpreter."""
    folder = MADE / f"wxlogin{str(python).replace('/', '-')}" / "bin"
    return evolve(
        WXLOGIN,
        name="wxlogin-second", title="wxlogin on a second interpreter", python=python,
        serve=(folder / "python", *WXLOGIN.serve[1:]),
        before=(folder / "python", *WXLOGIN.before[1:]),
    )  # fmt: skip


def make(chosen: Sequence[Peer]) -> dict[str, str]:
    """Installs what the chosen ones need, once; answers why, of each that cannot be had."""
    missing: dict[str, str] = {}
    for peer in chosen:
        try:
            _make(peer)
        except (subprocess.CalledProcessError, OSError) as failure:
            wants = " (it wants golang-go and golang-github-jackc-pgx-v4-dev)" * (peer is GO)
            missing[peer.name] = f"cannot be installed here: {type(failure).__name__}{wants}"
    return missing


def _make(peer: Peer) -> None:
    if peer.serve[0] == "node":
        assert peer.folder
        lock = peer.folder / "package-lock.json"
        if _stale(peer.folder / "node_modules" / ".package-lock.json", lock):
            subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--silent"], cwd=peer.folder, check=True
            )
        return
    if peer is GO:
        MADE.mkdir(exist_ok=True)
        build = ["go", "build", "-o", MADE / "go-peer", "main.go"]
        subprocess.run(build, cwd=HERE / "go", env={**os.environ, **_GO}, check=True)
        return
    target = Path(peer.serve[0]).parents[1]
    lock, code = (
        (ROOT / "requirements" / "run.txt", ROOT / "src")
        if peer.ours
        else (HERE / "requirements.txt", HERE)
    )
    python, mark = target / "bin" / "python", target / "made"
    if _stale(mark, lock):
        made_by = peer.python or sys.executable
        subprocess.run([made_by, "-m", "venv", "--without-pip", target], check=True)
        pip = [sys.executable, "-m", "pip", "--python", python]
        install = [*pip, "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*install, "-r", lock], check=True)
        mark.touch()
    # As an installation does: where Python may not write bytecode, each start would compile.
    subprocess.run([python, "-m", "compileall", "-qq", "-x", "node_modules", code], check=True)


def _stale(made: Path, lock: Path) -> bool:
    return not made.exists() or made.stat().st_mtime < lock.stat().st_mtime


@contextmanager
def stand_in() -> Iterator[int]:
    """Runs the fake WeChat; gives its port."""
    with ExitStack() as stack:
        port = free_port()
        command = [sys.executable, HERE.parent / "fake_wechat.py", str(port)]
        ready = f"http://127.0.0.1:{port}/?js_code=x"
        stack.enter_context(serve_process(command, {}, HERE, ready))
        yield port
