"""WeChatClient over real HTTP, under the contracts, against the simulator."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from attrs import define

from tests.contracts.people import APP, NOW, OTHER_APP
from tests.contracts.wechat import (
    ContentApiContract,
    PhoneApiContract,
    SessionApiContract,
    WeChat,
)
from tests.integration.served_in_thread import served_in_thread
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.wechat.client import WeChatClient
from wxlogin.adapters.wechat.errcodes import CONTENT, PHONE, SESSION
from wxlogin.domain.errors import CodeUsed, WeChatUnavailable
from wxlogin.domain.user import Phone
from wxlogin.simulator import App, create_app

SECRET, OTHER_SECRET = "a1" * 16, "b2" * 16
_NAMES = {"exchange": "jscode2session", "phone": PHONE.name, "check_nickname": CONTENT.name}


@define
class Simulated:
    """The simulator's control side; its clock and the client's are moved together."""

    http: httpx.AsyncClient
    clock: SetClock

    async def control(self, path, **body):
        answer = await self.http.post(f"/_sim/{path}", json=body)
        assert 200 == answer.status_code, answer.text
        return answer.json()

    async def code(self, person, appid=APP):
        return (await self.control("codes", appid=appid, user=person))["code"]

    async def phone_code(self, person, number="13800138000", country="86", appid=APP):
        phone = number if country == "86" else f"+{country} {number}"
        minted = await self.control("phone-codes", appid=appid, user=person, phone=phone)
        return minted["code"]

    async def bind(self, account):
        await self.control("bind", appid=APP, open_account=account)

    async def block(self, person):
        await self.control("users", user=person, blocked=True)

    async def refuse(self, method, errcode, times=1):
        await self.fault(_NAMES[method], kind="errcode", errcode=errcode, times=times)

    async def fault(self, api, **fault):
        await self.control("faults", api=api, **fault)

    async def advance(self, step: timedelta):
        self.clock.advance(step)
        await self.control("clock", advance=step.total_seconds())

    async def calls(self, api):
        return (await self.http.get("/_sim/counts")).json()[api]


@pytest.fixture
async def wechat() -> AsyncIterator[WeChat]:
    """A client and the simulator it speaks to; nothing has happened yet."""
    apps = [App(APP, SECRET), App(OTHER_APP, OTHER_SECRET)]
    app = create_app(apps=apps, clock=NOW.timestamp, seed="tests")
    clock = SetClock(NOW)
    with served_in_thread(app) as address:
        client = WeChatClient(
            apps={APP: SECRET, OTHER_APP: OTHER_SECRET},
            clock=clock,
            base_url=address,
            pauses=(0, 0),
        )
        async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
            yield WeChat(client, Simulated(http, clock))
        await client.close()


class TestWeChatSessionApi(SessionApiContract):
    pass


class TestWeChatPhoneApi(PhoneApiContract):
    pass


class TestWeChatContentApi(ContentApiContract):
    pass
