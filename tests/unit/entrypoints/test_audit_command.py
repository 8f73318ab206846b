"""`wxlogin audit` before it touches a store: its words, and which moment is meant."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner

from wxlogin.domain.ports.audit import Actor, AuditWord
from wxlogin.entrypoints.cli.auditing import beginning
from wxlogin.entrypoints.cli.commands import wxlogin
from wxlogin.entrypoints.cli.texts import TEXTS


@pytest.mark.parametrize(
    "key", [*(f"event {word}" for word in AuditWord), *(f"actor {actor}" for actor in Actor)]
)
def test_every_word_of_the_trail_has_its_texts(key: str):
    """In both languages the word one filters by is there to copy."""
    zh, en = TEXTS[key]

    assert zh != en
    if key.startswith("event "):
        assert zh.split()[0] == en == key.removeprefix("event ")


@pytest.fixture
def in_shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("2026-11-24T08:00Z", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T08:00", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T08:00:01.5+08:00", datetime(2026, 11, 24, 0, 0, 1, 500_000, UTC)),
        ("45s", timedelta(seconds=45)),
        ("90m", timedelta(minutes=90)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
    ],
)
def test_a_moment_or_how_long_ago(in_shanghai: None, text: str, meant: object):
    """A time without a zone is in UTC, as the trail shows it, wherever the machine is."""
    assert beginning(text) == meant


@pytest.mark.parametrize("text", ["", "yesterday", "0d", "-1d", "7", "7 d", "2026-13-01", "１d"])
def test_what_is_no_moment_is_said(text: str):
    """With what would be one, as a wrong command line."""
    with pytest.raises(click.UsageError, match="7d"):
        beginning(text)


@pytest.mark.parametrize(
    "arguments",
    [["--event", "login_failed"], ["--limit", "0"], ["--limit", "10001"], ["--since", "later"]],
    ids=" ".join,
)
def test_a_question_that_makes_no_sense_ends_with_2(arguments: list[str]):
    """Nothing is opened for it."""
    ran = CliRunner().invoke(wxlogin, ["audit", *arguments])

    assert ran.exit_code == 2
    assert "Usage:" in ran.output
