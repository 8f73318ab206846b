"""The Starlette door keeps the contract of doors."""

from tests.contracts.http import HttpContract
from wxlogin.entrypoints.http import create_app


class TestStarletteDoor(HttpContract):
    def app(self, wishes):
        return create_app(wishes)
