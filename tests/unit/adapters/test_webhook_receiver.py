"""What goes out as a webhook, and what is made of the answer."""

import asyncio
import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.webhooks import WebhookReceiver
from wxlogin.adapters.webhooks.receiver import ANSWER_MAX
from wxlogin.domain.ports.outbox import Happened, Notice, Reply
from wxlogin.domain.user import User
from wxlogin.guard import WebhookRejected, verify_webhook

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NEW, OLD = b"n" * 32, b"o" * 32
SECRET, OLD_SECRET = (f"whsec_{b64encode(each).decode()}" for each in (NEW, OLD))
USER = User(id="u1", created_at=NOW, updated_at=NOW)
ENDED = Notice(
    7, Happened.SESSION_ENDED, "u1", datetime(2026, 11, 24, 8, 0, 0, 5, tzinfo=UTC), "s1", "kicked"
)


class Heard(httpx.AsyncBaseTransport):
    """A receiver that keeps what it hears and answers as told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, BaseException):
            raise self.answer
        if callable(self.answer):
            return await self.answer()
        if not self.answer.is_stream_consumed:
            return self.answer
        return httpx.Response(
            self.answer.status_code, headers=self.answer.headers, content=_bytes(self.answer)
        )


async def _bytes(answer: httpx.Response):
    """Answer them as they come from a network, not read yet."""
    yield answer.content


def receiver(heard: Heard, *secrets: bytes, seconds: float = 5) -> WebhookReceiver:
    return WebhookReceiver(
        "https://app.example.com/hooks/",
        secrets or (NEW,),
        SetClock(NOW),
        lambda user: {"id": user.id, "nickname": "小明"},
        seconds=seconds,
        transport=heard,
    )


async def sent(notice: Notice, user: User | None = USER, *secrets: bytes) -> httpx.Request:
    heard = Heard(httpx.Response(204))
    told = receiver(heard, *secrets)
    assert Reply(204, "204") == await told.tell(notice, user)
    await told.close()
    (request,) = heard.requests
    return request


async def test_a_notice_goes_out_as_the_specification_has_it():
    """Method, address with its final slash, headers, and a body of type, timestamp and data."""
    request = await sent(ENDED)

    assert ("POST", "https://app.example.com/hooks/") == (request.method, str(request.url))
    assert "application/json" == request.headers["content-type"]
    assert ENDED.id == request.headers["webhook-id"]
    assert str(int(NOW.timestamp())) == request.headers["webhook-timestamp"]
    assert {
        "type": "session.ended",
        "timestamp": "2026-11-24T08:00:00.000005Z",
        "data": {"user": {"id": "u1", "nickname": "小明"}, "sid": "s1", "reason": "kicked"},
    } == json.loads(request.content)


async def test_of_who_is_gone_only_the_id_is_told():
    """And of a merge who went into whom."""
    erased = await sent(Notice(1, Happened.USER_ERASED, "u1", NOW), None)
    merged = await sent(Notice(2, Happened.USER_MERGED, "u1", NOW, other_id="u2"))
    test = await sent(Notice(0, Happened.TEST, "", NOW), None)

    assert {"user": {"id": "u1"}} == json.loads(erased.content)["data"]
    assert "u2" == json.loads(merged.content)["data"]["merged_user_id"]
    assert {} == json.loads(test.content)["data"]


@pytest.mark.parametrize("known", [SECRET, OLD_SECRET, f"{SECRET},{OLD_SECRET}"])
async def test_while_secrets_change_either_verifies(known: str):
    """The kit reads it with the new secret, the old one, or both."""
    request = await sent(ENDED, USER, NEW, OLD)

    webhook = verify_webhook(known, request.headers, request.content, NOW.timestamp())

    assert (ENDED.id, "session.ended", "s1") == (webhook.id, webhook.type, webhook.data["sid"])


async def test_with_one_secret_the_other_does_not_verify():
    """A secret that was taken out signs no more."""
    request = await sent(ENDED)

    with pytest.raises(WebhookRejected, match="no signature"):
        verify_webhook(OLD_SECRET, request.headers, request.content, NOW.timestamp())


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (httpx.Response(200, text="ok"), Reply(200, "200")),
        (httpx.Response(302, headers={"location": "https://elsewhere/"}), Reply(302, "302")),
        (httpx.Response(410), Reply(410, "410")),
        (httpx.Response(503, headers={"retry-after": "120"}), Reply(503, "503", 120)),
        (httpx.Response(429, headers={"retry-after": "Wed, 21 Oct"}), Reply(429, "429")),
        (httpx.Response(429, headers={"retry-after": "9" * 5000}), Reply(429, "429")),
        (httpx.ConnectError("secret address"), Reply(0, "ConnectError")),
        (httpx.ReadTimeout("slow"), Reply(0, "timeout")),
        (ValueError("odd"), Reply(0, "ValueError")),
    ],
)
async def test_whatever_comes_back_is_a_reply(answer: Any, reply: Reply):
    """No redirect is followed, nothing is raised, and an odd Retry-After is none."""
    heard = Heard(answer)

    assert reply == await receiver(heard).tell(ENDED, USER)
    assert 1 == len(heard.requests)


async def test_a_receiver_that_never_answers_is_left_in_time():
    """The whole call is bounded, not each part of it."""

    async def never() -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with asyncio.timeout(1):
        assert Reply(0, "timeout") == await receiver(Heard(never), seconds=0.01).tell(ENDED, USER)


async def test_an_endless_answer_is_not_read():
    """Nor unpacked: what was read stays small, and its status counts."""
    given = 0

    async def endless():
        nonlocal given
        while True:
            given += 1024
            yield b"x" * 1024

    answer = httpx.Response(200, headers={"content-encoding": "gzip"}, content=endless())

    assert Reply(200, "200") == await receiver(Heard(answer)).tell(ENDED, USER)
    assert given <= ANSWER_MAX + 1024


async def test_no_cookie_is_kept():
    """A receiver that sets one does not see it again."""
    heard = Heard(_with_cookie)
    told = receiver(heard)
    for _ in range(2):
        await told.tell(ENDED, USER)

    assert all("cookie" not in each.headers for each in heard.requests)


async def _with_cookie() -> httpx.Response:
    return httpx.Response(200, headers={"set-cookie": "a=b; Path=/"})


def test_a_repr_tells_no_secret():
    """Neither secrets nor the address, which may hold one."""
    told = repr(receiver(Heard(None)))

    assert "nnnn" not in told
    assert "hooks" not in told
