"""Circuits: what is not asked, for how long, who tries, and that nobody's code is spent for it."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from attrs import field, frozen
from structlog.testing import capture_logs

from tests.contracts.people import APP
from tests.unit.adapters.scripted_wechat import (
    ALICE,
    CODE,
    LOGIN,
    NEVER,
    NUMBER,
    PHONE_CODE,
    SECRET,
    TOKEN_GIVEN,
    outcomes,
    refused,
    scripted,
    until_all_wait,
)
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.wechat.breaker import OpenCircuit, Why
from wxlogin.adapters.wechat.gate import Gate
from wxlogin.domain.errors import (
    CodeUsed,
    LoginBlocked,
    Overloaded,
    WeChatQuotaExhausted,
    WeChatRateLimited,
    WeChatUnavailable,
)

OTHER = "wx0ther0ther0ther0"
BOTH = {APP: SECRET, OTHER: SECRET}
NOON = datetime(2026, 11, 24, 4, 0, 20, tzinfo=UTC)  # 12:00:20 in Beijing
BROKEN = httpx.ReadError("gone")


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@frozen
class FullLine:
    """Notes how long each may wait, and has no place."""

    patience: list[float] = field(factory=list)

    async def enter(self, deadline: float) -> None:
        self.patience.append(deadline - asyncio.get_running_loop().time())
        raise Overloaded(2)


async def ask(client, appid=APP):
    """Answer what an exchange came to: the session or the error."""
    (result,) = await asyncio.gather(client.exchange(appid, CODE), return_exceptions=True)
    return result


async def fail(client, times, appid=APP):
    return outcomes([await ask(client, appid) for _ in range(times)])


async def test_after_five_without_an_answer_nobody_waits(clock):
    """The sixth is refused without a call, with its code unspent and a time to come back."""
    client, script = scripted(*[BROKEN] * 5, LOGIN, clock=clock)

    assert ["WeChatUnavailable"] * 5 == await fail(client, 5)
    refusal = await ask(client)

    assert isinstance(refusal, WeChatUnavailable)
    assert not refusal.code_may_be_spent
    assert refusal.retry_after > 0
    assert 5 == len(script.requests)
    assert (OpenCircuit("code2session", "", Why.NO_ANSWER),) == client.circuits.open_now()


async def test_a_time_out_opens_it_too(clock):
    """Who hangs is as gone as who breaks off."""
    client, script = scripted(NEVER, clock=clock, timeout=0.02)

    assert ["WeChatUnavailable"] * 5 == await fail(client, 5)
    await ask(client)

    assert 5 == len(script.requests)


async def test_a_host_that_takes_no_connection_opens_it(clock):
    """Also where the codes certainly never left."""
    client, script = scripted(httpx.ConnectError("refused"), clock=clock)

    await fail(client, 20)

    assert 5 == len(script.requests)


async def test_nobody_stands_in_line_for_what_is_not_asked(clock):
    """While a circuit is open the answer comes before the line, however full that is."""
    client, _ = scripted(LOGIN, clock=clock, gate=FullLine())
    for _ in range(5):
        client.circuits.tell("code2session", APP, Why.NO_ANSWER)

    assert ["WeChatUnavailable"] == await fail(client, 1)


async def test_answers_between_failures_keep_it_closed(clock):
    """Only failures in a row count: one answer of any kind begins the count anew."""
    answers = [*[BROKEN] * 4, refused(40029), *[BROKEN] * 4, LOGIN, *[BROKEN] * 4, LOGIN]
    client, script = scripted(*answers, clock=clock)

    for _ in answers:
        await ask(client)

    assert len(answers) == len(script.requests)
    assert () == client.circuits.open_now()


async def test_one_at_a_time_tries_whether_it_is_back(clock):
    """Two seconds later one of many goes, the rest are refused; its answer lets everybody in."""
    client, script = scripted(*[BROKEN] * 5, NEVER, LOGIN, clock=clock)
    await fail(client, 5)
    clock.advance(timedelta(seconds=2))
    script.arrived.clear()

    trial = asyncio.create_task(client.exchange(APP, CODE))
    await script.arrived.wait()
    assert ["WeChatUnavailable"] * 20 == await fail(client, 20)
    assert 6 == len(script.requests)

    clock.advance(timedelta(seconds=2))  # the first trial hangs; another may go
    assert ["WeChatSession"] * 10 == await fail(client, 10)
    assert () == client.circuits.open_now()
    trial.cancel()


async def test_a_failed_trial_is_followed_by_one_every_two_seconds(clock):
    """During a minute without WeChat, at 50 logins a second, it hears 30 questions."""
    client, script = scripted(BROKEN, clock=clock)
    await fail(client, 5)

    for _ in range(60 * 50):
        clock.advance(timedelta(milliseconds=20))
        await ask(client)

    assert 5 + 30 == len(script.requests)


async def test_failures_that_come_late_do_not_put_the_trial_off(clock):
    """Calls that hung together fail one after the other; the next trial goes when it was due."""
    client, _script = scripted(*[BROKEN] * 5, LOGIN, clock=clock)
    await fail(client, 5)

    for _ in range(19):
        clock.advance(timedelta(milliseconds=100))
        client.circuits.tell("code2session", APP, Why.NO_ANSWER)
    clock.advance(timedelta(milliseconds=100))

    assert ["WeChatSession"] == await fail(client, 1)


async def test_a_trial_that_hangs_up_is_followed_by_the_next(clock):
    """A client that leaves during its trial takes nothing along."""
    client, script = scripted(*[BROKEN] * 5, NEVER, LOGIN, clock=clock)
    await fail(client, 5)
    clock.advance(timedelta(seconds=2))
    script.arrived.clear()
    trial = asyncio.create_task(client.exchange(APP, CODE))
    await script.arrived.wait()
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)

    clock.advance(timedelta(seconds=2))
    assert ["WeChatSession"] == await fail(client, 1)


async def test_system_error_opens_it_after_three_logins(clock):
    """-1 is asked again by itself, so it takes longer than a time-out; a trial goes each second."""
    client, script = scripted(refused(-1), clock=clock)

    assert ["WeChatUnavailable"] * 4 == await fail(client, 4)
    assert 9 == len(script.requests)
    assert (OpenCircuit("code2session", "", Why.BUSY),) == client.circuits.open_now()

    clock.advance(timedelta(seconds=1))
    await ask(client)
    assert 10 == len(script.requests)


async def test_the_daily_quota_closes_the_app_until_midnight_in_beijing(clock):
    """One 45009 is enough: no call more than one in five minutes, until the day is over."""
    client, script = scripted(refused(45009), LOGIN, clock=clock)
    assert ["WeChatQuotaExhausted"] == await fail(client, 1)

    clock.advance(timedelta(minutes=4))
    refusal = await ask(client)
    assert isinstance(refusal, WeChatQuotaExhausted)
    assert (45009, 3600) == (refusal.wechat.errcode, refusal.retry_after)
    assert 1 == len(script.requests)

    clock.at = datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)
    client.circuits._failing["code2session", APP].try_at = clock.at + timedelta(minutes=1)
    assert 2 == (await ask(client)).retry_after
    clock.advance(timedelta(seconds=1))
    assert ["WeChatSession"] * 3 == await fail(client, 3)


async def test_a_quota_cleared_by_the_operator_is_noticed(clock):
    """One login in five minutes tries, so nobody has to restart the service."""
    client, script = scripted(refused(45009), refused(45009), LOGIN, clock=clock)
    await ask(client)

    clock.advance(timedelta(minutes=5))
    assert ["WeChatQuotaExhausted"] * 2 == await fail(client, 2)
    assert 2 == len(script.requests)
    clock.advance(timedelta(minutes=5))
    assert ["WeChatSession"] * 2 == await fail(client, 2)


async def test_the_minute_quota_closes_the_app_until_the_next_minute(clock):
    """Three 45011 in a row close it; the next minute opens it without a trial."""
    client, script = scripted(*[refused(45011)] * 3, LOGIN, clock=clock)

    assert ["WeChatRateLimited"] * 4 == await fail(client, 4)
    assert 3 == len(script.requests)
    refusal = await ask(client)
    assert (45011, 40) == (refusal.wechat.errcode, refusal.retry_after)
    assert isinstance(refusal, WeChatRateLimited)

    clock.at = NOON.replace(minute=1, second=0)
    assert ["WeChatSession"] * 5 == await fail(client, 5)


async def test_one_person_who_asks_too_often_stops_nobody(clock):
    """WeChat says 45011 to a single person as well: whoever gets through keeps the app open."""
    client, script = scripted(*[refused(45011), refused(45011), LOGIN] * 20, clock=clock)

    for _ in range(60):
        await ask(client)

    assert 60 == len(script.requests)
    assert () == client.circuits.open_now()


async def test_whoever_gets_through_ends_the_minute(clock):
    """Where 45011 was about one person's haste, another's trial two seconds later lets all in."""
    client, _script = scripted(*[refused(45011)] * 3, LOGIN, clock=clock)
    await fail(client, 3)

    clock.advance(timedelta(seconds=2))

    assert ["WeChatSession"] * 5 == await fail(client, 5)


async def test_a_quota_is_the_apps_own(clock):
    """One app's quota, daily or by the minute, leaves the other's logins alone."""
    client, _script = scripted(
        refused(45009), *[refused(45011)] * 3, LOGIN, clock=clock, apps={**BOTH, "wx3": SECRET}
    )
    await ask(client)
    await fail(client, 3, OTHER)

    assert ["WeChatQuotaExhausted", "WeChatRateLimited", "WeChatSession"] == outcomes(
        [await ask(client), await ask(client, OTHER), await ask(client, "wx3")]
    )
    assert {
        OpenCircuit("code2session", APP, Why.DAY_QUOTA),
        OpenCircuit("code2session", OTHER, Why.MINUTE_QUOTA),
    } == set(client.circuits.open_now())


async def test_silence_is_everybodys_and_an_apis_own(clock):
    """A dead code2Session is asked for no app, and says nothing about phone numbers."""
    client, _script = scripted(*[BROKEN] * 5, TOKEN_GIVEN, NUMBER, clock=clock, apps=BOTH)
    await fail(client, 3)
    await fail(client, 2, OTHER)

    assert ["WeChatUnavailable"] * 2 == outcomes([await ask(client), await ask(client, OTHER)])
    assert await client.phone(ALICE, PHONE_CODE)


@pytest.mark.parametrize(
    ("errcode", "error"), [(40226, LoginBlocked), (40163, CodeUsed), (41008, None), (99999, None)]
)
async def test_answers_about_a_code_are_answers(clock, errcode, error):
    """A hundred people held for a risk, or codes used before, close nothing."""
    client, script = scripted(refused(errcode), clock=clock)

    results = [await ask(client) for _ in range(100)]

    assert 100 == len(script.requests)
    assert error is None or all(isinstance(result, error) for result in results)
    assert () == client.circuits.open_now()


async def test_who_waits_in_line_is_told_when_the_circuit_opens(clock):
    """Those behind hung calls are refused at once, uncalled, not one time-out after the other."""
    client, script = scripted(NEVER, clock=clock, timeout=0.2, gate=Gate(places=5, queue=50))
    asking = [asyncio.create_task(client.exchange(APP, CODE)) for _ in range(5)]
    await until_all_wait(5)
    late = [asyncio.create_task(client.exchange(APP, CODE)) for _ in range(20)]

    results = await asyncio.gather(*asking, *late, return_exceptions=True)

    assert 5 == len(script.requests)
    assert {"WeChatUnavailable", "Overloaded"} >= set(outcomes(results))
    assert not any(getattr(result, "code_may_be_spent", False) for result in results[5:])


async def test_a_question_keeps_most_of_its_time_for_the_answer(clock):
    """A quarter of the time in line is the most, so nobody's call is cut short by our own queue."""
    line = FullLine()
    client, _ = scripted(NEVER, clock=clock, timeout=60, gate=line)

    assert isinstance(await ask(client), Overloaded)
    assert [pytest.approx(15, abs=1)] == line.patience


async def test_what_nobody_tries_is_not_called_open_for_ever(clock):
    """A minute without a login, and an idle process no longer says that WeChat is silent."""
    client, script = scripted(*[BROKEN] * 5, LOGIN, clock=clock)
    await fail(client, 5)

    clock.advance(timedelta(seconds=61))
    assert client.circuits.open_now()
    clock.advance(timedelta(seconds=1))
    assert () == client.circuits.open_now()
    assert ["WeChatSession"] * 2 == await fail(client, 2)
    assert 7 == len(script.requests)


async def test_a_clock_set_back_keeps_nobody_out(clock):
    """After the clock went back an hour the next question is a trial."""
    client, _script = scripted(*[BROKEN] * 5, LOGIN, clock=clock)
    await fail(client, 5)

    clock.advance(timedelta(hours=-1))

    assert ["WeChatSession"] * 2 == await fail(client, 2)


async def test_opening_and_closing_are_told_once(clock):
    """The log names API and reason, once each, whatever number of logins was refused."""
    client, _script = scripted(*[BROKEN] * 5, LOGIN, clock=clock)
    with capture_logs() as lines:
        await fail(client, 50)
        clock.advance(timedelta(seconds=2))
        await fail(client, 50)

    told = [(line["event"], line["api"], line["why"]) for line in lines]
    assert [
        ("wechat_circuit_open", "code2session", "no_answer"),
        ("wechat_circuit_closed", "code2session", "no_answer"),
    ] == told


async def test_a_budget_is_kept_before_wechat_is_asked(clock):
    """Beyond it the answer is overloaded with the wait, and no call; a repeat of -1 counts too."""
    asked = []

    async def budget(api, appid):
        asked.append((api, appid))
        return None if len(asked) <= 4 else 7

    client, script = scripted(refused(-1), LOGIN, clock=clock, budget=budget)
    results = [await ask(client) for _ in range(4)]

    assert ["WeChatSession"] * 3 + ["Overloaded"] == outcomes(results)
    assert 7 == results[3].retry_after
    assert 4 == len(script.requests)
    assert {("code2session", APP)} == set(asked)


async def test_what_is_not_asked_costs_no_budget(clock):
    """While a circuit is open the budget is left for those who come after."""
    spent = []

    async def budget(api, appid):
        spent.append(api)

    client, _script = scripted(*[BROKEN] * 5, LOGIN, clock=clock, budget=budget)
    await fail(client, 30)

    assert 5 == len(spent)
