"""What else runs on the same phone: the tutorial's client, and a bad night."""

from pathlib import Path

from tests.browser.chromium import Chromium
from tests.browser.conftest import Counter
from tests.servers.deployment import Deployment


def test_the_tutorials_client_works_beside_the_library(
    on_sqlite: Deployment, chromium: Chromium, tmp_path: Path
):
    """Its two steps, over the same wx, lead to the same user; its token header is taken."""
    found = chromium.play("tutorial", on_sqlite, tmp_path, person="tutorial")

    assert found.facts["step"] == ["openid", "session_key"]
    assert found.facts["entered"].keys() == {"status", "nickname", "user_id", "token"}
    assert found.facts["statusCode"] == 200
    assert found.facts["entered"]["user_id"] == found.facts["id"] == found.facts["own"]
    assert found.console == []


def test_wiped_storage_no_network_and_the_background_are_survived(
    on_sqlite: Deployment, chromium: Chromium, tmp_path: Path
):
    """The person is the same afterwards, after one more login."""
    counter = Counter(on_sqlite)
    before = counter.answered("POST", "/v1/login", 200)
    found = chromium.play("badNight", on_sqlite, tmp_path, person="night", language="en")

    assert counter.answered("POST", "/v1/login", 200) - before == 2
    assert found.console == []
