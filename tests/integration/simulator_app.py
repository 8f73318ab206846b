"""The simulator as uvicorn serves it, by `--factory tests.integration.simulator_app:build`."""

from starlette.applications import Starlette

from wxlogin.simulator import App, create_app

APPID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"


def build() -> Starlette:
    """Answer a simulator that knows one app."""
    return create_app(apps=[App(APPID, SECRET)])
