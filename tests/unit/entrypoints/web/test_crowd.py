"""When a crowd is refused: the loop must be late and stay late, whatever the number."""

import json

import pytest
import structlog

from tests.world import ISSUER
from wxlogin.adapters.memory.ambient import SerialIds
from wxlogin.entrypoints.web import crowd
from wxlogin.entrypoints.web.crowd import Crowd
from wxlogin.entrypoints.web.language import Language
from wxlogin.entrypoints.web.wishes import DoorPolicy


class Loop:
    """Runs what was put off when a test says so, after as many seconds as it says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.put_off = []
        monkeypatch.setattr(crowd, "perf_counter", lambda: self.now)

    def later(self, run, *arguments) -> None:
        self.put_off.append((run, arguments))

    def goes_round(self, seconds: float) -> None:
        self.now += seconds
        due, self.put_off = self.put_off, []
        for run, arguments in due:
            run(*arguments)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    return Loop(monkeypatch)


@pytest.fixture
def counted() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
def store() -> list[float]:
    """For how long the first in line has waited at the store."""
    return [0.0]


@pytest.fixture
def here(counted, store) -> Crowd:
    return Crowd(
        DoorPolicy(ISSUER), SerialIds(), lambda *told: counted.append(told), lambda: store[0]
    )


def refused(here: Crowd, loop: Loop, *rounds: float) -> list[bool]:
    """Answers what a request hears before each round of the loop, which then takes so long."""
    heard = []
    for seconds in rounds:
        heard.append(here.refuses(loop.later))
        loop.goes_round(seconds)
    return heard


def test_many_who_wait_are_no_crowd(here: Crowd, loop: Loop):
    """While what is ready has its turn at once nobody is refused: they wait for somebody else."""
    assert [False] * 5 == refused(here, loop, *[0.001] * 5)


def test_one_pause_is_no_crowd(here: Crowd, loop: Loop):
    """One late round, as after a pause of the machine, refuses nobody."""
    assert [False] * 4 == refused(here, loop, 0.001, 3.0, 0.001, 0.001)


def test_a_loop_that_stays_late_refuses_until_it_is_at_ease(here: Crowd, loop: Loop):
    """From the second late round on, and on while it is merely less late."""
    assert [False, False, True, True, True, False] == refused(
        here, loop, 0.06, 0.07, 0.04, 0.01, 0.004, 0.004
    )


def test_a_store_that_lets_wait_makes_a_crowd_too(here: Crowd, loop: Loop, store: list[float]):
    """A quarter of a second in line is as late as 50 ms of the loop."""
    heard = []
    for store[0] in (0.3, 0.3, 0.1, 0.1, 0.01, 0.0):
        heard += refused(here, loop, 0.001)

    assert [False, False, True, True, True, False] == heard


def test_the_loop_is_looked_at_once_a_round(here: Crowd, loop: Loop):
    """However many come in one round, one look is put off."""
    for _ in range(100):
        here.refuses(loop.later)

    assert 1 == len(loop.put_off)


def test_every_refusal_is_counted_and_told_once_a_second(here: Crowd, loop: Loop, counted):
    """The metrics count each; the log gets a line a second with how many they were."""
    with structlog.testing.capture_logs() as logs:
        for _ in range(30):
            here.words(Language.EN)
            loop.now += 0.101

    assert [("*", "overloaded", "crowd")] * 30 == counted
    assert [1, 10, 10] == [line["refused"] for line in logs]


def test_the_words_are_those_of_the_door(here: Crowd, loop: Loop):
    """A problem in the language asked for, its header and body of one mind, in turn 1 to 5 s."""
    waits = []
    for _ in range(10):
        words = here.words(Language.ZH)
        told, headers = json.loads(words.body(b"r-1")), dict(words.headers)
        waits.append(told["retry_after"])

        assert headers[b"retry-after"] == str(told["retry_after"]).encode()
        assert headers[b"content-type"] == b"application/problem+json"
        assert headers[b"cache-control"] == b"no-store"
        assert ("overloaded", "r-1", 503) == (told["code"], told["request_id"], told["status"])
        assert "服务繁忙" == told["title"]

    assert [1, 2, 3, 4, 5] * 2 == waits
