"""`wxlogin demo` and `wxlogin simulator`: everything at once, or the stand-in WeChat alone."""

import sys
from contextlib import ExitStack
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

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
from wxlogin.simulator import App, Rules
from wxlogin.simulator import create_app as create_simulator

APPID = "wxdec0de0000000001"
_SECRET = "secret-of-the-demo"  # noqa: S105 - known to the simulator next door and to nobody else
_PUSH_TOKEN, _PUSH_AES_KEY = "push-token-of-the-demo", "demo" * 10 + "key"
_VERDICT_SECONDS = 5  # so that a person sees a picture held, and then passed
_HOST = "127.0.0.1"
_PREVIEW = "demo/static/preview"


def simulator(port: int) -> None:
    """Runs the simulator; any appid and secret will do."""
    configure_logs(level="info", json=False)
    opened = open_socket(_HOST, port)
    config = configured(create_simulator(any_app=True))
    address = f"http://{_HOST}:{port}"
    server = Server(config, ready=lambda: _say(say("simulator ready", address=address)))
    run(lambda: serve_until_asked((server, opened)), config)


def demo(port: int, data_dir: str | None, *, content_check: bool = False) -> None:
    """Runs simulator, service and page until Ctrl-C."""
    configure_logs(level="warning", json=False)
    with ExitStack() as stack:
        ours = open_socket(_HOST, port)
        theirs = open_socket(_HOST, port + 1)
        folder = Path(data_dir or stack.enter_context(TemporaryDirectory(prefix="wxlogin-demo-")))
        pages = stack.enter_context(as_file(files("wxlogin.entrypoints") / _PREVIEW))
        settings = demo_settings(port, folder, content_check=content_check)
        app = service(prepared(settings), extra_routes=preview_routes(pages, port))
        known = App(
            APPID,
            _SECRET,
            open_account="demo",
            push_url=f"{settings.address}/wechat/push/{APPID}",
            push_token=_PUSH_TOKEN,
            push_aes_key=_PUSH_AES_KEY,
        )
        rules = Rules(verdict_seconds=_VERDICT_SECONDS)
        wechat = configured(create_simulator(apps=[known], any_app=True, rules=rules))
        kept = str(folder.resolve()) if data_dir else say("temporary")
        serving = configured(app)
        servers = (
            (Server(wechat), theirs),
            (Server(serving, ready=lambda: _say(_addresses(settings, port, kept))), ours),
        )
        run(lambda: serve_until_asked(*servers), serving)


def demo_settings(port: int, folder: Path, *, content_check: bool = False) -> Settings:
    """Answers the demo's own settings; nothing of the environment or a file gets in."""
    settings = Settings(
        apps=(KnownApp(APPID, _SECRET, _PUSH_TOKEN, _PUSH_AES_KEY),),
        env=Environment.DEVELOPMENT,
        host=_HOST,
        port=port,
        data_dir=folder,
        wechat_base_url=f"http://{_HOST}:{port + 1}",
        content_check=content_check,
    )
    return evolve(settings, issuer=settings.address)


def preview_routes(built: Path, port: int) -> tuple[BaseRoute, ...]:
    """Answers a route for each file of the built preview, its page at `/`."""
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": _policy(port),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }

    def route(file: Path) -> BaseRoute:
        async def show(_: Request) -> Response:
            return FileResponse(file, headers=headers)

        return Route("/" if file.name == "index.html" else f"/{file.name}", show)

    return tuple(route(file) for file in sorted(built.iterdir()))


def _policy(port: int) -> str:
    """Answers what the page may do: run its own files, and speak to service and simulator."""
    hosts = (_HOST, "localhost")
    ours = " ".join(f"http://{host}:{number}" for host in hosts for number in (port, port + 1))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            # Chosen pictures are blobs until they are uploaded.
            f"img-src 'self' blob: data: {ours}",
            f"connect-src 'self' {ours}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


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
