"""WeChat on launch day, hanging or asked ten times too often; time passes only when all wait."""

import asyncio
import selectors
from collections import Counter
from datetime import datetime, timedelta

import httpx
import msgspec
import pytest
from attrs import define, field, frozen

from tests.contracts.people import APP, NOW
from tests.unit.adapters.scripted_wechat import LOGIN, SECRET
from wxlogin.adapters.wechat import WeChatClient
from wxlogin.adapters.wechat.gate import Gate
from wxlogin.domain.errors import LoginError, TryLater

RATE = 500
CALM, HANGING, AFTER = 5.0, 60.0, 10.0
PLACES, QUEUE = 64, 256


class Hurrying(selectors.DefaultSelector):
    """Does not wait for time to pass, but lets it."""

    passed = 0.0

    def select(self, timeout=None):
        events = super().select(0)
        if not events and timeout is not None:
            self.passed += max(timeout, 0)
        return events


class HurriedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.selector = Hurrying()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.passed


@frozen
class LoopClock:
    loop: HurriedLoop

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.loop.time())


class WeChat(httpx.AsyncBaseTransport):
    """Answers in 80 ms."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.08)
        return httpx.Response(200, content=msgspec.json.encode(LOGIN))


class HangingWeChat(WeChat):
    """Who asks in the bad minute never hears anything."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        now = asyncio.get_running_loop().time()
        if CALM <= now < CALM + HANGING:
            await asyncio.Event().wait()
        return await super().handle_async_request(request)


@frozen
class Login:
    began: float
    took: float
    outcome: str
    may_be_spent: bool = False
    retry_after: int = 0


@define
class Launch:
    """So many phones a second, and what became of each."""

    client: WeChatClient
    logins: list[Login] = field(factory=list)
    most_waiting: int = 0
    most_under_way: int = 0

    async def one(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        outcome, spent, wait = "ok", False, 0
        try:
            await self.client.exchange(APP, f"{number:032d}")
        except LoginError as refusal:
            outcome, spent = refusal.code, getattr(refusal, "code_may_be_spent", False)
            wait = refusal.retry_after if isinstance(refusal, TryLater) else 0
        self.logins.append(Login(began, loop.time() - began, outcome, spent, wait))

    async def all(self, rate: float, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as phones:
            for number in range(int(rate * seconds)):
                phones.create_task(self.one(number))
                self.most_waiting = max(self.most_waiting, self.client.gate.waiting)
                self.most_under_way = max(self.most_under_way, self.client.gate.inside)
                await asyncio.sleep(number / rate - loop.time())


def launched(transport, gate: Gate, rate: float, seconds: float) -> Launch:
    loop = HurriedLoop()
    client = WeChatClient(apps={APP: SECRET}, clock=LoopClock(loop), transport=transport, gate=gate)
    launch = Launch(client)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(launch.all(rate, seconds))
    return launch


@pytest.fixture(scope="module")
def launch() -> Launch:
    return launched(HangingWeChat, Gate(), RATE, CALM + HANGING + AFTER)


def test_everybody_gets_a_clear_answer_in_time(launch: Launch):
    """Within ten seconds each login is in, or refused with a time to come back."""
    assert int(RATE * (CALM + HANGING + AFTER)) == len(launch.logins)
    assert max(login.took for login in launch.logins) <= 10
    assert {"ok", "wechat_unavailable", "overloaded"} == {one.outcome for one in launch.logins}
    assert all(login.retry_after > 0 for login in launch.logins if login.outcome != "ok")


def test_what_waits_is_bounded(launch: Launch):
    """However many come, so many are with WeChat and so many more in line."""
    assert PLACES >= launch.most_under_way > PLACES / 2
    assert QUEUE >= launch.most_waiting > QUEUE / 2


def test_after_the_first_time_outs_nobody_waits(launch: Launch):
    """Once the circuit is open, refusals take no time, but for one trial in two seconds."""
    open_from = CALM + 8.5
    later = [one for one in launch.logins if open_from <= one.began < CALM + HANGING]
    slow = [one for one in later if one.took > 0.001]

    assert len(later) > 20_000
    assert len(slow) <= HANGING / 2


def test_few_codes_are_spent_for_nothing(launch: Launch):
    """Of 30,000 in the bad minute only those first under way and the trials were sent."""
    spent = Counter(login.may_be_spent for login in launch.logins)[True]

    assert spent <= PLACES + HANGING / 2 + 5


def test_it_is_back_within_five_seconds(launch: Launch):
    """All who come five seconds after WeChat is back get in, and most of those before."""
    back = CALM + HANGING
    soon = [one.outcome for one in launch.logins if back <= one.began < back + 5]
    then = {one.outcome for one in launch.logins if one.began >= back + 5}

    assert soon.count("ok") > len(soon) / 2
    assert {"ok"} == then


def test_the_calm_before_is_calm(launch: Launch):
    """Five hundred a second is no overload."""
    calm = {one.outcome for one in launch.logins if one.began < CALM - 1}

    assert {"ok"} == calm


def test_ten_times_what_wechat_takes():
    """The tenth that can be served is served, without a pause; the rest is refused at once."""
    capacity, seconds = 16 / 0.08, 20
    crowd = launched(WeChat, Gate(places=16, queue=64), capacity * 10, seconds)
    served = [one for one in crowd.logins if one.outcome == "ok"]
    refused = [one for one in crowd.logins if one.outcome == "overloaded"]

    assert len(crowd.logins) == len(served) + len(refused)
    assert len(served) >= capacity * seconds * 0.9
    assert max(one.took for one in served) <= 1
    assert max(one.took for one in refused) <= 0.001
    assert all(one.retry_after > 0 for one in refused)
