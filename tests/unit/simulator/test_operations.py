"""Quotas, rids, addresses, and paths that are not there."""

import hashlib
import re

import pytest


async def test_minute_quota(sim):
    """Over the limit per minute the answer is 45011, until the next minute."""
    await sim.control("quota", api="jscode2session", per_minute=2)
    answers = [await sim.login() for _ in range(3)]
    await sim.control("clock", advance=60)

    assert [None, None, 45011] == [answer.get("errcode") for answer in answers]
    assert "openid" in await sim.login()


async def test_refused_by_quota_does_not_spend_the_code(sim):
    """A code refused for the quota is good in the next minute."""
    await sim.control("quota", api="jscode2session", per_minute=0)
    code = await sim.code()
    refused = await sim.redeem(code)
    await sim.control("quota", api="jscode2session")

    assert refused["errcode"] == 45011
    assert "openid" in await sim.redeem(code)


async def test_daily_quota_and_its_clearing(sim):
    """Over the daily limit the answer is 45009; clear_quota mends it ten times a month."""
    await sim.control("quota", api="getcallbackip", per_day=1)
    token = await sim.token()

    async def ask():
        query = {"access_token": token}
        return (await sim.http.get("/cgi-bin/getcallbackip", params=query)).json()

    async def clear():
        return (await sim.api("/cgi-bin/clear_quota", token, appid="wx0123456789abcdef"))["errcode"]

    assert (await ask())["ip_list"] == ["127.0.0.1"]
    assert (await ask())["errcode"] == 45009
    assert [await clear() for _ in range(11)] == [0] * 10 + [48006]
    assert "ip_list" in await ask()


async def test_quota_of_another_app_is_not_cleared(sim):
    """clear_quota for another app than the token's is 40013."""
    answer = await sim.api("/cgi-bin/clear_quota", appid="wxfedcba9876543210")

    assert answer["errcode"] == 40013


async def test_quota_is_the_apps_own(sim):
    """One app's calls do not use another's quota."""
    await sim.control("quota", api="stable_token", per_minute=1)
    await sim.stable_token()
    other = await sim.stable_token("wxfedcba9876543210", "fedcba9876543210fedcba9876543210")

    assert "access_token" in other
    assert (await sim.stable_token())["errcode"] == 45011


async def test_quota_can_be_asked_for(sim):
    """quota/get tells limit, use and rest of an API by its path."""
    await sim.control("quota", api="jscode2session", per_minute=9, per_day=5)
    await sim.login()
    answer = await sim.api("/cgi-bin/openapi/quota/get", cgi_path="/sns/jscode2session")

    assert answer["quota"] == {"daily_limit": 5, "used": 1, "remain": 4}
    assert answer["rate_limit"] == {"call_count": 9, "refresh_second": 60}


async def test_rid_can_be_looked_up(sim):
    """A rid tells for seven days what was refused, without a query string."""
    errmsg = (await sim.redeem("0" * 32))["errmsg"]
    rid = errmsg.rpartition(" ")[2]
    found = await sim.api("/cgi-bin/openapi/rid/get", rid=rid)
    await sim.control("clock", advance=7 * 86_400 + 1)
    late = await sim.api("/cgi-bin/openapi/rid/get", rid=rid)

    assert found["request"]["request_url"] == "/sns/jscode2session"
    assert found["request"]["response_body"] == errmsg
    assert found["request"]["invoke_time"] == 1_800_000_000
    assert late["errcode"] == 76004


async def test_rid_of_another_app_is_not_told(sim):
    """A rid that belongs to another app's call is 76003."""
    rid = (await sim.redeem("0" * 32))["errmsg"].rpartition(" ")[2]
    other = await sim.stable_token("wxfedcba9876543210", "fedcba9876543210fedcba9876543210")
    answer = await sim.api("/cgi-bin/openapi/rid/get", other["access_token"], rid=rid)

    assert answer["errcode"] == 76003


@pytest.mark.parametrize(
    ("rid", "errcode"), [("x", 76002), (None, 76002), ("6b49d200-00000000-00000000", 76001)]
)
async def test_rid_of_nothing(sim, rid, errcode):
    """A malformed rid is 76002, an unknown one 76001."""
    assert (await sim.api("/cgi-bin/openapi/rid/get", rid=rid))["errcode"] == errcode


async def test_unknown_path_is_refused_as_wechat_does(sim):
    """A path that WeChat does not have is 40066 with HTTP 200."""
    answer = await sim.http.get("/sns/nothing")

    assert answer.status_code == 200
    assert answer.json()["errcode"] == 40066


async def test_log_is_masked(sim):
    """The log shows what happened, and neither code, secret, token nor session_key."""
    code = await sim.code()
    session = await sim.redeem(code)
    await sim.redeem(code)
    token = await sim.token()
    text = (await sim.http.get("/_sim/log")).text
    calls = (await sim.look("log"))["calls"]

    assert [("stable_token", 0), ("jscode2session", 40163), ("jscode2session", 0)] == [
        (call["api"], call["errcode"]) for call in calls
    ]
    assert calls[1]["code"] == f"{code[:6]}…"
    assert calls[0]["at"] == "2027-01-15T08:00:00.000Z"
    assert re.fullmatch(r"[0-9a-f-]{26}", calls[1]["rid"])
    for hidden in (code, token, session["session_key"], "0123456789abcdef0123456789abcdef"):
        assert hidden not in text


async def test_counts_tell_calls_and_codes(sim):
    """Counts tell the calls of each API, and how many calls brought each code."""
    code, phone_code = await sim.code(), await sim.phone_code()
    for _ in range(3):
        await sim.redeem(code)
    await sim.control("faults", api="jscode2session", kind="errcode", errcode=-1)
    await sim.redeem(code)
    await sim.api("/wxa/business/getuserphonenumber", code=phone_code)
    counts = await sim.look("counts")

    assert counts["jscode2session"] == 4
    assert counts["getuserphonenumber"] == 1
    assert counts["msg_sec_check"] == 0
    assert counts["codes"] == {
        hashlib.sha256(code.encode()).hexdigest(): 4,
        hashlib.sha256(phone_code.encode()).hexdigest(): 1,
    }
    await sim.http.delete("/_sim/counts")
    assert (await sim.look("counts"))["codes"] == {}
