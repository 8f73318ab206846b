"""The script of failures, at the level of HTTP and of ASGI."""

import asyncio
import json

import httpx
import pytest

from wxlogin.simulator import App, create_app

LOGIN = "jscode2session"


async def test_errcode_refuses_before_anything_happens(sim):
    """A scripted errcode carries its own words and a rid, and the code stays good."""
    await sim.control("faults", api=LOGIN, kind="errcode", errcode=-1)
    code = await sim.code()
    refused = await sim.redeem(code)

    assert refused["errcode"] == -1
    assert refused["errmsg"].startswith("system error, rid: ")
    assert "openid" in await sim.redeem(code)


async def test_errcode_after_the_act(sim):
    """With act the code is spent although the answer refuses."""
    await sim.control("faults", api=LOGIN, kind="errcode", errcode=-1, act=True)
    code = await sim.code()

    assert (await sim.redeem(code))["errcode"] == -1
    assert (await sim.redeem(code))["errcode"] == 40163


async def test_ip_refusal_names_the_callers_ip(sim):
    """40164 carries the caller's address, and the hint of the token APIs."""
    await sim.control("faults", api="stable_token", kind="errcode", errcode=40164)

    assert (await sim.stable_token())["errmsg"].startswith(
        "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist hint: ["
    )


async def test_after_and_times(sim):
    """A fault lets `after` calls through and spoils `times`; null spoils all that follow."""
    await sim.control("faults", api=LOGIN, kind="errcode", errcode=45011, after=2, times=2)
    seen = [(await sim.login()).get("errcode") for _ in range(5)]
    await sim.control("faults", api=LOGIN, kind="errcode", errcode=45009, times=None)
    endless = {(await sim.login()).get("errcode") for _ in range(5)}

    assert seen == [None, None, 45011, 45011, None]
    assert endless == {45009}


async def test_faults_are_for_their_api(sim):
    """A fault spoils its own API only; one without api spoils any."""
    await sim.control("faults", api="token", kind="errcode", errcode=-1)
    await sim.login()
    listed = (await sim.look("faults"))["faults"]
    await sim.control("faults", kind="errcode", errcode=50007)

    assert (listed[0]["seen"], listed[0]["fired"]) == (0, 0)
    assert (await sim.stable_token())["errcode"] == 50007


async def test_faults_can_be_cleared(sim):
    """DELETE strikes all faults."""
    await sim.control("faults", faults=[{"kind": "html"}, {"kind": "empty"}])
    cleared = (await sim.http.delete("/_sim/faults")).json()

    assert cleared == {"faults": []}
    assert "openid" in await sim.login()


async def test_delay_comes_after_the_act(sim):
    """A delayed answer took effect on arrival: the code is spent before the wait."""
    await sim.control("faults", api=LOGIN, kind="delay", seconds=30)
    code = await sim.code()

    assert "openid" in await sim.redeem(code)
    assert sim.paused == [30]
    assert (await sim.redeem(code))["errcode"] == 40163
    assert sim.paused == [30]


async def test_delay_before_the_act():
    """Without act the wait comes first, and who redeems the code meanwhile has it."""
    meanwhile = []

    async def pause(_):
        meanwhile.append((await http.get(path)).json())

    transport = httpx.ASGITransport(create_app(apps=[App("wxa", "s")], pause=pause))
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:
        minted = await http.post("/_sim/codes", json={"appid": "wxa", "user": "ming"})
        query = f"appid=wxa&secret=s&grant_type=authorization_code&js_code={minted.json()['code']}"
        path = f"/sns/jscode2session?{query}"
        fault = {"kind": "delay", "seconds": 1, "act": False}
        await http.post("/_sim/faults", json=fault)
        delayed = (await http.get(path)).json()

    assert "openid" in meanwhile[0]
    assert delayed["errcode"] == 40163


async def test_late_refusal(sim):
    """Any kind may be late: two seconds, then -1."""
    await sim.control("faults", api=LOGIN, kind="errcode", errcode=-1, seconds=2)

    assert (await sim.login())["errcode"] == -1
    assert sim.paused == [2]


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "body"),
    [
        ("http_status", 502, "text/html", "502"),
        ("html", 200, "text/html", "<html>"),
        ("empty", 200, "text/plain", ""),
    ],
)
async def test_answers_that_are_not_json(sim, kind, status, content_type, body):
    """Gateway pages and empty bodies come before anything happened."""
    await sim.control("faults", api=LOGIN, kind=kind)
    code = await sim.code()
    answer = await sim.redeem_raw(code)

    assert (answer.status_code, answer.headers["content-type"]) == (status, content_type)
    assert body in answer.text
    assert len(answer.text) > 0 or kind == "empty"
    assert "openid" in await sim.redeem(code)


async def test_spoilt_json_after_the_act(sim):
    """Truncated JSON is not JSON, and the code is spent."""
    await sim.control("faults", api=LOGIN, kind="truncated_json")
    code = await sim.code()
    answer = await sim.redeem_raw(code)

    assert answer.text.startswith('{"session_key":"')
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert (await sim.redeem(code))["errcode"] == 40163


async def test_other_spellings_of_a_good_answer(sim):
    """errcode as text, no openid, escaped slashes, unknown fields and a BOM are all seen."""
    kinds = ["errcode_text", "missing_openid", "extra_fields", "bom"]
    await sim.control("faults", faults=[{"kind": kind} for kind in kinds])
    text, missing, extra, bom = [await sim.redeem_raw(await sim.code()) for _ in kinds]

    assert text.json()["errcode"] == "0"
    assert missing.json().keys() == {"session_key"}
    assert extra.json()["新字段"] == "值"
    assert bom.content.startswith(b"\xef\xbb\xbf{")


async def test_escaped_slashes(sim):
    """Every slash of the body has a backslash before it, and JSON reads it all the same."""
    await sim.control("faults", api=LOGIN, kind="escaped_slashes", times=None)
    seen = []
    while not any("/" in answer.json()["session_key"] for answer in seen):
        seen.append(await sim.redeem_raw(await sim.code()))
        await sim.control("clock", advance=700)

    assert seen[-1].text.count("\\/") == seen[-1].text.count("/")


async def test_errcode_as_text(sim):
    """A refusal can carry its errcode as a string."""
    await sim.control("faults", api=LOGIN, kind="errcode_text", errcode=40029)

    assert (await sim.login())["errcode"] == "40029"


@pytest.mark.parametrize(("kind", "spent"), [("reset", False), ("lost_answer", True)])
@pytest.mark.parametrize("how", ["drop", "hang"])
async def test_answer_that_never_ends(kind, spent, how):
    """The head promises a body that never comes; only lost_answer spent the code.

    A hanging one says nothing at all until the client leaves.
    """
    app = create_app(apps=[App("wxa", "s")], seed="x")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:
        minted = await http.post("/_sim/codes", json={"appid": "wxa", "user": "ming"})
        query = f"appid=wxa&secret=s&grant_type=authorization_code&js_code={minted.json()['code']}"
        await http.post("/_sim/faults", json={"kind": kind, "how": how})
        said = await spoken(app, "/sns/jscode2session", query)
        again = (await http.get(f"/sns/jscode2session?{query}")).json()

    if how == "hang":
        assert said == []
    else:
        assert dict(said[0]["headers"])[b"content-length"] == b"512"
        assert said[1:] == [{"type": "http.response.body", "body": b"", "more_body": True}]
    assert ("openid" in again) is not spent


async def test_hanging_answer_is_broken_off_in_the_end():
    """A hanging connection is let go after its seconds, so that a server can stop."""
    app = create_app(apps=[App("wxa", "s")])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:
        fault = {"kind": "reset", "how": "hang", "seconds": 0.001}
        await http.post("/_sim/faults", json=fault)
    said = await spoken(app, "/sns/jscode2session", "", stays=True)

    assert [message["type"] for message in said] == ["http.response.start", "http.response.body"]


async def spoken(app, path, query, *, stays=False):
    """Speak ASGI to the app as a client that leaves after its request, unless it stays."""
    said = []
    waiting = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        if waiting:
            return waiting.pop()
        if stays:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message):
        said.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("sim", 80),
    }
    await app(scope, receive, send)
    return said
