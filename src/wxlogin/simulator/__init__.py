"""A stand-in WeChat: its server APIs over HTTP, with a control side for tests and for people.

`create_app` answers an ASGI app. It imports nothing else of wxlogin, so that it is an honest
witness for the client that is tested against it.
"""

from wxlogin.simulator.app import create_app
from wxlogin.simulator.people import SIMULATED_OPENID_PREFIX, SIMULATED_UNIONID_PREFIX, App
from wxlogin.simulator.rules import Rules

__all__ = [
    "SIMULATED_OPENID_PREFIX",
    "SIMULATED_UNIONID_PREFIX",
    "App",
    "Rules",
    "create_app",
]
