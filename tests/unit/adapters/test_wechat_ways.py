"""WeChat's two hosts: the second is asked only where no code can have reached the first."""

from datetime import timedelta

import httpx
import pytest

from tests.contracts.people import APP, NOW
from tests.unit.adapters.scripted_wechat import (
    ALICE,
    CODE,
    LOGIN,
    NUMBER,
    PHONE_CODE,
    TOKEN_GIVEN,
    refused,
    scripted,
)
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.domain.errors import CodeUsed, LoginError, WeChatUnavailable

FIRST, SECOND = "first.test", "second.test"
UNREACHABLE = httpx.ConnectError("refused")


def two(*answers, **fields):
    """Answer a client of two hosts, and the one script behind both."""
    return scripted(*answers, base_url=f"https://{FIRST}", second_url=f"https://{SECOND}", **fields)


def asked(script) -> list[str]:
    """Answer the hosts in the order they were asked, as address and header have it."""
    hosts = [request.url.host for request in script.requests]
    assert hosts == [request.headers["host"] for request in script.requests]
    return hosts


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


async def test_the_second_is_asked_where_the_first_takes_no_connection(clock):
    """The same code goes there within the same call, and for the caller nothing happened."""
    client, script = two(UNREACHABLE, LOGIN, clock=clock)

    assert await client.exchange(APP, CODE)
    assert [FIRST, SECOND] == asked(script)
    assert () == client.circuits.open_now()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadError("gone"),
        httpx.RemoteProtocolError("hung up"),
        httpx.Response(502),
        b"<html>",
        refused(-1),
        refused(40163),
    ],
    ids=["broken", "hung up", "502", "html", "busy", "used"],
)
async def test_a_code_that_may_have_arrived_is_not_sent_to_the_other(clock, answer):
    """Whatever else comes of it, the first host had the question and the second never hears it."""
    client, script = two(answer, clock=clock)

    with pytest.raises(LoginError):
        await client.exchange(APP, CODE)

    assert {FIRST} == set(asked(script))


async def test_a_first_that_is_away_is_left_alone_for_a_while(clock):
    """Half a minute everybody goes to the second at once, then the first is tried again."""
    client, script = two(UNREACHABLE, LOGIN, clock=clock)
    await client.exchange(APP, CODE)
    clock.advance(timedelta(seconds=29))
    await client.exchange(APP, CODE)
    clock.advance(timedelta(seconds=1))
    await client.exchange(APP, CODE)
    await client.exchange(APP, CODE)

    assert [FIRST, SECOND, SECOND, FIRST, FIRST] == asked(script)


async def test_a_clock_set_back_does_not_keep_the_first_away(clock):
    """After an hour back the first host is tried."""
    client, script = two(UNREACHABLE, LOGIN, clock=clock)
    await client.exchange(APP, CODE)
    clock.advance(timedelta(hours=-1))
    await client.exchange(APP, CODE)

    assert [FIRST, SECOND, FIRST] == asked(script)


async def test_where_neither_is_there_the_code_is_unspent(clock):
    """Both are tried, the failure counts once, and the next caller begins with the first."""
    client, script = two(UNREACHABLE, clock=clock)

    for _ in range(2):
        with pytest.raises(WeChatUnavailable) as refusal:
            await client.exchange(APP, CODE)
        assert not refusal.value.code_may_be_spent

    assert [FIRST, SECOND] * 2 == asked(script)


async def test_a_code_lost_at_the_second_is_spent(clock):
    """It may have arrived there."""
    client, script = two(UNREACHABLE, httpx.ReadError("gone"), LOGIN, clock=clock)

    with pytest.raises(WeChatUnavailable) as refusal:
        await client.exchange(APP, CODE)

    assert refusal.value.code_may_be_spent
    assert [FIRST, SECOND] == asked(script)


async def test_tokens_and_phones_go_the_same_way(clock):
    """What asks with a body goes to the second host as well, whole."""
    client, script = two(UNREACHABLE, TOKEN_GIVEN, NUMBER, clock=clock)

    assert await client.phone(ALICE, PHONE_CODE)

    assert [FIRST, SECOND, SECOND] == asked(script)
    assert script.requests[0].content == script.requests[1].content != b""


async def test_a_used_code_of_the_second_is_an_answer(clock):
    """Refusals of the second host are WeChat's."""
    client, _script = two(UNREACHABLE, refused(40163), clock=clock)

    with pytest.raises(CodeUsed):
        await client.exchange(APP, CODE)


async def test_closing_closes_both(clock):
    """Each host has connections of its own."""
    client, script = two(UNREACHABLE, LOGIN, clock=clock)
    await client.exchange(APP, CODE)

    await client.close()

    assert (2, 2) == (script.opened, script.closed)


async def test_without_a_second_there_is_none():
    """A stand-in for WeChat has one address."""
    client, script = scripted(UNREACHABLE)

    with pytest.raises(WeChatUnavailable):
        await client.exchange(APP, CODE)

    assert 1 == len(script.requests)
