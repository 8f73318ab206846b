"""Clock, ids and journal of the real surroundings."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import structlog
from structlog.testing import capture_logs

from wxlogin.adapters.system import LogJournal, RandomIds, SystemClock
from wxlogin.domain.ports.ambient import Fact


def test_the_clock_tells_utc_and_goes_on():
    """The time is aware, in UTC, and that of this machine."""
    before = datetime.now(UTC)
    told = SystemClock().now()

    assert told.tzinfo is UTC
    assert before <= told <= datetime.now(UTC) + timedelta(seconds=1)


def test_ids_are_uuids_of_version_7_in_order():
    """Ids are RFC 9562 text of version 7, all different, and later ones sort later."""
    ids = [RandomIds().new_id() for _ in range(2000)]

    form = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert all(re.fullmatch(form, each) for each in ids)
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)


def test_an_id_starts_with_its_time():
    """The first 48 bits are the milliseconds since 1970."""
    before = datetime.now(UTC)
    made = int(RandomIds().new_id().replace("-", "")[:12], 16)

    assert abs(made - before.timestamp() * 1000) < 5000


def test_secrets_are_long_and_differ():
    """A secret is 43 URL-safe signs, and no two are the same."""
    made = {RandomIds().new_secret() for _ in range(1000)}

    assert len(made) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", each) for each in made)


def test_forked_processes_make_ids_of_their_own():
    """Processes forked from one that made ids already do not make the same ids."""
    program = (
        "import os\n"
        "from wxlogin.adapters.system import RandomIds\n"
        "RandomIds().new_id()\n"
        "for _ in range(8):\n"
        "    if os.fork() == 0:\n"
        "        print(RandomIds().new_id()[-12:], flush=True)\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert len(set(done.stdout.split())) == 8


def test_a_fact_is_one_log_line():
    """The line is named after the fact and says outcome and those ids that are known."""
    with capture_logs() as lines:
        LogJournal().record(Fact("login", appid="wx1", user_id="u1"))
        LogJournal().record(Fact("refresh_reuse_detected", outcome="ended", sid="s1"))

    assert lines == [
        {
            "event": "login",
            "outcome": "ok",
            "appid": "wx1",
            "user_id": "u1",
            "log_level": "info",
        },
        {
            "event": "refresh_reuse_detected",
            "outcome": "ended",
            "sid": "s1",
            "log_level": "info",
        },
    ]


def test_a_log_that_fails_stops_nobody():
    """When a line cannot be written, recording still returns."""

    def broken(*_: object) -> None:
        raise OSError("disk full")

    configured = structlog.get_config()
    structlog.configure(processors=[broken], cache_logger_on_first_use=False)
    try:
        LogJournal().record(Fact("login"))
    finally:
        structlog.configure(**configured)
