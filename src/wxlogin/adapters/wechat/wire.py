"""One question to WeChat: queue, deadline, quick retries, translation, observation."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic

import msgspec
import structlog
from attrs import define, field, frozen

from wxlogin.adapters.wechat.answers import AnswerT, read
from wxlogin.adapters.wechat.breaker import Circuits, Why, why
from wxlogin.adapters.wechat.errcodes import (
    BUSY,
    IP_REFUSED,
    RETRY_SECONDS,
    Api,
    refused_ip_in,
)
from wxlogin.adapters.wechat.gate import Gate
from wxlogin.adapters.wechat.no_answer import NoAnswer
from wxlogin.adapters.wechat.ways import Ways
from wxlogin.domain.errors import (
    AppMisconfigured,
    FromWeChat,
    Overloaded,
    WeChatSaid,
    WeChatUnavailable,
)
from wxlogin.domain.ports.ambient import Clock

Seen = Callable[[str, str, float, WeChatSaid | None], None]
"""Told once for each call to WeChat: the API, the outcome, the seconds it took, what WeChat said.

The outcome is `ok`, the code of the error that WeChat's errcode became, `cancelled`, or why there
was no answer: `not_connected`, `broken_off`, `timeout`, `bad_status`, `too_large`,
`bad_encoding`, `bad_answer`, `closed`.
"""

Budget = Callable[[str, str], Awaitable[int | None]]
"""Asked before each call with the API and the appid: None, or the seconds until one may be made."""

_WAITING_SHARE = 4
"""A quarter of the time may go by in the queue: a call that then has no time left spends its code
for nothing, and its time-out would be taken for WeChat's."""

_log = structlog.get_logger(__name__)


@frozen
class Question(Generic[AnswerT]):
    """What is asked: an API, the query and body for it, and how to read the answer.

    `query` is already encoded.
    """

    api: Api
    appid: str
    decoder: msgspec.json.Decoder[AnswerT]
    query: str = field(default="", repr=False)
    body: bytes | None = field(default=None, repr=False)


@define
class Wire:
    """The way to one WeChat; opens nothing before the first question."""

    ways: Ways
    clock: Clock
    timeout: float
    pauses: tuple[float, ...]
    gate: Gate
    circuits: Circuits
    budget: Budget | None
    seen: Seen | None = field(repr=False)
    _closed: bool = field(default=False, init=False)

    def deadline(self) -> float:
        """Answers when something that begins now must be over, in the loop's time."""
        return asyncio.get_running_loop().time() + self.timeout

    def turn(self, api: Api, appid: str) -> "Turn":
        """Answers a place at WeChat for a question of this API, to be held by `async with`."""
        return Turn(self, api.name, appid)

    async def ask(self, question: Question[AnswerT], deadline: float) -> AnswerT:
        """Asks, and asks again while WeChat says it is busy and there is time.

        Raises:
            FromWeChat: WeChat's refusal as the API's table has it, or WeChatUnavailable.
        """
        api = question.api
        for pause in self.pauses:
            try:
                return await self._ask_once(question, api, deadline)
            except WeChatUnavailable as failure:
                late = asyncio.get_running_loop().time() + pause >= deadline
                if late or failure.wechat is None or failure.wechat.errcode != BUSY:
                    raise
            await asyncio.sleep(pause)
            api = api.again or api
        return await self._ask_once(question, api, deadline)

    async def close(self) -> None:
        """Closes the connections. Who asks after this gets WeChatUnavailable."""
        self._closed = True
        await self.ways.close()

    async def _ask_once(self, question: Question[AnswerT], api: Api, deadline: float) -> AnswerT:
        if self.budget is not None:
            wait = await self.budget(api.name, question.appid)
            if wait is not None:
                raise Overloaded(wait)
        self.circuits.admit(api.name, question.appid)
        started = time.perf_counter()
        outcome = "cancelled"
        said = cause = None
        refusal: FromWeChat
        try:
            answer = read(question.decoder, await self._fetch(question, deadline))
            said = answer.said()
            if said is None:
                outcome = "ok"
                self.circuits.tell(api.name, question.appid, None)
                return answer
            refusal = api.refusal(said, self.clock.now())
            outcome = refusal.code
            self.circuits.tell(api.name, question.appid, why(refusal))
            if isinstance(refusal, AppMisconfigured):
                _tell_operator(question, said, answer.errmsg)
        except NoAnswer as failure:
            outcome, cause = failure.how, failure
            if failure.sent or failure.how == "not_connected":
                self.circuits.tell(api.name, question.appid, Why.NO_ANSWER)
            refusal = WeChatUnavailable(RETRY_SECONDS, code_may_be_spent=failure.sent)
        finally:
            if self.seen is not None:
                self.seen(api.name, outcome, time.perf_counter() - started, said)
        raise refusal from cause

    async def _fetch(self, question: Question[AnswerT], deadline: float) -> bytes:
        if self._closed:
            raise NoAnswer("closed", sent=False)
        if asyncio.get_running_loop().time() >= deadline:
            raise NoAnswer("timeout", sent=False)
        target = f"{question.api.path}?{question.query}"
        try:
            async with asyncio.timeout_at(deadline):
                return await self.ways.fetch(target, question.body)
        except TimeoutError:
            pass
        raise NoAnswer("timeout")


@frozen
class Turn:
    """Holds a place at WeChat and gives the deadline for all that is asked meanwhile."""

    wire: Wire
    api: str
    appid: str

    async def __aenter__(self) -> float:
        """Takes the place.

        Raises:
            Overloaded: there is none, nor one before a quarter of the time is over.
            TryLater: the API is not asked for the time being, so nobody waits for it.
        """
        wire = self.wire
        wire.circuits.look(self.api, self.appid)
        deadline = wire.deadline()
        await wire.gate.enter(deadline - wire.timeout * (1 - 1 / _WAITING_SHARE))
        return deadline

    async def __aexit__(self, *_: object) -> None:
        """Gives the place back."""
        self.wire.gate.leave()


def _tell_operator(question: Question[AnswerT], said: WeChatSaid, errmsg: object) -> None:
    """Logs what nobody but an operator can mend. The errmsg itself is not for logs."""
    ip = refused_ip_in(str(errmsg)) if said.errcode == IP_REFUSED else None
    _log.error(
        "wechat_refuses_app",
        api=question.api.name,
        appid=question.appid,
        errcode=said.errcode,
        rid=said.rid,
        **({"ip": ip} if ip else {}),
    )
