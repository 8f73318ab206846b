"""Limits shared over a real Redis: the contract, several processes, and outages."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest
import structlog
from attrs import define
from redis.asyncio import Redis

from tests.contracts.limits import LimitsContract, Pass
from tests.servers import RedisServer, free_port
from wxlogin.adapters.limits import CountedLimits, open_limits
from wxlogin.domain.ports.limits import RateLimiter, Rule


@define
class _Clock:
    """The real time, moved on by as much as a test likes: Redis cannot be told another one."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


_LONG = 30.0
"""Seconds of patience where the counting is the question, not how long a busy machine takes."""


class TestRedisLimits(LimitsContract):
    @pytest.fixture
    async def limits(self, redis_url: str) -> AsyncIterator[RateLimiter]:
        """Answer limits over the shared Redis."""
        limits = open_limits(redis_url, _Clock(), patience=_LONG)
        yield limits
        await limits.close()

    @pytest.fixture
    def asker(self) -> str:
        """Answer somebody new in a Redis that other runs may have used."""
        return f"10.0.0.1 {token_hex(8)}"

    @pytest.fixture
    async def passing(self, redis_url: str) -> AsyncIterator[Pass]:
        """Let time pass, as Redis tells it: ask for what never comes, for so long."""
        redis = Redis.from_url(redis_url, socket_timeout=10)

        async def wait(seconds: float) -> None:
            assert await redis.blpop([f"never {token_hex(8)}"], timeout=seconds) is None

        yield wait
        await redis.aclose()


@pytest.fixture
async def two(durable_redis: RedisServer) -> AsyncIterator[tuple[CountedLimits, CountedLimits]]:
    """Answer the limits of two processes on one Redis."""
    here, there = (open_limits(durable_redis.url, _Clock(), patience=_LONG) for _ in range(2))
    yield here, there
    await here.close()
    await there.close()


async def test_processes_count_together(two: tuple[CountedLimits, CountedLimits]):
    """Of a hundred parallel hits over two processes exactly as many pass as the rule allows."""
    rule = Rule("together", 30, 60)
    answers = await asyncio.gather(*(two[at % 2].hit(rule, "a") for at in range(100)))

    assert answers.count(None) == 30
    assert await two[0].full(rule, "a") in (59, 60)


async def test_a_killed_redis_is_done_without_and_comes_back(durable_redis: RedisServer):
    """Through an outage each process counts by itself; told once; then it is shared again."""
    clock, rule = _Clock(), Rule("outage", 2, 600)
    limits, other = open_limits(durable_redis.url, clock), open_limits(durable_redis.url, clock)
    assert await limits.hit(rule, "a") is None
    durable_redis.kill9()
    try:
        with structlog.testing.capture_logs() as lines:
            answers = [await limits.hit(rule, "a") for _ in range(4)]
            clock.ahead += timedelta(seconds=2)
            answers.append(await limits.full(rule, "a"))
        assert answers[:2] == [None, None]
        assert None not in answers[2:]
        assert [line["event"] for line in lines] == ["limits_store_failing"]
        assert durable_redis.url not in str(lines)
        assert limits.failing
    finally:
        durable_redis.restart()

    clock.ahead += timedelta(seconds=2)
    with structlog.testing.capture_logs() as lines:
        assert await limits.hit(rule, "a") is None
        clock.ahead += timedelta(seconds=2)
        assert await limits.hit(rule, "a") is not None
    assert [line["event"] for line in lines] == ["limits_store_back"]
    assert not limits.failing
    assert await other.full(rule, "a") is not None
    await limits.close()
    await other.close()


async def test_a_silent_redis_is_not_waited_for():
    """A Redis that takes connections and says nothing costs a quarter of a second, once."""
    rule, clock = Rule("silent", 2, 60), _Clock()
    with closing(socket.create_server(("127.0.0.1", free_port()))) as silent:
        limits = open_limits(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", clock)
        began = time.monotonic()
        first = await asyncio.gather(*(limits.hit(rule, "a") for _ in range(3)))
        then = [await limits.hit(rule, "a") for _ in range(50)]
        took = time.monotonic() - began
        await limits.close()

    assert first.count(None) == 2
    assert None not in then
    assert took < 2


async def test_a_failed_question_is_not_asked_twice():
    """When Redis hangs up, the question is not tried again: counting here costs less."""
    connections = 0

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        limits = open_limits(f"redis://127.0.0.1:{port}/0", _Clock())
        assert await limits.hit(Rule("r", 1, 60), "a") is None
        await limits.close()

    assert connections == 1


async def test_an_answer_that_came_too_late_goes_to_nobody(durable_redis: RedisServer):
    """After Redis hung for a while, every answer belongs to the question it is for."""
    clock, busy, free = _Clock(), Rule("late", 1, 600), Rule("late too", 1000, 600)
    limits = open_limits(durable_redis.url, clock)
    await limits.hit(busy, "a")
    redis = Redis.from_url(durable_redis.url)
    await redis.execute_command("CLIENT", "PAUSE", "400", "ALL")

    await asyncio.gather(*(limits.hit(busy, "a") for _ in range(5)))
    await _until(redis.ping)
    clock.ahead += timedelta(seconds=2)

    for _ in range(20):
        assert await limits.hit(free, "a") is None
        assert await limits.hit(busy, "a") is not None
        assert await limits.full(free, "a") is None
    await redis.aclose()
    await limits.close()


async def _until(answers: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(5):
        await answers()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:{port}/0", "redis://no.such.host.invalid/0"])
async def test_a_redis_that_is_not_there_stops_nobody(url: str):
    """With nobody listening, or no such host, limits count in the process."""
    limits = open_limits(url.format(port=free_port()), _Clock())

    assert [await limits.hit(Rule("none", 1, 60), "a") for _ in range(2)] == [None, 60]
    await limits.close()


async def test_keys_in_redis_go_by_themselves(redis_url: str):
    """What is kept for an asker is gone with its window."""
    limits, redis, asker = open_limits(redis_url, _Clock()), Redis.from_url(redis_url), token_hex(8)
    await limits.hit(Rule("keys", 5, 60), asker)
    (key,) = [key async for key in redis.scan_iter(f"*{asker}*")]

    assert key.startswith(b"wxlogin:limit/keys/")
    assert 0 < await redis.ttl(key) <= 60
    await redis.aclose()
    await limits.close()
