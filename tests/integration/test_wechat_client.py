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
from wxlogin.adapters.wechat.errcodes import CONTENT, MEDIA, PHONE
from wxlogin.domain.errors import CodeUsed, WeChatUnavailable
from wxlogin.domain.user import Phone
from wxlogin.simulator import App, create_app

SECRET, OTHER_SECRET = "a1" * 16, "b2" * 16
_NAMES = {
    "exchange": "jscode2session",
    "phone": PHONE.name,
    "check_nickname": CONTENT.name,
    "check_avatar": MEDIA.name,
}


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


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "lost_answer"},
        {"kind": "truncated_json"},
        {"kind": "empty"},
        {"kind": "html"},
        {"kind": "http_status", "status": 302},
        {"kind": "http_status", "status": 413},
        {"kind": "http_status", "status": 502},
        {"kind": "missing_openid"},
    ],
    ids=lambda fault: f"{fault['kind']}{fault.get('status', '')}",
)
async def test_a_broken_answer_is_never_asked_for_again(wechat, fault):
    """The code may be spent: one call, and the error says so."""
    code = await wechat.world.code("alice")
    await wechat.world.fault("jscode2session", **fault)

    with pytest.raises(WeChatUnavailable) as refusal:
        await wechat.api.exchange(APP, code)

    assert refusal.value.code_may_be_spent
    assert 1 == await wechat.world.calls("jscode2session")


@pytest.mark.parametrize("kind", ["bom", "escaped_slashes", "extra_fields", "errcode_text"])
async def test_what_is_only_odd_is_read(wechat, kind):
    """A success is one in whatever dress it comes."""
    await wechat.world.fault("jscode2session", kind=kind)

    assert await wechat.login("alice") == await wechat.login("alice")


async def test_busy_is_asked_again_with_the_same_code(wechat):
    """Two system errors in a row are ridden out."""
    await wechat.world.refuse("exchange", -1, 2)

    assert await wechat.login("alice")
    assert 3 == await wechat.world.calls("jscode2session")


async def test_a_code_lost_to_a_busy_wechat_is_used(wechat):
    """When WeChat spent the code and said "system error", a fresh code is due."""
    code = await wechat.world.code("alice")
    await wechat.world.fault("jscode2session", kind="errcode", errcode=-1, act=True)

    with pytest.raises(CodeUsed):
        await wechat.api.exchange(APP, code)


async def test_a_hanging_wechat_is_given_up_at_the_deadline(wechat):
    """Silence ends as WeChatUnavailable."""
    code = await wechat.world.code("alice")
    await wechat.world.fault("jscode2session", kind="lost_answer", how="hang")
    hasty = WeChatClient(
        apps={APP: SECRET},
        clock=wechat.world.clock,
        base_url=str(wechat.world.http.base_url),
        timeout=0.3,
    )

    with pytest.raises(WeChatUnavailable) as refusal:
        await hasty.exchange(APP, code)
    await hasty.close()

    assert refusal.value.code_may_be_spent


async def test_a_token_is_kept_for_the_next_question(wechat):
    """Phone and content share one access token, and a login asks for none."""
    alice = await wechat.login("alice")
    assert 0 == await wechat.world.calls("stable_token")

    await wechat.api.phone(alice, await wechat.world.phone_code("alice"))
    await wechat.api.check_nickname(alice, "小明")

    assert 1 == await wechat.world.calls("stable_token")


async def test_a_token_that_died_early_is_replaced(wechat):
    """WeChat's 40001 brings a new token and the answer."""
    alice = await wechat.login("alice")
    await wechat.api.check_nickname(alice, "小明")
    assert 200 == (await wechat.world.http.delete("/_sim/tokens")).status_code

    assert await wechat.api.phone(alice, await wechat.world.phone_code("alice"))
    assert 2 == await wechat.world.calls("stable_token")


async def test_tokens_outlive_their_time_by_renewal(wechat):
    """Past the life of the first token the next one is in use, without a refusal between."""
    for _ in range(4):
        alice = await wechat.login("alice")
        assert await wechat.api.check_nickname(alice, "小明")
        await wechat.world.advance(timedelta(minutes=59))

    assert 2 == await wechat.world.calls("stable_token")
    assert 4 == await wechat.world.calls("msg_sec_check")


async def test_a_country_code_may_be_a_number(wechat):
    """As WeChat's own example had it for years."""
    await wechat.world.control("rules", country_code_number=True)
    alice = await wechat.login("alice")
    code = await wechat.world.phone_code("alice", "91234567", "852")

    assert Phone("85291234567", "852") == await wechat.api.phone(alice, code)
