"""A simulated WeChat in this process, with a clock that only the test moves."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from attrs import define, field

from wxlogin.simulator import App, create_app

APPID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
OTHER_APPID = "wxfedcba9876543210"
OTHER_SECRET = "fedcba9876543210fedcba9876543210"
START = 1_800_000_000.0

Json = dict[str, Any]


@define
class Sim:
    """What a test says to the simulator, in short words."""

    http: httpx.AsyncClient
    paused: list[float] = field(factory=list)

    async def control(self, path: str, **body: Any) -> Json:
        answer = await self.http.post(f"/_sim/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def look(self, path: str) -> Json:
        return (await self.http.get(f"/_sim/{path}")).json()

    async def code(self, user: str = "ming", appid: str = APPID) -> str:
        return (await self.control("codes", appid=appid, user=user))["code"]

    async def phone_code(self, user: str = "ming", **more: Any) -> str:
        return (await self.control("phone-codes", appid=APPID, user=user, **more))["code"]

    async def redeem(self, code: str | None, **more: str | None) -> Json:
        return (await self.redeem_raw(code, **more)).json()

    async def redeem_raw(self, code: str | None, **more: str | None) -> httpx.Response:
        query = {
            "appid": APPID,
            "secret": SECRET,
            "js_code": code,
            "grant_type": "authorization_code",
            **more,
        }
        sent = {name: value for name, value in query.items() if value is not None}
        return await self.http.get("/sns/jscode2session", params=sent)

    async def login(self, user: str = "ming") -> Json:
        return await self.redeem(await self.code(user))

    async def plain_token(self) -> Json:
        query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        return (await self.http.get("/cgi-bin/token", params=query)).json()

    async def stable_token(self, appid: str = APPID, secret: str = SECRET, **more: Any) -> Json:
        body = {"grant_type": "client_credential", "appid": appid, "secret": secret, **more}
        return (await self.http.post("/cgi-bin/stable_token", json=body)).json()

    async def token(self) -> str:
        return (await self.stable_token())["access_token"]

    async def api(self, path: str, token: str | None = None, **body: Any) -> Json:
        query = {"access_token": await self.token() if token is None else token}
        return (await self.http.post(path, params=query, json=body)).json()

    async def check(self, path: str, openid: str, session_key: str, **more: str) -> Json:
        """Ask a signed GET API, signing as "检验登录态" says."""
        signature = hmac.new(session_key.encode(), b"", hashlib.sha256).hexdigest()
        query = {
            "access_token": await self.token(),
            "openid": openid,
            "signature": signature,
            "sig_method": "hmac_sha256",
            **more,
        }
        return (await self.http.get(path, params=query)).json()


@pytest.fixture
async def sim() -> AsyncIterator[Sim]:
    """A WeChat that knows two apps, draws from a seed and stands still in time."""
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    app = create_app(
        apps=[App(APPID, SECRET), App(OTHER_APPID, OTHER_SECRET)],
        clock=lambda: START,
        pause=pause,
        seed="tests",
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:
        yield Sim(http, paused)
