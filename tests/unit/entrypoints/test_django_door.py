"""The same wishes, kept in memory, through Django: not a line of the core knows the difference."""

import pytest
from django.core.handlers.asgi import ASGIHandler

from tests.contracts.http import HttpContract
from tests.contracts.http_asking import code
from tests.django_project import configure
from wxlogin.entrypoints.django import house


@pytest.fixture(scope="session", autouse=True)
def django_project():
    configure()


class TestDjangoDoor(HttpContract):
    def app(self, wishes):
        house.serve(wishes)
        return ASGIHandler()

    async def test_a_view_of_the_project_knows_who_asks(self, client, world):
        """`request.wxlogin_user` is the person behind a good token, and nobody otherwise."""
        body = code(world) | {"profile": {"nickname": "小明"}}
        token = (await client.post("/v1/login", json=body)).json()["access_token"]

        greeted = await client.get("/greeting", headers={"token": token})
        assert {"hello": "小明"} == greeted.json()
        assert {"hello": None} == (await client.get("/greeting")).json()
        await client.post("/v1/logout", headers={"token": token})
        assert {"hello": None} == (await client.get("/greeting", headers={"token": token})).json()
