"""Verdict: every promise with what speaks against it."""

from collections.abc import Callable, Iterator, Mapping

from attrs import frozen

from tests.campaign.checker.answers import (
    codes_sent_twice,
    surprise_ends,
    unexplained_failures,
    unexplained_refusals,
)
from tests.campaign.checker.endings import neither_dead_nor_alive
from tests.campaign.checker.rows import Rows
from tests.campaign.checker.story import Story
from tests.campaign.checker.users import duplicate_users
from tests.campaign.checker.writes import lost_writes
from tests.campaign.history import History

PROMISES: Mapping[str, Callable[[Story], Iterator[str]]] = {
    "duplicate users": duplicate_users,
    "acknowledged writes lost": lost_writes,
    "sessions alive that should be dead, or the reverse": neither_dead_nor_alive,
    "codes sent upstream twice": codes_sent_twice,
    "surprise sign-outs": surprise_ends,
    "unexplained 5xx": unexplained_failures,
    "unexplained refusals": unexplained_refusals,
}


@frozen
class Verdict:
    """What was found, a line each, under the promise that it breaks."""

    found: Mapping[str, tuple[str, ...]]

    @property
    def good(self) -> bool:
        return not any(self.found.values())


def judge(history: History, rows: Rows) -> Verdict:
    """Compares what was answered with what is kept and with what WeChat was asked."""
    story = Story(history, rows)
    return Verdict({name: tuple(look(story)) for name, look in PROMISES.items()})
