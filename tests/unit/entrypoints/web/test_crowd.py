"""Who makes a crowd, and what those hear who are too many."""

import json

import pytest
import structlog

from tests.world import ISSUER
from wxlogin.adapters.memory.ambient import SerialIds
from wxlogin.entrypoints.web import crowd
from wxlogin.entrypoints.web.crowd import Crowd
from wxlogin.entrypoints.web.language import Language
from wxlogin.entrypoints.web.wishes import DoorPolicy


@pytest.fixture
def counted() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
def elsewhere() -> list[int]:
    """How many wait for WeChat."""
    return [0]


@pytest.fixture
def here(counted, elsewhere) -> Crowd:
    return Crowd(
        DoorPolicy(ISSUER), SerialIds(), lambda *told: counted.append(told), lambda: elsewhere[0]
    )


def test_as_many_as_there_is_room_for_are_no_crowd(here: Crowd):
    """The last place is taken, and the one after it is not given."""
    here.under_way = range(crowd.MOST - 1)
    assert not here.refuses()

    here.under_way = range(crowd.MOST)
    assert here.refuses()


def test_who_waits_for_somebody_else_is_no_crowd(here: Crowd, elsewhere: list[int]):
    """Those who wait for WeChat and those who send their body slowly keep nothing busy."""
    here.under_way = range(crowd.MOST + 10)
    elsewhere[0], here.unread = 6, 4
    assert here.refuses()

    here.unread = 5
    assert not here.refuses()


def test_every_refusal_is_counted_and_told_once_a_second(here: Crowd, counted, monkeypatch):
    """The metrics count each; the log gets a line a second with how many they were."""
    moments = (1000 + 0.101 * number for number in range(30))
    monkeypatch.setattr(crowd, "perf_counter", lambda: next(moments))
    with structlog.testing.capture_logs() as logs:
        for _ in range(30):
            here.words(Language.EN)

    assert [("*", "overloaded", "crowd")] * 30 == counted
    assert [1, 10, 10] == [line["refused"] for line in logs]


def test_the_words_are_those_of_the_door(here: Crowd):
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
