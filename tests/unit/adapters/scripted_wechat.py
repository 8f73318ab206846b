"""A WeChat of a few written answers, behind the client's transport."""

import asyncio
import traceback
from collections.abc import Iterable
from typing import Any

import httpx
import msgspec
from attrs import define, field

from tests.contracts.people import APP, NOW
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.wechat import WeChatClient
from wxlogin.domain.user import Identity

SECRET = "5ec2e7" * 5 + "aa"
CODE = "0c0de0c0de0c0de0c0de0c0de0c0de00"
PHONE_CODE = "fade" * 16
TOKEN = "88_t0ken-t0ken_t0ken"
SESSION_KEY = "tiihtNczf5v6AKRyjwEUhQ=="
OPENID = "oSIM_alice-alice-alice-alice"
RID = "6129ee10-272863a4-64d75414"
ALICE = Identity(APP, OPENID)

LOGIN = {"openid": OPENID, "session_key": SESSION_KEY}
TOKEN_GIVEN = {"access_token": TOKEN, "expires_in": 7200}
NUMBER = {
    "errcode": 0,
    "errmsg": "ok",
    "phone_info": {
        "phoneNumber": "13800138001",
        "purePhoneNumber": "13800138001",
        "countryCode": "86",
        "watermark": {"timestamp": 1_800_000_000, "appid": APP},
    },
}
PASSED = {"errcode": 0, "errmsg": "ok", "result": {"suggest": "pass", "label": 100}}

NEVER = object()
"""An answer that does not come."""


def refused(errcode: Any, errmsg: str = f"words, rid: {RID}") -> dict[str, Any]:
    """Answer WeChat's way of saying no."""
    return {"errcode": errcode, "errmsg": errmsg}


@define
class Script(httpx.AsyncBaseTransport):
    """Gives one answer after another; the last one again and again.

    An answer is a JSON value, bytes, a whole response, an exception, or NEVER.
    """

    answers: list[Any]
    requests: list[httpx.Request] = field(factory=list)
    opened: int = 0
    closed: int = 0
    under_way: int = 0
    most_under_way: int = 0
    arrived: asyncio.Event = field(factory=asyncio.Event)

    def __call__(self) -> "Script":
        self.opened += 1
        return self

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.arrived.set()
        try:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer is NEVER:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
        finally:
            self.under_way -= 1
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        return httpx.Response(200, headers={"content-type": "text/plain"}, content=body)

    async def aclose(self) -> None:
        self.closed += 1


def scripted(*answers: Any, **fields: Any) -> tuple[WeChatClient, Script]:
    """Answer a client and the script it will hear."""
    script = Script(list(answers))
    client = WeChatClient(
        **{
            "apps": {APP: SECRET},
            "clock": SetClock(NOW),
            "base_url": "https://wechat.test",
            "pauses": (0, 0),
            "transport": script,
        }
        | fields
    )
    return client, script


async def until_all_wait(count: int) -> None:
    """Let every task that can run do so, often enough for `count` of them to be in line."""
    for _ in range(count + 10):
        await asyncio.sleep(0)


def outcomes(results: Iterable[Any]) -> list[str]:
    """Answer the class name of each result."""
    return [type(result).__name__ for result in results]


def told(error: BaseException | None) -> str:
    """Answer everything an error, its causes and contexts and their tracebacks say."""
    parts = []
    while error is not None:
        parts += [str(error), repr(error), repr(error.args), repr(vars(error))]
        parts += traceback.format_exception(error)
        assert error.__context__ in {None, error.__cause__} or error.__suppress_context__
        error = error.__cause__ or error.__context__
    return "\n".join(parts)
