"""Phone and content: the questions that need an access token, and the token's life."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from tests.contracts.people import APP, NOW
from tests.unit.adapters.scripted_wechat import (
    ALICE,
    NEVER,
    NUMBER,
    PASSED,
    PHONE_CODE,
    SECRET,
    TOKEN,
    TOKEN_GIVEN,
    outcomes,
    refused,
    scripted,
    until_all_wait,
)
from wxlogin.adapters.memory.access_tokens import MemoryShelf
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.wechat.gate import Gate
from wxlogin.domain.errors import (
    AppMisconfigured,
    PhoneCodeInvalid,
    WeChatRateLimited,
    WeChatUnavailable,
)
from wxlogin.domain.ports.wechat import Verdict
from wxlogin.domain.user import Identity, Phone

STABLE, NUMBERS, TEXTS = (
    "/cgi-bin/stable_token",
    "/wxa/business/getuserphonenumber",
    "/wxa/msg_sec_check",
)
NEXT_TOKEN = {"access_token": "88_next", "expires_in": 7200}


def number(**info):
    """Answer a success with other phone fields."""
    return NUMBER | {"phone_info": NUMBER["phone_info"] | info}


def tokens_used(script):
    """Answer the access tokens of the questions that had one."""
    used = [request.url.params.get("access_token") for request in script.requests]
    return [token for token in used if token]


async def test_a_phone_is_asked_for_with_the_person_s_openid():
    """So that WeChat itself refuses somebody else's code."""
    client, script = scripted(TOKEN_GIVEN, NUMBER)

    assert Phone("13800138001") == await client.phone(ALICE, PHONE_CODE)

    stable, asked = script.requests
    assert ("POST", STABLE) == (stable.method, stable.url.path)
    assert {
        "grant_type": "client_credential",
        "appid": APP,
        "secret": SECRET,
        "force_refresh": False,
    } == msgspec.json.decode(stable.content)
    assert ("POST", NUMBERS, TOKEN) == (
        asked.method,
        asked.url.path,
        asked.url.params["access_token"],
    )
    assert {"code": PHONE_CODE, "openid": ALICE.openid} == msgspec.json.decode(asked.content)
    assert "application/json" == asked.headers["content-type"]


async def test_a_nickname_is_asked_about_in_plain_utf8():
    """WeChat refuses escapes like \\u5c0f (40033)."""
    client, script = scripted(TOKEN_GIVEN, PASSED)

    assert Verdict.PASS == await client.check_nickname(ALICE, "小明")

    body = script.requests[1].content
    assert "小明".encode() in body
    assert {
        "content": "小明",
        "version": 2,
        "scene": 1,
        "openid": ALICE.openid,
    } == msgspec.json.decode(body)


async def test_a_picture_is_asked_about_by_its_address():
    """As profile material of this person; a success without a trace_id is none."""
    client, script = scripted(TOKEN_GIVEN, {"errcode": 0, "trace_id": "t-1"}, {"errcode": 0})

    assert "t-1" == await client.check_avatar(ALICE, "https://a.example/x.webp")
    with pytest.raises(WeChatUnavailable):
        await client.check_avatar(ALICE, "https://a.example/x.webp")

    assert "/wxa/media_check_async" == script.requests[1].url.path
    assert {
        "media_url": "https://a.example/x.webp",
        "media_type": 2,
        "version": 2,
        "scene": 1,
        "openid": ALICE.openid,
    } == msgspec.json.decode(script.requests[1].content)


@pytest.mark.parametrize("verdict", Verdict)
async def test_each_suggestion_is_a_verdict(verdict):
    """Pass, review, risky."""
    client, _ = scripted(TOKEN_GIVEN, {"errcode": 0, "result": {"suggest": verdict.value}})

    assert verdict == await client.check_nickname(ALICE, "x")


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": 0},
        {"errcode": 0, "result": {}},
        {"errcode": 0, "result": {"suggest": "fine"}},
        refused(61010),
        refused(40003),
        refused(87014),
    ],
)
async def test_a_check_without_a_verdict_has_failed(answer):
    """Nothing is taken for a pass."""
    client, _ = scripted(TOKEN_GIVEN, answer)

    with pytest.raises(WeChatUnavailable):
        await client.check_nickname(ALICE, "x")


@pytest.mark.parametrize(
    ("info", "phone"),
    [
        ({"countryCode": 86}, Phone("13800138001")),
        ({"countryCode": None}, Phone("13800138001")),
        ({"phoneNumber": "+8613800138001"}, Phone("13800138001")),
        ({"purePhoneNumber": None}, Phone("13800138001")),
        (
            {"phoneNumber": "+85291234567", "purePhoneNumber": "91234567", "countryCode": "852"},
            Phone("85291234567", "852"),
        ),
        (
            {"phoneNumber": "85291234567", "purePhoneNumber": "91234567", "countryCode": 852},
            Phone("85291234567", "852"),
        ),
        (
            {"phoneNumber": "+85291234567", "purePhoneNumber": "", "countryCode": "852"},
            Phone("85291234567", "852"),
        ),
    ],
)
async def test_a_number_has_one_form(info, phone):
    """However WeChat writes it, so that it is found again."""
    client, _ = scripted(TOKEN_GIVEN, number(**info))

    assert phone == await client.phone(ALICE, PHONE_CODE)


async def test_a_number_asked_for_by_another_app_is_refused():
    """The watermark must be ours."""
    client, _ = scripted(TOKEN_GIVEN, number(watermark={"appid": "wxffffffffffffffff"}))

    with pytest.raises(PhoneCodeInvalid):
        await client.phone(ALICE, PHONE_CODE)


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": 0},
        {"errcode": 0, "phone_info": {}},
        number(watermark={}),
        number(phoneNumber="", purePhoneNumber=None),
    ],
)
async def test_a_number_without_number_or_watermark_is_no_answer(answer):
    """The code may be spent."""
    client, _ = scripted(TOKEN_GIVEN, answer)

    with pytest.raises(WeChatUnavailable) as refusal:
        await client.phone(ALICE, PHONE_CODE)

    assert refusal.value.code_may_be_spent


@pytest.mark.parametrize(
    ("errcode", "error"),
    [
        (40029, PhoneCodeInvalid),
        (40163, PhoneCodeInvalid),
        (40013, PhoneCodeInvalid),
        (40003, PhoneCodeInvalid),
        (77777, PhoneCodeInvalid),  # the errcode for another person's code is documented nowhere
        (-1000, WeChatUnavailable),
        (47001, WeChatUnavailable),
        (48001, AppMisconfigured),
        (45011, WeChatRateLimited),
    ],
)
async def test_each_errcode_of_the_phone_api(errcode, error):
    """40013 is about the code here, not about our appid."""
    client, script = scripted(TOKEN_GIVEN, refused(errcode))

    with pytest.raises(error):
        await client.phone(ALICE, PHONE_CODE)

    assert 2 == len(script.requests)


@pytest.mark.parametrize("code", ["", "no code", "a" * 129, '{"code":"x"}'])
async def test_what_cannot_be_a_phone_code_is_not_asked(code):
    """It is invalid without a call, not even one for a token."""
    client, script = scripted(TOKEN_GIVEN, NUMBER)

    with pytest.raises(PhoneCodeInvalid):
        await client.phone(ALICE, code)

    assert [] == script.requests


async def test_an_app_without_a_secret_is_misconfigured():
    """A person may be of an app that is no longer served."""
    client, script = scripted(TOKEN_GIVEN, NUMBER)

    with pytest.raises(AppMisconfigured):
        await client.phone(Identity("wxffffffffffffffff", ALICE.openid), PHONE_CODE)

    assert [] == script.requests


async def test_a_hundred_questions_fetch_one_token():
    """Who comes while it is fetched waits for the same one."""
    client, script = scripted(TOKEN_GIVEN, PASSED)

    await asyncio.gather(*(client.check_nickname(ALICE, "x") for _ in range(100)))

    assert 1 == script.paths.count(STABLE)
    assert {TOKEN} == set(tokens_used(script))


async def test_a_token_is_renewed_before_its_end():
    """At 270 s before the end; WeChat gives the next one from 300 s on."""
    clock = SetClock(NOW)
    client, script = scripted(TOKEN_GIVEN, PASSED, PASSED, NEXT_TOKEN, PASSED, clock=clock)

    for step in (0, 7200 - 271, 1):
        clock.advance(timedelta(seconds=step))
        await client.check_nickname(ALICE, "x")

    assert [TOKEN, TOKEN, "88_next"] == tokens_used(script)


@pytest.mark.parametrize("failure", [refused(45009), b"", refused(-1)])
async def test_a_failed_renewal_leaves_the_kept_token_in_use(failure):
    """It works to its end."""
    clock = SetClock(NOW)
    client, script = scripted(TOKEN_GIVEN, PASSED, failure, PASSED, clock=clock, pauses=())
    await client.check_nickname(ALICE, "x")
    clock.advance(timedelta(seconds=7200 - 1))

    assert Verdict.PASS == await client.check_nickname(ALICE, "x")
    assert [TOKEN, TOKEN] == tokens_used(script)


async def test_an_expired_token_is_not_used_when_renewal_fails():
    """Past its end the failure is the answer."""
    clock = SetClock(NOW)
    client, _ = scripted(TOKEN_GIVEN, PASSED, b"", clock=clock)
    await client.check_nickname(ALICE, "x")
    clock.advance(timedelta(seconds=7200))

    with pytest.raises(WeChatUnavailable):
        await client.check_nickname(ALICE, "x")


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_refused_token_is_replaced_once(errcode):
    """Fetched anew, asked again, answered."""
    client, script = scripted(TOKEN_GIVEN, refused(errcode), NEXT_TOKEN, NUMBER)

    assert await client.phone(ALICE, PHONE_CODE)
    assert [STABLE, NUMBERS, STABLE, NUMBERS] == script.paths
    assert [TOKEN, "88_next"] == tokens_used(script)


async def test_a_token_refused_twice_is_given_up():
    """No third try."""
    client, script = scripted(TOKEN_GIVEN, refused(40001), NEXT_TOKEN, refused(40001))

    with pytest.raises(WeChatUnavailable) as refusal:
        await client.phone(ALICE, PHONE_CODE)

    assert 4 == len(script.requests)
    assert (40001, False) == (refusal.value.wechat.errcode, refusal.value.code_may_be_spent)


async def test_tokens_refused_again_and_again_start_no_storm():
    """Where each new token is refused too, it is not asked for anew by every person."""
    client, script = scripted(TOKEN_GIVEN, refused(40001), NEXT_TOKEN, refused(40001))

    for _ in range(5):
        with pytest.raises(WeChatUnavailable):
            await client.phone(ALICE, PHONE_CODE)

    assert 2 == script.paths.count(STABLE)


async def test_who_waits_for_another_process_keeps_its_own_deadline():
    """The other one may be dead; the person is answered in time."""
    shelf = MemoryShelf()
    assert await shelf.take(APP, 0)
    client, script = scripted(TOKEN_GIVEN, NUMBER, timeout=0.05, shelf=shelf)

    with pytest.raises(WeChatUnavailable):
        await client.phone(ALICE, PHONE_CODE)

    assert [] == script.requests
    await client.close()


async def test_a_process_that_gets_no_token_lets_the_next_one_ask():
    """Its failure is its own."""
    shelf = MemoryShelf()
    failing, _ = scripted(b"", shelf=shelf)
    with pytest.raises(WeChatUnavailable):
        await failing.phone(ALICE, PHONE_CODE)

    client, script = scripted(TOKEN_GIVEN, NUMBER, shelf=shelf)
    await client.phone(ALICE, PHONE_CODE)

    assert [STABLE, NUMBERS] == script.paths


@pytest.mark.parametrize("errcode", [40001, 40125, 40164])
async def test_a_wrong_secret_never_loops(errcode):
    """WeChat refuses to give a token: one call, and an operator must act."""
    client, script = scripted(refused(errcode))

    with pytest.raises(AppMisconfigured):
        await client.phone(ALICE, PHONE_CODE)

    assert [STABLE] == script.paths


async def test_of_many_refused_with_one_token_one_fetches():
    """Who is refused with a token that was replaced meanwhile takes the new one."""
    client, script = scripted(
        TOKEN_GIVEN, PASSED, *[refused(42001)] * 10, NEXT_TOKEN, PASSED, gate=Gate(queue=20)
    )
    await client.check_nickname(ALICE, "x")

    await asyncio.gather(*(client.check_nickname(ALICE, "x") for _ in range(10)))

    assert 2 == script.paths.count(STABLE)


async def test_a_late_refusal_does_not_drop_the_newer_token():
    """The token refused is compared with the one kept."""
    client, script = scripted(TOKEN_GIVEN, PASSED)
    await client.check_nickname(ALICE, "x")

    client._tokens.spoil(APP, "88_an-older-one")
    await client.check_nickname(ALICE, "x")

    assert 1 == script.paths.count(STABLE)


async def test_a_cancelled_caller_leaves_the_fetch_to_the_others():
    """The first to ask hangs up; the second still gets the token."""
    client, script = scripted(TOKEN_GIVEN, NUMBER)
    first = asyncio.create_task(client.phone(ALICE, PHONE_CODE))
    second = asyncio.create_task(client.phone(ALICE, PHONE_CODE))
    await script.arrived.wait()

    first.cancel()

    assert await second
    assert [STABLE, NUMBERS] == script.paths


async def test_closing_ends_a_fetch_under_way():
    """Nothing is left running."""
    client, script = scripted(NEVER)
    asking = asyncio.create_task(client.phone(ALICE, PHONE_CODE))
    await script.arrived.wait()

    await client.close()
    await until_all_wait(1)

    assert 0 == script.under_way
    assert ["CancelledError"] == outcomes(await asyncio.gather(asking, return_exceptions=True))


async def test_one_deadline_for_token_and_question():
    """A token that does not come uses up the caller's time, and the place is free again."""
    client, script = scripted(NEVER, timeout=0.05, gate=Gate(places=1))

    with pytest.raises(WeChatUnavailable) as refusal:
        await client.phone(ALICE, PHONE_CODE)

    assert not refusal.value.code_may_be_spent
    assert STABLE in script.paths
    assert NUMBERS not in script.paths
    await client.close()
