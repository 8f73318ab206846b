"""`wxlogin demo` and `wxlogin simulator`: everything at once, or the stand-in WeChat alone."""

import sys
from contextlib import ExitStack
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from wxlogin.entrypoints.cli.listening import (
    Server,
    configured,
    open_socket,
    run,
    serve_until_asked,
)
from wxlogin.entrypoints.cli.logs import configure_logs
from wxlogin.entrypoints.cli.serving import prepared, service
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.settings import App as KnownApp
from wxlogin.entrypoints.settings import Environment, Settings
from wxlogin.simulator import App
from wxlogin.simulator import create_app as create_simulator

APPID = "wxdec0de0000000001"
_SECRET = "secret-of-the-demo"  # noqa: S105 - known to the simulator next door and to nobody else
_HOST = "127.0.0.1"


def simulator(port: int) -> None:
    """Runs the simulator; any appid and secret will do."""
    configure_logs(level="info", json=False)
    opened = open_socket(_HOST, port)
    config = configured(create_simulator(any_app=True))
    address = f"http://{_HOST}:{port}"
    server = Server(config, ready=lambda: _say(say("simulator ready", address=address)))
    run(lambda: serve_until_asked((server, opened)), config)


def demo(port: int, data_dir: str | None) -> None:
    """Runs simulator, service and page until Ctrl-C."""
    configure_logs(level="warning", json=False)
    with ExitStack() as stack:
        ours = open_socket(_HOST, port)
        theirs = open_socket(_HOST, port + 1)
        folder = Path(data_dir or stack.enter_context(TemporaryDirectory(prefix="wxlogin-demo-")))
        pages = stack.enter_context(as_file(files("wxlogin.entrypoints") / "demo"))
        settings = demo_settings(port, folder)
        app = service(prepared(settings), extra_routes=page_routes(pages))
        known = App(APPID, _SECRET, open_account="demo")
        wechat = configured(create_simulator(apps=[known], any_app=True))
        kept = str(folder.resolve()) if data_dir else say("temporary")
        serving = configured(app)
        servers = (
            (Server(wechat), theirs),
            (Server(serving, ready=lambda: _say(_addresses(settings, port, kept))), ours),
        )
        run(lambda: serve_until_asked(*servers), serving)


def demo_settings(port: int, folder: Path) -> Settings:
    """Answers the demo's own settings; nothing of the environment or a file gets in."""
    settings = Settings(
        apps=(KnownApp(APPID, _SECRET),),
        env=Environment.DEVELOPMENT,
        host=_HOST,
        port=port,
        data_dir=folder,
        wechat_base_url=f"http://{_HOST}:{port + 1}",
    )
    return evolve(settings, issuer=settings.address)


def page_routes(pages: Path) -> tuple[BaseRoute, ...]:
    """Answers the routes of the page for people at `/`, its parts below `/demo/`."""

    async def show(_: Request) -> Response:
        return FileResponse(pages / "index.html", headers={"cache-control": "no-cache"})

    return Route("/", show), Mount("/demo", StaticFiles(directory=pages))


def _addresses(settings: Settings, port: int, kept: str) -> str:
    return say(
        "demo ready",
        page=f"{settings.address}/",
        simulator=f"http://{_HOST}:{port + 1}/",
        data=kept,
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
