"""Histories of identities, phones and merges at random, over every store, beside a model."""

import asyncio
import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.test_sql_people import migrated  # noqa: F401 - the same three databases
from tests.integration.test_sql_stores import stores_on
from tests.unit.adapters.test_memory_stores import memory_stores
from tests.walk.identities import IdentityWalk
from wxlogin.adapters.sql import open_database

_AT_ONCE = 40
EVERYTHING = {
    "login", "login with unionid", "phone moved", "phone bound", "change", "merge", "unmerge",
    "merge undone at once", "part", "ban", "unban", "erase", "a month",
}  # fmt: skip


def walk(fresh, loop, capsys, *, histories: int, look_every: int) -> None:
    """Walks histories; the long run (`make long`) ten times as many, and others each time."""
    long = settings.get_current_profile_name() == "long"
    steps: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: IdentityWalk(fresh(), loop, steps, look_every),
        settings=settings(
            max_examples=histories * (20 if long else 1),
            stateful_step_count=_AT_ONCE,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )
    if long:
        assert set(steps) >= EVERYTHING
    with capsys.disabled():
        sys.stdout.write(f"\n{sum(steps.values())} steps: {dict(steps.most_common())}\n")


def test_one_person_has_what_is_theirs_in_memory(capsys: pytest.CaptureFixture[str]):
    """One identity, one phone, one user; what is undone is as it was; the erased are nowhere."""
    loop = asyncio.new_event_loop()
    try:
        walk(memory_stores, loop, capsys, histories=30, look_every=1)
    finally:
        loop.close()


def test_one_person_has_what_is_theirs(
    migrated: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
):
    """The same in SQL, on three real databases."""
    loop, db = asyncio.new_event_loop(), open_database(migrated)
    try:
        walk(lambda: stores_on(db), loop, capsys, histories=6, look_every=8)
    finally:
        loop.run_until_complete(db.close())
        loop.close()
