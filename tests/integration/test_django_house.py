"""A Django process that serves the wishes from its own settings, to its end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.deployment import Deployment

PROGRAM = """
import os, sqlite3, sys, time
from wxlogin.domain.ports.ambient import Fact
from wxlogin.entrypoints.django.house import house

def kept():
    with sqlite3.connect("wxlogin.db") as database:
        return database.execute("SELECT event, user_id FROM audit_events").fetchall()

here = house()
here.loop.call_soon_threadsafe(here.door.wishes.logout.journal.record, Fact("login", user_id="u"))
if "killed" in sys.argv:
    deadline = time.monotonic() + 10
    while not kept() and time.monotonic() < deadline:
        time.sleep(0.05)
    os._exit(0)
"""


@pytest.mark.parametrize("ending", ["killed", "in order"])
def test_it_keeps_house_until_it_ends(tmp_path: Path, ending: str):
    """Entries of the trail are written while it lives, and what is left when it ends in order."""
    deployment = Deployment(tmp_path)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("WXLOGIN_")}

    subprocess.run(
        [sys.executable, "-c", PROGRAM, ending],
        env={**inherited, **deployment.settings},
        cwd=tmp_path,
        check=True,
        timeout=60,
    )

    told = deployment.command("audit", "--json").stdout
    assert told.count('"event":"login"') == 1
