"""WeChat's message push over HTTP: verified, taken in, answered; whatever framework carries it."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.http_asking import AskedOverHttp, assert_problem
from tests.world import APPID, PUSH_AES_KEY, PUSH_TOKEN, SECOND_APPID, World
from wxlogin.entrypoints.web.limits import OTHERS
from wxlogin.simulator.pushing import FORMATS, MODES, Console, Letter, letter, signed

PLAIN, SAFE = f"/wechat/push/{APPID}", f"/wechat/push/{SECOND_APPID}"


def a_letter(
    world: World,
    appid: str = APPID,
    *,
    mode: str = "plain",
    form: str = "json",
    token: str = PUSH_TOKEN,
    key: str = PUSH_AES_KEY,
    sealed_for: str | None = None,
    age: int = 0,
    **told: Any,
) -> Letter:
    """Answer a message as WeChat would send it to an app."""
    moment = int(world.clock.now().timestamp()) - age
    usual = {
        "ToUserName": "gh_1",
        "FromUserName": "oWeChat",
        "CreateTime": moment,
        "MsgType": "event",
        "Event": "user_authorization_revoke",
        "OpenID": "oPerson",
        "AppID": appid,
        "RevokeInfo": "8",
    }
    console = Console(token, key, sealed_for or appid, "415670741", b"0123456789abcdef")
    return letter(usual | told, console, mode=mode, form=form, timestamp=str(moment))


async def post(client: httpx.AsyncClient, path: str, sent: Letter, **more: Any) -> httpx.Response:
    headers = {"content-type": sent.content_type, **more}
    return await client.post(f"{path}?{sent.query}", content=sent.body, headers=headers)


class PushOverHttp(AskedOverHttp):
    """Subclasses answer the ASGI app of their framework from `app(wishes)`."""

    async def test_wechats_question_is_answered_with_its_echo(self, client, world):
        """As it was, as text that no browser runs."""
        for path in (PLAIN, SAFE):
            query = {"timestamp": "1714036504", "nonce": "1514711492",
                     "signature": signed(PUSH_TOKEN, "1714036504", "1514711492"),
                     "echostr": "4375120948345356249"}  # fmt: skip
            answer = await client.get(path, params=query)

            assert (200, "4375120948345356249") == (answer.status_code, answer.text)
            assert answer.headers["content-type"].startswith("text/plain")
            assert "nosniff" == answer.headers["x-content-type-options"]

    async def test_somebody_elses_question_is_refused(self, client):
        """Another signature, none, no echostr, or one that is a page."""
        good = {"timestamp": "1", "nonce": "2", "signature": signed(PUSH_TOKEN, "1", "2"),
                "echostr": "3"}  # fmt: skip
        for wrong in (
            good | {"nonce": "3"}, good | {"signature": "0" * 40}, {}, good | {"echostr": ""},
            good | {"echostr": "<script> x"}, good | {"echostr": "1" * 257},
        ):  # fmt: skip
            assert_problem(await client.get(PLAIN, params=wrong), 400)

    @pytest.mark.parametrize("form", FORMATS)
    @pytest.mark.parametrize("mode", MODES)
    async def test_every_mode_and_format_is_taken_in(self, client, world, mode, form):
        """Answered with success, and stored; an app with a key wants what is encrypted."""
        path, appid = (PLAIN, APPID) if mode == "plain" else (SAFE, SECOND_APPID)
        sent = a_letter(world, appid, mode=mode, form=form)

        answer = await post(client, path, sent)

        assert (200, "success") == (answer.status_code, answer.text)
        (entry,) = await world.inbox.newest(9)
        assert (appid, "user_authorization_revoke") == (entry.appid, entry.kind)
        assert ("oPerson", {"8"}) == (entry.event.openid, entry.event.revoked)

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/octet-stream", "multipart/form-data"]
    )
    async def test_the_content_type_does_not_matter(self, client, world, kind):
        """WeChat's own has changed over the years; the body says what it is."""
        answer = await post(client, PLAIN, a_letter(world), **{"content-type": kind})

        assert (200, "success") == (answer.status_code, answer.text)

    async def test_where_a_key_is_set_plain_bodies_are_refused(self, client, world):
        """However well they are signed."""
        answer = await post(client, SAFE, a_letter(world, SECOND_APPID))

        assert_problem(answer, 400)
        assert [] == list(await world.inbox.newest(9))

    async def test_unknown_apps_and_apps_without_a_token_are_not_there(self, client, world):
        """GET and POST."""
        sent = a_letter(world, "wx9999999999999999")

        for appid in ("wx9999999999999999", "x", "%00"):
            assert_problem(await post(client, f"/wechat/push/{appid}", sent), 404, "not_found")
            assert_problem(await client.get(f"/wechat/push/{appid}"), 404, "not_found")

    async def test_late_and_repeated_events_are_acknowledged_and_ignored(self, client, world):
        """The sender is told success each time; one is stored."""
        for sent in (
            a_letter(world, age=601), a_letter(world), a_letter(world), a_letter(world, form="xml"),
        ):  # fmt: skip
            assert "success" == (await post(client, PLAIN, sent)).text

        assert 1 == len(await world.inbox.newest(9))

    async def test_all_refusals_look_the_same(self, client, world):
        """Forged, altered, of another key or app, plain, broken, no event: nothing is learnt."""
        good = a_letter(world, SECOND_APPID, mode="safe")
        flipped = good.body.replace(b'"Encrypt":"', b'"Encrypt":"A')
        wrong = [
            a_letter(world, SECOND_APPID, mode="safe", token="another"),
            a_letter(world, SECOND_APPID, mode="safe", key="x" * 43),
            a_letter(world, SECOND_APPID, mode="safe", sealed_for=APPID),
            a_letter(world, SECOND_APPID, mode="safe", Event="", MsgType=""),
            a_letter(world, SECOND_APPID),
            Letter(good.query, flipped, "application/json"),
            Letter(good.query, good.body[:-9], "application/json"),
            Letter(good.query, b"", "application/json"),
            Letter("", good.body, "application/json"),
            Letter(good.query.replace("msg_signature", "no_signature"), good.body, "text/xml"),
        ]

        answers = [await post(client, SAFE, each, **{"x-request-id": "same"}) for each in wrong]

        assert 1 == len({(each.status_code, each.content) for each in answers})
        assert_problem(answers[0], 400)
        assert ["signature"] == [each["field"] for each in answers[0].json()["errors"]]
        assert [] == list(await world.inbox.newest(9))

    async def test_a_body_too_large_is_refused(self, client, world):
        """Before anything is made of it."""
        sent = a_letter(world, more="x" * 70_000)

        assert_problem(await post(client, PLAIN, sent), 413, "payload_too_large")

    async def test_a_slow_store_is_told_in_time(self, world, monkeypatch):
        """WeChat waits five seconds and sends the message again; so it is told to."""
        waits = asyncio.Event()

        class Stuck:
            async def add(self, *_):
                await waits.wait()

        monkeypatch.setattr("wxlogin.entrypoints.web.handlers.pushed._SECONDS", 0.05)
        monkeypatch.setattr(World, "inbox", Stuck())
        async with self.client_of(world) as client:
            answer = await post(client, PLAIN, a_letter(world))

        assert_problem(answer, 503, "store_unavailable")

    async def test_others_cannot_use_up_wechats_turns(self):
        """What WeChat is refused three times it never sends again."""
        world = await World(limited=True).prepared()
        for _ in range(OTHERS.times):
            await world.limiter.hit(OTHERS, "127.0.0.1")
        async with self.client_of(world) as client:
            assert_problem(await client.get("/nothing"), 429, "rate_limited")
            assert "success" == (await post(client, PLAIN, a_letter(world))).text

    async def test_no_altered_query_gets_through(self, client, world):
        """Whatever sign of timestamp, nonce or signature is altered."""
        sent = a_letter(world, SECOND_APPID, mode="safe")
        query = dict(parse_qsl(sent.query))
        for name in ("timestamp", "nonce", "msg_signature"):
            for place in range(len(query[name])):
                text = query[name]
                other = "1" if text[place] != "1" else "2"
                altered = query | {name: text[:place] + other + text[place + 1 :]}
                answer = await client.post(SAFE, params=altered, content=sent.body)
                assert 400 == answer.status_code, (name, place)

        assert [] == list(await world.inbox.newest(9))

    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(body=st.binary(max_size=300), query=st.dictionaries(
        st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "echostr"]),
        st.text(max_size=20),
    ))  # fmt: skip
    async def test_nothing_strange_breaks_it(self, client, body, query):
        """Whatever is sent is refused with one problem."""
        for path in (PLAIN, SAFE):
            assert 400 == (await client.post(path, params=query, content=body)).status_code
            assert 400 == (await client.get(path, params=query)).status_code
