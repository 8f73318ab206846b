"""The exchange of a login code: what is asked, what is read, what is asked again."""

import asyncio
import gzip

import httpx
import pytest

from tests.contracts.people import APP
from tests.unit.adapters.scripted_wechat import (
    CODE,
    LOGIN,
    NEVER,
    OPENID,
    RID,
    SECRET,
    SESSION_KEY,
    refused,
    scripted,
)
from wxlogin.domain.errors import (
    AppMisconfigured,
    CodeInvalid,
    CodeUsed,
    LoginBlocked,
    WeChatQuotaExhausted,
    WeChatRateLimited,
    WeChatSaid,
    WeChatUnavailable,
)
from wxlogin.domain.ports.wechat import WeChatSession
from wxlogin.domain.user import Identity

SESSION = WeChatSession(Identity(APP, OPENID), SESSION_KEY)


async def test_it_asks_as_the_page_says():
    """GET with four parameters, no access token, and nothing packed wanted back."""
    client, script = scripted(LOGIN)

    assert SESSION == await client.exchange(APP, CODE)

    (request,) = script.requests
    assert ("GET", "/sns/jscode2session") == (request.method, request.url.path)
    assert {
        "appid": APP,
        "secret": SECRET,
        "js_code": CODE,
        "grant_type": "authorization_code",
    } == dict(request.url.params)
    assert ("wechat.test", "identity") == (
        request.headers["host"],
        request.headers["accept-encoding"],
    )
    assert b"" == request.content


async def test_nothing_is_opened_before_the_first_question():
    """Construction opens nothing, the first question opens once, closing closes once."""
    client, script = scripted(LOGIN)
    assert 0 == script.opened

    await client.exchange(APP, CODE)
    await client.exchange(APP, CODE)
    await client.close()
    await client.close()

    assert (1, 1) == (script.opened, script.closed)


async def test_after_closing_nothing_is_asked():
    """A straggler at shutdown is told to come back, with its code unspent."""
    client, script = scripted(LOGIN)
    await client.close()

    with pytest.raises(WeChatUnavailable) as refusal:
        await client.exchange(APP, CODE)

    assert (False, 0) == (refusal.value.code_may_be_spent, script.opened)


@pytest.mark.parametrize(
    "body",
    [
        LOGIN | {"errcode": 0, "errmsg": "ok"},
        LOGIN | {"errcode": "0"},
        LOGIN | {"errcode": None, "unionid": None},
        LOGIN | {"unionid": "", "expires_in": 7200, "new": {"nested": [1]}},
        b'\xef\xbb\xbf{"openid":"%s","session_key":"%s"}'
        % (OPENID.encode(), SESSION_KEY.replace("/", "\\/").encode()),
        b'{"openid":"first","openid":"%s","session_key":"%s"}'
        % (OPENID.encode(), SESSION_KEY.encode()),
    ],
)
async def test_a_success_is_one_in_any_dress(body):
    """Errcode 0 or absent, odd extras, BOM, escaped slashes, a key twice: all are read."""
    client, _ = scripted(body)

    assert SESSION == await client.exchange(APP, CODE)


async def test_a_packed_answer_is_unpacked():
    """A gateway that packs although asked not to is understood."""
    packed = gzip.compress(
        b'{"openid":"%s","session_key":"%s"}' % (OPENID.encode(), SESSION_KEY.encode())
    )
    answer = httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(packed)
    )
    client, _ = scripted(answer)

    assert SESSION == await client.exchange(APP, CODE)


@pytest.mark.parametrize(
    ("body", "how"),
    [
        (b"", "bad_answer"),
        (b"<html><body>502</body></html>", "bad_answer"),
        (b'{"openid":"o', "bad_answer"),
        (b'{"openid":"\xff","session_key":"k"}', "bad_answer"),
        (b"[" * 30_000, "bad_answer"),
        (b"[]", "bad_answer"),
        (b"null", "bad_answer"),
        ({}, "bad_answer"),
        ({"errcode": 0, "errmsg": "ok"}, "bad_answer"),
        ({"openid": OPENID}, "bad_answer"),
        ({"openid": "", "session_key": "k"}, "bad_answer"),
        ({"openid": 7, "session_key": "k"}, "bad_answer"),
        ({"errcode": "no number", "openid": OPENID, "session_key": "k"}, "bad_answer"),
        ({"errcode": 1.5}, "bad_answer"),
        (b" " * (64 * 1024) + b"{}", "too_large"),
        (httpx.Response(301, headers={"location": "https://else.test"}), "bad_status"),
        (httpx.Response(500, json=LOGIN), "bad_status"),
        (httpx.Response(204), "bad_status"),
        (
            httpx.Response(
                200,
                headers={"content-encoding": "gzip"},
                stream=httpx.ByteStream(gzip.compress(b" " * 10_000_000)),
            ),
            "bad_encoding",
        ),
        (
            httpx.Response(
                200, headers={"content-encoding": "br"}, stream=httpx.ByteStream(b"\x0b")
            ),
            "bad_encoding",
        ),
        (httpx.ReadError("cut"), "broken_off"),
        (httpx.RemoteProtocolError("cut"), "broken_off"),
        (ValueError("anything"), "broken_off"),
    ],
)
async def test_what_cannot_be_read_may_have_spent_the_code(body, how):
    """One call, never a second; the error says that the code must not be sent again."""
    seen = []
    client, script = scripted(body, seen=lambda *call: seen.append(call[:2]))

    with pytest.raises(WeChatUnavailable) as refusal:
        await client.exchange(APP, CODE)

    assert refusal.value.code_may_be_spent
    assert 1 == len(script.requests)
    assert [("code2session", how)] == seen


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("x"),
    ],
)
async def test_without_a_connection_the_code_is_unspent(error):
    """The question never left, so the same code may be tried again."""
    client, _ = scripted(error)

    with pytest.raises(WeChatUnavailable) as refusal:
        await client.exchange(APP, CODE)

    assert not refusal.value.code_may_be_spent


async def test_silence_ends_at_the_deadline():
    """No answer is WeChatUnavailable, and the code may be spent."""
    client, script = scripted(NEVER, timeout=0.05)

    with pytest.raises(WeChatUnavailable) as refusal:
        await client.exchange(APP, CODE)

    assert refusal.value.code_may_be_spent
    assert 0 == script.under_way


@pytest.mark.parametrize(
    ("errcode", "error"),
    [
        (40001, AppMisconfigured),
        (40002, AppMisconfigured),
        (40013, AppMisconfigured),
        (40029, CodeInvalid),
        (40125, AppMisconfigured),
        (40163, CodeUsed),
        (40164, AppMisconfigured),
        (40226, LoginBlocked),
        (40243, AppMisconfigured),
        (41002, AppMisconfigured),
        (41004, AppMisconfigured),
        (41008, CodeInvalid),
        (45009, WeChatQuotaExhausted),
        (45011, WeChatRateLimited),
        (50004, AppMisconfigured),
        (50007, AppMisconfigured),
        (61024, AppMisconfigured),
        (-1000, WeChatUnavailable),
        (99999, WeChatUnavailable),
    ],
)
@pytest.mark.parametrize("written", [int, str])
async def test_each_errcode_has_its_error(errcode, error, written):
    """As a number or as text; errcode and rid are kept, and nothing is asked twice."""
    client, script = scripted(refused(written(errcode)))

    with pytest.raises(error) as refusal:
        await client.exchange(APP, CODE)

    assert error is type(refusal.value)
    assert WeChatSaid(errcode, RID) == refusal.value.wechat
    assert 1 == len(script.requests)


async def test_an_unknown_errcode_may_have_spent_the_code():
    """What nobody documents is not tried again."""
    client, _ = scripted(refused(99999))

    with pytest.raises(WeChatUnavailable) as refusal:
        await client.exchange(APP, CODE)

    assert refusal.value.code_may_be_spent


@pytest.mark.parametrize("busy", [1, 2])
async def test_busy_is_asked_again(busy):
    """One or two system errors cost only time."""
    client, script = scripted(*[refused(-1)] * busy, LOGIN)

    assert SESSION == await client.exchange(APP, CODE)
    assert busy + 1 == len(script.requests)


async def test_always_busy_ends_with_the_code_unspent():
    """After two repetitions it is enough."""
    client, script = scripted(refused(-1))

    with pytest.raises(WeChatUnavailable) as refusal:
        await client.exchange(APP, CODE)

    assert (3, False) == (len(script.requests), refusal.value.code_may_be_spent)


async def test_no_pause_beyond_the_deadline():
    """When there is no time for another try, the answer comes now."""
    client, script = scripted(refused(-1), LOGIN, timeout=0.2, pauses=(60,))

    async with asyncio.timeout(5):
        with pytest.raises(WeChatUnavailable):
            await client.exchange(APP, CODE)

    assert 1 == len(script.requests)


@pytest.mark.parametrize("errcode", [40163, 40029])
async def test_a_refusal_after_busy_means_the_code_is_used(errcode):
    """The first try spent it after all; the client needs a fresh one."""
    client, _ = scripted(refused(-1), refused(errcode))

    with pytest.raises(CodeUsed):
        await client.exchange(APP, CODE)


@pytest.mark.parametrize("code", ["", "a b", "a&b", "{'code':1}", "a" * 129, "码", "x\n"])
async def test_what_cannot_be_a_code_is_not_asked(code):
    """It is invalid without a call."""
    client, script = scripted(LOGIN)

    with pytest.raises(CodeInvalid):
        await client.exchange(APP, code)

    assert [] == script.requests


async def test_an_app_without_a_secret_is_misconfigured():
    """It is never tried with another app's secret."""
    client, script = scripted(LOGIN)

    with pytest.raises(AppMisconfigured):
        await client.exchange("wxffffffffffffffff", CODE)

    assert [] == script.requests


async def test_each_call_is_seen_once():
    """With API, outcome, seconds and what WeChat said."""
    seen = []
    client, _ = scripted(refused(-1), refused(40163), LOGIN, seen=lambda *call: seen.append(call))

    with pytest.raises(CodeUsed):
        await client.exchange(APP, CODE)
    await client.exchange(APP, CODE)

    assert [
        ("code2session", "wechat_unavailable", WeChatSaid(-1, RID)),
        ("code2session", "code_used", WeChatSaid(40163, RID)),
        ("code2session", "ok", None),
    ] == [(api, outcome, said) for api, outcome, _, said in seen]
    assert all(0 <= seconds < 5 for _, _, seconds, _ in seen)
