"""Limits counted in the process."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.limits import LimitsContract, Pass
from wxlogin.adapters.limits import CountedLimits, open_limits
from wxlogin.adapters.limits.moving import MovingWindows
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.domain.ports.limits import RateLimiter, Rule

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class TestLocalLimits(LimitsContract):
    @pytest.fixture
    def clock(self) -> SetClock:
        """Answer a clock to move."""
        return SetClock(START)

    @pytest.fixture
    def limits(self, clock: SetClock) -> RateLimiter:
        """Answer limits of one process."""
        return open_limits(None, clock)

    @pytest.fixture
    def passing(self, clock: SetClock) -> Pass:
        """Move the clock."""

        async def move(seconds: float) -> None:
            clock.advance(timedelta(seconds=seconds))

        return move


@given(
    st.lists(st.floats(0, 7), min_size=1, max_size=60),
    st.integers(1, 5),
    st.integers(1, 10),
)
def test_no_window_anywhere_holds_more_than_the_rule(steps: list[float], times: int, seconds: int):
    """However hits are spread, no stretch of the window's length lets in more than allowed."""
    windows, rule, now = MovingWindows(), Rule("r", times, seconds), 1e9
    let_in = []
    for step in steps:
        now += step
        expected = len([at for at in let_in if at > now - seconds]) < times
        assert (windows.full(rule, "a", now) is None) == expected
        if windows.hit(rule, "a", now) is None:
            let_in.append(now)
            assert expected

    for at in let_in:
        assert len([other for other in let_in if at - seconds < other <= at]) <= times


@given(st.lists(st.floats(0, 3), min_size=1, max_size=40), st.integers(1, 4), st.integers(1, 6))
def test_whoever_waits_as_told_is_let_in(steps: list[float], times: int, seconds: int):
    """The answered wait is enough, a second less is not, and it is never longer than the window."""
    windows, rule, now = MovingWindows(), Rule("r", times, seconds), 1e9
    for step in steps:
        now += step
        wait = windows.hit(rule, "a", now)
        if wait is not None:
            assert 1 <= wait <= seconds
            if wait > 1:
                assert windows.full(rule, "a", now + wait - 1) == 1
            now += wait
            assert windows.full(rule, "a", now) is None


def test_hits_outlive_the_change_of_generations():
    """An asker stays counted for the whole of a long window, however many ask meanwhile."""
    windows, day = MovingWindows(), Rule("day", 1, 86400)
    second = Rule("second", 5, 1)
    windows.hit(second, "x", 1000.0)
    assert windows.hit(day, "a", 1000.5) is None

    for hour in range(1, 24):
        windows.hit(second, f"other {hour}", 1000.5 + hour * 3600)
        assert windows.full(day, "a", 1000.5 + hour * 3600) == (24 - hour) * 3600

    assert windows.hit(day, "a", 1000.5 + 86400) is None


def test_the_old_generation_still_counts():
    """An asker who hit just before the generations changed is still refused after it."""
    windows, rule = MovingWindows(), Rule("r", 1, 60)
    windows.hit(rule, "early", 1000.0)
    windows.hit(rule, "a", 1050.0)
    windows.hit(rule, "late", 1061.0)

    assert windows.full(rule, "a", 1062.0) == 48
    assert windows.hit(rule, "a", 1062.0) == 48


def test_askers_that_are_over_are_forgotten():
    """Two windows later nothing is left of an asker."""
    windows, rule = MovingWindows(), Rule("r", 5, 60)
    for at in range(1000):
        windows.hit(rule, f"{at}", 1e9 + at)

    assert len(windows) <= 121


def test_memory_is_bounded():
    """A flood of askers does not fill the memory, and the newest of them stay counted."""
    windows, rule = MovingWindows(most=100), Rule("r", 1, 3600)
    for at in range(10_000):
        windows.hit(rule, f"{at}", 1e9)

    assert len(windows) <= 100
    assert windows.hit(rule, "9999", 1e9) == 3600


def test_a_clock_that_goes_back_locks_nobody_out():
    """After the clock was set back an hour, an asker who was full starts anew."""
    windows, rule = MovingWindows(), Rule("r", 1, 60)
    windows.hit(rule, "a", 1e9)

    assert windows.hit(rule, "a", 1e9 - 3600) is None
    assert windows.hit(rule, "a", 1e9 - 3600) == 60


def test_making_limits_starts_nothing():
    """No thread and no connection until the first call, with an address too."""
    before = threading.active_count()
    limits = open_limits("redis://:secret@127.0.0.1:1/0", SetClock(START))

    assert threading.active_count() == before
    assert "secret" not in repr(limits)


@define
class _Hanging:
    """A shared store that never answers."""

    asked: int = 0
    failures: tuple[type[Exception], ...] = (TimeoutError,)

    async def hit(self, rule: Rule, asker: str, now: float) -> int | None:
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    full = hit

    async def close(self) -> None:
        pass


async def test_nobody_waits_long_for_a_shared_store_that_hangs():
    """Whatever it is that hangs, counting goes on here after a moment, and at once from then on."""
    clock, rule = SetClock(START), Rule("r", 1, 60)
    shared = _Hanging()
    limits = CountedLimits(clock, shared)

    async with asyncio.timeout(5):
        assert [await limits.hit(rule, "a"), await limits.full(rule, "a")] == [None, 60]
    assert shared.asked == 1
    assert limits.failing

    clock.advance(timedelta(seconds=1))
    assert [await limits.full(rule, "a") for _ in range(3)] == [59, 59, 59]
    assert shared.asked == 2


async def test_local_limits_close():
    """There is nothing to close, and closing says nothing."""
    limits = CountedLimits(SetClock(START))
    await limits.hit(Rule("r", 1, 1), "a")
    assert not limits.failing

    await limits.close()
