"""The control side pushes messages, as WeChat would, to wherever a service listens."""

import json
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from tests.unit.simulator.conftest import APPID, SECRET, START
from wechatpy.crypto import WeChatCrypto

from wxlogin.simulator import App, create_app

URL = f"https://login.example.com/wechat/push/{APPID}"
TOKEN, AES_KEY = "token-of-the-test", "c" * 43


class Service:
    """Keeps what is pushed and answers what the test wants."""

    def __init__(self):
        self.got, self.answers = [], []

    async def post(self, url, sent):
        self.got.append((urlsplit(url), sent))
        answer = self.answers.pop(0) if self.answers else (200, "success")
        if isinstance(answer, Exception):
            raise answer
        if answer == "echo":
            return 200, dict(parse_qsl(urlsplit(url).query))["echostr"]
        return answer

    def query(self, at=-1):
        return dict(parse_qsl(self.got[at][0].query))


@pytest.fixture
def service():
    return Service()


@pytest.fixture
async def control(service):
    known = App(APPID, SECRET, push_url=URL, push_token=TOKEN, push_aes_key=AES_KEY)
    app = create_app(apps=[known], clock=lambda: START, seed="tests", post=service.post)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:

        async def ask(path, **body):
            return await http.post(f"/_sim/{path}", json={"appid": APPID, **body})

        yield ask


async def push(control, **body):
    answer = await control("push", **{"event": "debug_demo", "user": "ming", **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_safe_messages_are_opened_by_another_library(control, service):
    """Signature, encryption and appid are what wechatpy expects, in both formats."""
    for form in ("json", "xml"):
        told = await push(control, format=form)

        query, sent = service.query(), service.got[-1][1]
        assert ("aes", URL) == (
            query["encrypt_type"],
            service.got[-1][0].geturl().partition("?")[0],
        )
        body = sent.body.decode()
        encrypted = (
            json.loads(body)["Encrypt"]
            if form == "json"
            else body.partition("<Encrypt><![CDATA[")[2].partition("]]")[0]
        )
        envelope = f"<xml><ToUserName>x</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
        crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
        opened = crypto.decrypt_message(
            envelope, query["msg_signature"], query["timestamp"], query["nonce"]
        )
        opened = opened if isinstance(opened, str) else opened.decode()
        assert "hello world" in opened
        assert told["ok"]
        assert [{"status": 200, "body": "success"}] == told["answers"]


async def test_modes_show_what_they_promise(control, service):
    """Plain has no Encrypt, compatible has both, safe hides what is said."""
    seen = {}
    for mode in ("plain", "compatible", "safe"):
        await push(control, mode=mode, event="user_authorization_revoke", revoke_info="8,19")
        seen[mode] = json.loads(service.got[-1][1].body)

    assert "8,19" == seen["plain"]["RevokeInfo"] == seen["compatible"]["RevokeInfo"]
    assert "Encrypt" not in seen["plain"]
    assert seen["compatible"]["Encrypt"]
    assert {"ToUserName", "Encrypt"} == set(seen["safe"])


async def test_a_message_not_answered_well_is_sent_again(control, service):
    """Three times in all, the same bytes; a well answered one once."""
    service.answers = [(503, "later"), httpx.ReadTimeout("late"), (200, "success")]

    told = await push(control)

    assert [503, None, 200] == [each["status"] for each in told["answers"]]
    assert 1 == len({sent.body for _, sent in service.got})
    service.answers = [(500, "")] * 9
    assert 3 == len((await push(control))["answers"])
    service.answers = []
    assert 2 == len((await push(control, times=2))["answers"])


async def test_moments_follow_the_simulated_clock(control, service):
    """An age makes an old message, in the query and in itself."""
    told = await push(control, age=700)

    assert int(START) - 700 == told["message"]["CreateTime"] == int(service.query()["timestamp"])


async def test_the_address_is_checked_as_the_console_does(control, service):
    """It is well when the echostr comes back as it was."""
    service.answers = ["echo"]
    assert (await control("push-check")).json()["ok"]
    assert (await control("push-check")).json()["ok"] is False
    assert {"signature", "timestamp", "nonce", "echostr"} == set(service.query())


async def test_settings_are_filled_in_and_emptied(control):
    """Without a token nothing can be pushed, without a key nothing in safe mode."""
    await control("push-settings", url=URL, token="another", aes_key=None)

    assert (await push(control))["ok"]
    wrong = await control("push", event="debug_demo", user="ming", mode="safe")
    assert 400 == wrong.status_code
    assert "AES key" in wrong.json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "loud"}, {"format": "yaml"}, {"event": "a b"}, {"url": "ftp://x/"}, {"age": "old"},
        {"user": ""}, {"appid": "wxunknown0000000000"}, {"times": 1000}, {"fields": []},
    ],
)  # fmt: skip
async def test_a_wrong_wish_is_told(control, service, body):
    """Each says what is wrong, and nothing is sent."""
    answer = await control("push", **{"event": "debug_demo", "user": "ming", **body})

    assert answer.status_code in {400, 404}
    assert answer.json()["message"]
    assert [] == service.got


async def test_a_verdict_is_of_the_persons_newest_check_or_as_told(control, service):
    """A test says what WeChat found, or that it could not fetch the picture."""
    told = await push(control, event="wxa_media_check", suggest="risky", label=20002)
    failed = await push(control, event="wxa_media_check", trace_id="t1", errcode=-1008)
    wrong = await control("push", event="wxa_media_check", user="ming", suggest="maybe")

    assert {"suggest": "risky", "label": 20002} == told["message"]["result"]
    assert (-1008, "t1") == (failed["message"]["errcode"], failed["message"]["trace_id"])
    assert "result" not in failed["message"]
    assert 400 == wrong.status_code
