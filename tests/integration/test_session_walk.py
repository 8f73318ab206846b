"""Sessions on the real service over real databases, walked at random beside a model."""

import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.test_sql_stores import url  # noqa: F401 - the same three databases
from tests.walk.machine import SessionWalk
from tests.walk.processes import Processes

STEPS, LONG_STEPS = 300, 10_000
_AT_ONCE = 30
EVERYTHING = {
    "rotates", "repeats", "superseded", "reuse_detected", "expired", "logged_out", "kicked", "gone",
}  # fmt: skip
"""What a refresh can come to, all of which a long walk meets."""


def test_no_surprise_one_session_and_every_theft_found(
    url: str,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    """Lost answers, tabs, kills and jumps sign nobody out; a stolen token ends at its second use.

    The long run (`make long`) takes other steps each time, and ten thousand of them.
    """
    long = settings.get_current_profile_name() == "long"
    steps: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    processes = Processes(
        url,
        tmp_path,
        sessions_per_user=2,
        session_max_days=timedelta(days=70),
    )
    try:
        while sum(steps.values()) < (LONG_STEPS if long else STEPS):
            run_state_machine_as_test(
                lambda: SessionWalk(processes, steps, answers),
                settings=settings(
                    max_examples=20 if long else 12,
                    stateful_step_count=_AT_ONCE,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
    finally:
        processes.close()
    assert (EVERYTHING if long else {"rotates"}) <= set(answers)
    with capsys.disabled():
        sys.stdout.write(f"\n{sum(steps.values())} steps: {dict(steps.most_common())}\n")
        sys.stdout.write(f"refreshes came to: {dict(answers.most_common())}\n")
