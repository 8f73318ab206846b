"""`wxlogin serve --workers N`: workers that are killed, replaced, or told to end too early."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.servers.deployment import WXLOGIN, Deployment, get, wait_until


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def test_a_killed_worker_is_replaced(deployment: Deployment):
    """At once, told in the log, while the others go on."""
    with deployment.service("--workers", "2") as served:
        wait_until(lambda: len(workers_of(served.pid)) == 2, "both workers run")
        (killed, spared) = workers_of(served.pid)
        os.kill(killed, signal.SIGKILL)

        wait_until(lambda: "worker_replaced" in served.log(), "it is told")

        assert get(f"{deployment.url}/readyz").status_code == 200
        assert {killed, spared} & set(now := workers_of(served.pid)) == {spared}
        assert len(now) == 2
        assert served.stop() == 0


def test_ctrl_c_while_workers_start_is_an_orderly_end(deployment: Deployment):
    """The terminal sends it to all of them: no traceback, and 0."""
    with (
        (deployment.folder / "log").open("w+") as log,
        subprocess.Popen(
            [*WXLOGIN, "serve", "--workers", "2"],
            env={**os.environ, **deployment.settings},
            cwd=deployment.folder, stdout=log, stderr=log, start_new_session=True,
        ) as serving,
    ):  # fmt: skip
        wait_until(lambda: len(workers_of(serving.pid)) == 2, "workers begin", 30)
        os.killpg(serving.pid, signal.SIGINT)

        try:
            code = serving.wait(15)
        finally:
            if serving.poll() is None:
                os.killpg(serving.pid, signal.SIGKILL)
        told = (deployment.folder / "log").read_text(encoding="utf-8")

    assert (0, False) == (code, "Traceback" in told), told


def workers_of(parent: int) -> list[int]:
    """Answer the ids of the workers, not of the helper that multiprocessing itself starts."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in children if "spawn_main" in _command(pid)]


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has just gone
        return ""
