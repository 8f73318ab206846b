"""The page of `wxlogin demo`, as it is served: phone, switches and wire."""

from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.servers.demo import demo, free_pair
from tests.servers.deployment import Deployment


@pytest.mark.parametrize(("host", "language"), [("127.0.0.1", "zh"), ("localhost", "en")])
def test_the_desk_shows_the_flow_and_no_secret(
    host: str, language: str, chromium: Chromium, tmp_path: Path
):
    """Under its own policy, with every line opened: calls in order, no code or token in full."""
    port = free_pair()
    here = Deployment(tmp_path, port=port, simulator_port=port + 1)
    with demo(port, tmp_path):
        page = f"http://{host}:{port}/"
        found = chromium.play("desk", here, tmp_path, page=page, language=language)

    assert found.console == []
    assert found.facts["order"] == ["wx.login", "POST /v1/login", "jscode2session"]
    assert found.facts["refreshes"] == 1
    # Codes and token pairs of three launches, and a pair of the refresh.
    assert found.facts["secrets"] >= 11
    assert found.facts["leaks"] == 0
