"""Verdicts on pictures come by themselves where the rules say how soon."""

import asyncio
import json

import httpx
import pytest
from tests.unit.simulator.conftest import APPID, SECRET, START

from wxlogin.simulator import App, Rules, create_app

PUSH_URL, PICTURE = f"https://login.example/wechat/push/{APPID}", "https://login.example/a.webp"


class World:
    """A WeChat, and everybody it can reach: a picture, and a service that is pushed to."""

    def __init__(self, **rules):
        self.found, self.fetched, self.paused = 200, [], []
        self.pushed = asyncio.Queue()
        known = App(APPID, SECRET, push_url=PUSH_URL, push_token="t")
        app = create_app(apps=[known], clock=lambda: START, seed="tests", post=self.post,
                         pause=self.pause, rules=Rules(**rules))  # fmt: skip
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sim")

    async def pause(self, seconds):
        self.paused.append(seconds)

    async def post(self, url, sent):
        if sent is None:
            self.fetched.append(url)
            if isinstance(self.found, Exception):
                raise self.found
            return self.found, "…"
        self.pushed.put_nowait(json.loads(sent.body))
        return 200, "success"

    async def told(self):
        """Answer the next message that is pushed."""
        async with asyncio.timeout(5):
            return await self.pushed.get()

    async def control(self, path, **body):
        answer = await self.http.post(f"/_sim/{path}", json={"appid": APPID, **body})
        return answer.json()

    async def ask(self, address=PICTURE):
        """Hand in a picture and answer its trace_id."""
        code = (await self.control("codes", user="ming"))["code"]
        mine = {"appid": APPID, "secret": SECRET, "grant_type": "client_credential"}
        seen = {**mine, "js_code": code, "grant_type": "authorization_code"}
        openid = (await self.http.get("/sns/jscode2session", params=seen)).json()["openid"]
        token = (await self.http.get("/cgi-bin/token", params=mine)).json()["access_token"]
        body = {"media_url": address, "media_type": 2, "version": 2, "scene": 1, "openid": openid}
        query = {"access_token": token}
        answer = await self.http.post("/wxa/media_check_async", params=query, json=body)
        return answer.json()["trace_id"]


@pytest.mark.parametrize(("verdict", "label"), [("pass", 100), ("review", 21000), ("risky", 20002)])
async def test_it_is_what_the_rules_say_after_as_long(verdict, label):
    """The picture is fetched first; a word in its address still counts more."""
    world = World(media_verdict=verdict, verdict_seconds=7)

    trace_id, told = await world.ask(), await world.told()
    await world.ask("https://login.example/review.webp")
    worded = await world.told()

    assert ("wxa_media_check", trace_id) == (told["Event"], told["trace_id"])
    assert {"suggest": verdict, "label": label} == told["result"]
    assert ([7, 7], PICTURE) == (world.paused, world.fetched[0])
    assert "review" == worded["result"]["suggest"]


@pytest.mark.parametrize("found", [404, httpx.ConnectError("nobody there")])
async def test_a_picture_that_cannot_be_fetched_has_no_verdict(found):
    """Errcode -1008 instead, as WeChat tells it."""
    world = World(verdict_seconds=0)
    world.found = found

    await world.ask()
    told = await world.told()

    assert -1008 == told["errcode"]
    assert "result" not in told


async def test_usually_it_waits_to_be_pushed_by_hand():
    """Then it is what was reached, or what the hand says, with a label that goes with it."""
    world = World()
    await world.ask()
    await asyncio.sleep(0)
    assert ([], True) == (world.fetched, world.pushed.empty())

    for more in ({}, {"suggest": "risky"}):
        await world.control("push", user="ming", event="wxa_media_check", **more)

    results = [(await world.told())["result"] for _ in range(2)]
    assert [{"suggest": "pass", "label": 100}, {"suggest": "risky", "label": 20002}] == results


async def test_an_unknown_verdict_is_no_rule():
    """It names those there are."""
    rules = {"media_verdict": "maybe"}
    refused = (await World().http.post("/_sim/rules", json=rules)).json()
    assert "pass, review, risky" in refused["message"]
