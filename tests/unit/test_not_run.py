"""What a test run says at its end about what it did not do."""

import pytest

from tests.servers.not_run import lines_about_what_did_not_run


@pytest.fixture(autouse=True)
def _no_outside_reasons(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WXLOGIN_TEST_NOT_RUN", raising=False)


def test_a_full_run_says_so():
    """Without any skip the one line is that everything ran."""
    assert _lines() == ["Everything ran."]


def test_skips_are_grouped_by_reason():
    """Each reason stands once, with the tests it kept from running below it."""
    lines = _lines(_skip("a.py::one", "no chromium"), _skip("a.py::two", "no chromium"))

    assert lines == ["- no chromium (2):", "    a.py::one", "    a.py::two"]


def test_parts_outside_pytest_are_named_too(monkeypatch: pytest.MonkeyPatch):
    """What make could not run reaches the same list."""
    monkeypatch.setenv("WXLOGIN_TEST_NOT_RUN", "mini-program tests: no node")

    assert _lines() == ["- mini-program tests: no node"]


def test_a_narrowed_or_broken_run_is_not_called_complete():
    """Deselected tests and a run that stopped early keep the good word back."""
    assert _lines(deselected=3) == ["- left out by the command line (3)"]
    assert "cut short" in _lines(cut_short=True)[0]


def _lines(*skipped: pytest.TestReport, deselected: int = 0, cut_short: bool = False) -> list[str]:
    return lines_about_what_did_not_run(skipped, deselected=deselected, cut_short=cut_short)


def _skip(nodeid: str, reason: str) -> pytest.TestReport:
    where = (nodeid, 1, f"Skipped: {reason}")
    return pytest.TestReport(nodeid, (nodeid, 1, ""), {}, "skipped", where, "setup")
