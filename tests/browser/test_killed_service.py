"""The service is killed under the person's hands, and comes back."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.browser.chromium import Chromium
from tests.servers.deployment import Deployment, wait_until


def test_no_confirmed_edit_is_lost_and_nobody_logs_in_again(chromium: Chromium, tmp_path: Path):
    """`kill -9` between edits: what was confirmed last is there, in the same session."""
    deployment, marker = Deployment(tmp_path, {"WXLOGIN_RATE_LIMIT": "off"}), tmp_path / "marker"
    with (
        deployment.simulator(),
        deployment.service() as first,
        ThreadPoolExecutor(1) as pool,
    ):
        playing = pool.submit(
            chromium.play, "killedService", deployment, tmp_path, marker=str(marker)
        )
        wait_until(lambda: marker.exists() or playing.done(), "the person edits", seconds=60)
        first.kill9()
        with deployment.service():
            found = playing.result()

    assert found.facts["state"] == "in"
    assert found.facts["lost"] == []
    assert found.facts["nickname"] == found.facts["confirmed"]
    assert found.count("POST", "/v1/login") == 1
    # Chromium itself writes of each call that finds nobody; nothing else is written. How many
    # edits fail for good depends on how fast the service is back: the library asks again.
    assert found.console
    assert all("net::ERR_" in line for line in found.console)
