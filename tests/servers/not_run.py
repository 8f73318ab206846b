"""The last words of a test run: what did not run on this machine, and why."""

import os
from collections import defaultdict
from collections.abc import Iterable

import pytest


def lines_about_what_did_not_run(
    skipped: Iterable[pytest.TestReport | pytest.CollectReport], *, deselected: int, cut_short: bool
) -> list[str]:
    """Answer one line per reason with the tests it kept from running, or one line of all well.

    WXLOGIN_TEST_NOT_RUN carries the reasons of parts outside pytest, one a line.
    """
    tests: dict[str, list[str]] = defaultdict(list)
    for report in skipped:
        tests[_reason(report)].append(report.nodeid)
    lines = [
        f"- {line}" for line in os.environ.get("WXLOGIN_TEST_NOT_RUN", "").splitlines() if line
    ]
    for reason, nodes in sorted(tests.items()):
        lines.append(f"- {reason} ({len(nodes)}):")
        lines += [f"    {node}" for node in nodes]
    if deselected:
        lines.append(f"- left out by the command line ({deselected})")
    if cut_short:
        lines.append("- the run was cut short; what came after did not run")
    return lines or ["Everything ran."]


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    match report.longrepr:
        case (_, _, str(message)):
            return message.removeprefix("Skipped: ")
        case other:
            return str(other)
