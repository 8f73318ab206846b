"""What a start takes: a process that serves fetches only what it needs."""

import asyncio
import subprocess
import sys
from pathlib import Path

from wxlogin.adapters.sql import migrate

BUILT = """
import sys
from wxlogin.entrypoints.cli.serving import prepared, service, settings_or_leave
service(prepared(settings_or_leave({})))
print(*sys.modules)
"""
FOR_OTHERS = {
    "alembic", "mako", "PIL", "limits", "redis", "django", "fastapi", "sqlalchemy.orm",
}  # fmt: skip
"""Each costs a start 10 to 700 ms, and a worker 1 to 40 MB for as long as it lives."""

COMMAND = """
import atexit, gc, sys
from wxlogin.entrypoints.cli import main
sys.argv = ["wxlogin", "migrate"]
atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 0))
main()
"""


def _run(program: str, folder: Path) -> list[str]:
    environment = {
        "WXLOGIN_ENV": "development",
        "WXLOGIN_APPID": "wx0000000000000001",
        "WXLOGIN_APPSECRET": "0" * 32,
        "WXLOGIN_DATA_DIR": str(folder),
        "WXLOGIN_DATABASE_URL": f"sqlite:///{folder / 'start.db'}",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_service_on_a_current_schema_fetches_nothing_for_others(tmp_path):
    """No migrations, no ORM, no picture library, no Redis: each is fetched by what needs it."""
    asyncio.run(migrate.upgrade(f"sqlite:///{tmp_path / 'start.db'}"))

    fetched = set(_run(BUILT, tmp_path))

    assert "wxlogin.adapters.sql.users" in fetched
    assert FOR_OTHERS & fetched == set()


def test_garbage_is_looked_for_once_everything_is_imported(tmp_path):
    """Importing goes on without the collector, and what a command does with it."""
    assert ["True", "True"] == _run(COMMAND, tmp_path)[-2:]
