"""What keeps the benchmarks fit to be run, without running them."""

from pathlib import Path
from typing import Any

import pytest
from benchmarks import told
from benchmarks.bad_days import big

from wxlogin.adapters.sql import tables


def test_the_big_day_fills_tables_as_they_are():
    """Rows made by hand have columns that exist, and all that must be filled."""
    for name, rows in big.chunk(0, 2):
        columns = tables.METADATA.tables[name].columns
        needed = {
            each.name for each in columns if not each.nullable and each.server_default is None
        }

        assert needed <= set(rows[0]) <= set(columns.keys())


def service(micros: int, start: float, memory: float) -> dict[str, Any]:
    return {
        "title": "A service", "version": "1.0",
        "cpu": {name: [micros - 1, micros, micros + 1] for name in told.NAMES},
        "cold_start_seconds": [start], "memory_mib": {"at_rest": 50, "after_rounds": [memory]},
    }  # fmt: skip


def found(**services: dict[str, Any]) -> dict[str, Any]:
    return {
        "date": "2026-01-01", "machine": {"cpu": "a chip", "cores": 2}, "connections": 32,
        "versions": {"Python": "3.11"},
        "peers": {"rounds": 3, "missing": {}, "services": services},
    }  # fmt: skip


@pytest.mark.parametrize("page", told.pages(None), ids=lambda page: page.name)
def test_pages_tell_the_newest_results(page: Path):
    """What stands between the marks is what those say, and nothing where there are none."""
    assert told.block(page) == told.pages(told.newest())[page]


def test_the_chart_shows_the_newest_results_of_the_peers():
    """Where there are any."""
    newest = told.newest()
    drawn = told.CHART.read_text(encoding="utf-8") if told.CHART.exists() else None

    assert drawn == (told.chart(newest) if newest and "peers" in newest else None)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "A service: me 10 : 20, memory 40 : 60"), ("zh-CN", "A service：读资料 10 : 20，")],
)
def test_a_readme_says_in_what_another_service_needs_less(language, said):
    """Each of its figures below ours is told; those above and alike are not."""
    other = service(30, 2.0, 40.0)
    other["cpu"]["me"] = [10]

    told_of = told.readme(found(wxlogin=service(20, 1.0, 60.0), other=other), language)

    assert said.replace("memory", told.WORDS["en"]["memory"]) in told_of
    assert "30 : 20" not in told_of


def test_a_readme_says_when_nobody_needs_less():
    """Then there is no list."""
    alone = found(wxlogin=service(20, 1.0, 60.0), other=service(20, 1.0, 60.0))

    assert told.losses(alone, "en") == []
    assert told.WORDS["en"]["nothing"] in told.readme(alone, "en")
