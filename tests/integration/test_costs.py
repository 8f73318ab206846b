"""No operation costs our own code more than what is recorded, unless somebody means it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import costs

ROOT = Path(__file__).parents[2]
MOST = 1.05
"""Calls are the same in every run and from Python 3.11 to 3.13. Blocks differ by 1 % from run to
run, and by 3 % between those Pythons."""

TOLD = (
    "{name}: {now} {what}, recorded are {then}. Each costs every request of every user. Where it is"
    " meant, `.venv/bin/python -m tests.costs` records anew; say why in the commit."
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """Gives what the operations cost now, counted in a process where nothing else happens."""
    target = tmp_path_factory.mktemp("costs") / "costs.json"
    subprocess.run([sys.executable, "-m", "tests.costs", target], cwd=ROOT, check=True)
    return json.loads(target.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", costs.NAMES)
def test_an_operation_costs_no_more_than_recorded(name, measured):
    """Calls of our functions and the blocks of memory they take grow by at most 5 %."""
    recorded = json.loads(costs.RECORDED.read_text(encoding="utf-8"))[name]

    grown = [
        TOLD.format(name=name, what=what, now=measured[name][what], then=recorded[what])
        for what in recorded
        if measured[name][what] > recorded[what] * MOST
    ]

    assert grown == []
