"""jscode2session and the codes it takes."""

import asyncio
import re
from base64 import b64decode

import httpx
import pytest

from wxlogin.simulator import SIMULATED_OPENID_PREFIX, App, create_app

APPID = "wx0123456789abcdef"
OTHER_APPID = "wxfedcba9876543210"
OTHER_SECRET = "fedcba9876543210fedcba9876543210"


async def test_success_looks_like_wechats(sim):
    """A code gives openid and session_key in text/plain, with no errcode and no unionid."""
    code = await sim.code()
    answer = await sim.redeem_raw(code)

    assert re.fullmatch(r"\d[0-9A-Za-z]{31}", code)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain"
    assert answer.json().keys() == {"openid", "session_key"}
    assert re.fullmatch(r"[A-Za-z0-9_-]{28}", answer.json()["openid"])
    assert answer.json()["openid"].startswith(SIMULATED_OPENID_PREFIX)
    assert len(b64decode(answer.json()["session_key"], validate=True)) == 16


async def test_code_is_single_use(sim):
    """The second redemption of a code is 40163, with HTTP 200 and a rid that begins with now."""
    code = await sim.code()
    await sim.redeem(code)
    answer = await sim.redeem_raw(code)

    assert answer.status_code == 200
    assert answer.json()["errcode"] == 40163
    assert re.fullmatch(
        r"code been used, rid: 6b49d200-[0-9a-f]{8}-[0-9a-f]{8}", answer.json()["errmsg"]
    )


async def test_parallel_redemptions_have_one_winner(sim):
    """Of twenty parallel redemptions of one code exactly one succeeds."""
    code = await sim.code()
    answers = await asyncio.gather(*(sim.redeem(code) for _ in range(20)))

    assert [40163] * 19 == [answer["errcode"] for answer in answers if "errcode" in answer]


@pytest.mark.parametrize(("age", "errcode"), [(299, None), (300, 40029)])
async def test_code_lives_five_minutes(sim, age, errcode):
    """A code is good for 300 seconds of simulated time and then 40029."""
    code = await sim.code()
    await sim.control("clock", advance=age)

    assert (await sim.redeem(code)).get("errcode") == errcode


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"appid": None}, 41002),
        ({"secret": None}, 41004),
        ({"js_code": None}, 41008),
        ({"js_code": ""}, 41008),
        ({"grant_type": "code"}, 40002),
        ({"grant_type": None}, 40002),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": OTHER_SECRET}, 40125),
        ({"appid": OTHER_APPID, "secret": OTHER_SECRET}, 40029),
    ],
)
async def test_wrong_request_does_not_spend_the_code(sim, wrong, errcode):
    """Every parameter and the secret are checked before the code is spent."""
    code = await sim.code()

    assert (await sim.redeem(**({"code": code} | wrong)))["errcode"] == errcode
    assert "openid" in await sim.redeem(code)


@pytest.mark.parametrize("code", ["the code is a mock one", "0" * 32, "' OR 1=1", "码"])
async def test_code_never_minted_is_invalid(sim, code):
    """Garbage, and the literal code of the DevTools' tourist mode, are 40029."""
    assert (await sim.redeem(code))["errcode"] == 40029


async def test_tourist_mode_mints_the_mock_code(sim):
    """In tourist mode wx.login answers the literal mock code."""
    minted = await sim.control("codes", appid=APPID, user="ming", mode="tourist")

    assert minted == {"code": "the code is a mock one"}


async def test_phone_code_is_no_login_code(sim):
    """A phone button's code at jscode2session is 40029."""
    assert (await sim.redeem(await sim.phone_code()))["errcode"] == 40029


async def test_later_login_leaves_earlier_codes_good(sim):
    """Two codes of one person can be open at once and are both good."""
    first, second = await sim.code(), await sim.code()

    assert "openid" in await sim.redeem(second)
    assert "openid" in await sim.redeem(first)


async def test_openid_is_per_app_and_outlives_a_restart(sim):
    """One person has one openid per app, the same in another simulator with another seed."""
    here = await sim.login()
    there = await sim.redeem(
        await sim.code(appid=OTHER_APPID), appid=OTHER_APPID, secret=OTHER_SECRET
    )
    again = create_app(apps=[App(APPID, "s")], seed="another")
    transport = httpx.ASGITransport(again)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:
        body = {"appid": APPID, "user": "ming"}
        code = (await http.post("/_sim/codes", json=body)).json()["code"]
        query = f"appid={APPID}&secret=s&js_code={code}&grant_type=authorization_code"
        restarted = (await http.get(f"/sns/jscode2session?{query}")).json()

    assert here["openid"] != there["openid"]
    assert here["openid"] == restarted["openid"]
    assert here["session_key"] != restarted["session_key"]
    assert here["openid"] != (await sim.login("hong"))["openid"]


async def test_unionid_comes_and_goes_with_the_binding(sim):
    """unionid is there only while the app is bound, and is one for all apps of the account."""
    await sim.control("bind", appid=APPID, open_account="group")
    await sim.control("bind", appid=OTHER_APPID, open_account="group")
    here = await sim.login()
    there = await sim.redeem(
        await sim.code(appid=OTHER_APPID), appid=OTHER_APPID, secret=OTHER_SECRET
    )
    await sim.control("bind", appid=APPID, open_account=None)

    assert re.fullmatch(r"oSIMU[A-Za-z0-9_-]{23}", here["unionid"])
    assert here["unionid"] == there["unionid"]
    assert "unionid" not in await sim.login()


async def test_blocked_person_is_intercepted(sim):
    """A person marked as blocked gets 40226, and the code is spent."""
    await sim.control("users", user="ming", blocked=True)
    code = await sim.code()

    assert (await sim.redeem(code))["errcode"] == 40226
    assert (await sim.redeem(code))["errcode"] == 40163


async def test_manners_seen_at_some_accounts(sim):
    """Rules turn on escaped slashes, errcode 0 and a stray expires_in in the success body."""
    await sim.control("rules", escape_slashes=True, errcode_zero=True, stray_expires_in=True)
    for _ in range(20):
        answer = await sim.redeem_raw(await sim.code())
        await sim.control("clock", advance=700)
        if "/" in answer.json()["session_key"]:
            break

    assert (0, 7200) == (answer.json()["errcode"], answer.json()["expires_in"])
    assert answer.text.count("\\/") == answer.text.count("/") > 0


async def test_lenient_simulator_takes_in_any_app():
    """With any_app the first secret an appid comes with becomes its secret."""
    transport = httpx.ASGITransport(create_app(any_app=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:
        body = {"appid": "wxnew", "user": "ming"}
        code = (await http.post("/_sim/codes", json=body)).json()["code"]
        path = "/sns/jscode2session?appid=wxnew&grant_type=authorization_code"
        first = await http.get(f"{path}&secret=mine&js_code={code}")
        second = await http.get(f"{path}&secret=other&js_code={code}")

    assert "openid" in first.json()
    assert second.json()["errcode"] == 40125
