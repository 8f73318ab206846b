"""Asking a door over HTTP: the app in the test's hands, and short ways to ask."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.world import APPID, ISSUER, SERVICE_TOKEN, World
from wxlogin.entrypoints.web.wishes import Wishes

SERVICE = {"authorization": f"Bearer {SERVICE_TOKEN}"}
NOBODYS_SID = "019ab3c2-8a44-7e01-a6f3-5c2b9d7e8f10"


class AskedOverHttp:
    """Subclasses answer the ASGI app of their framework."""

    def app(self, wishes: Wishes) -> Any:
        raise NotImplementedError

    @pytest.fixture
    async def world(self) -> World:
        return await World().prepared()

    @pytest.fixture
    async def client(self, world: World) -> AsyncIterator[httpx.AsyncClient]:
        async with self.client_of(world) as client:
            yield client

    def client_of(self, world: World) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app(world.wishes()))
        return httpx.AsyncClient(transport=transport, base_url=ISSUER)


def code(world: World, field: str = "code", person: str = "ming") -> dict[str, Any]:
    """Answers the body of a login by a fresh code of this person."""
    return {"appid": APPID, field: world.wechat.new_code(APPID, person)}


async def login(
    client: httpx.AsyncClient, world: World, person: str = "ming", **more: Any
) -> dict[str, Any]:
    """Logs a person in and answers the token set."""
    answer = await client.post("/v1/login", json={**code(world, person=person), **more})
    assert 200 == answer.status_code, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def refresh(client: httpx.AsyncClient, tokens: dict[str, Any]) -> httpx.Response:
    """Shows the refresh token of a token set."""
    return await client.post("/v1/token/refresh", json={"refresh_token": tokens["refresh_token"]})


async def upload(
    client: httpx.AsyncClient, headers: dict[str, str], picture: bytes
) -> httpx.Response:
    """Uploads an avatar as wx.uploadFile does."""
    files = {"avatar": ("tmp_1.png", picture, "image/png")}
    return await client.post("/v1/me/avatar", headers=headers, files=files)


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    """Answers the header that shows an access token."""
    return {"authorization": f"Bearer {tokens['access_token']}"}


def assert_problem(answer: httpx.Response, status: int, code: str = "invalid_request", **more):
    """Asserts that an answer is this problem, whole and with its id."""
    body = answer.json()
    assert (status, code) == (answer.status_code, body["code"]), body
    assert "application/problem+json" == answer.headers["content-type"]
    assert status == body["status"]
    assert body["type"].endswith(f"/docs#{code}")
    assert body["title"]
    assert body["detail"]
    assert answer.headers["x-request-id"] == body["request_id"]
    assert more == {name: body.get(name) for name in more}


def assert_ended(answer: httpx.Response, reason: str):
    """Asserts that a session is over, for this reason."""
    assert_problem(answer, 401, "session_ended", reason=reason)
