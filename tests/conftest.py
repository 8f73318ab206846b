"""What every test may use: real servers, Hypothesis profiles, and an honest end of the run."""

import logging
import os
import signal
from collections.abc import Iterator
from types import FrameType

import pytest
import structlog
from hypothesis import HealthCheck, settings

# Contract suites assert in modules that pytest does not collect by itself.
pytest.register_assert_rewrite("tests.contracts", "tests.servers")

from tests.servers.fixtures import (  # noqa: E402  must follow the registration above
    durable_mariadb,
    durable_postgres,
    durable_redis,
    fresh_mariadb,
    fresh_postgres,
    mariadb_url,
    postgres_url,
    redis_url,
)
from tests.servers.not_run import lines_about_what_did_not_run  # noqa: E402  as above

__all__ = [
    "durable_mariadb",
    "durable_postgres",
    "durable_redis",
    "fresh_mariadb",
    "fresh_postgres",
    "mariadb_url",
    "postgres_url",
    "redis_url",
]

# "ci" tries the same examples each time, so that a red run is about the change;
# "long" looks for new ones.
_EXAMPLES = 60
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=_EXAMPLES,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long", settings.get_profile("ci"), max_examples=_EXAMPLES * 10, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Undo how a command that a test ran in this process set up the logs."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        logging.captureWarnings(capture=False)
        root.handlers, root.level = before


_session = pytest.StashKey[pytest.Session]()


def pytest_configure() -> None:
    """Let a terminated run end like an interrupted one: fixtures stop their servers."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the session, which knows at the end whether it was cut short."""
    session.config.stash[_session] = session


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> Iterator[None]:
    """Name at the very end what did not run and why."""
    yield
    session = config.stash.get(_session, None)
    finished = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
    stats = terminalreporter.stats
    terminalreporter.section("Not run on this machine")
    for line in lines_about_what_did_not_run(
        stats.get("skipped", []),
        deselected=len(stats.get("deselected", [])),
        cut_short=not finished or session is None or bool(session.shouldfail or session.shouldstop),
    ):
        terminalreporter.write_line(line)
