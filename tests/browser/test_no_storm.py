"""One login, one refresh, however many ask: counted by browser, service and simulator."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.browser.conftest import Counter
from tests.servers.deployment import running

_ACCESS_SECONDS = 3


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """Count on a service of its own, where access tokens soon run out."""
    folder = tmp_path_factory.mktemp("no-storm")
    env = {"WXLOGIN_ACCESS_TTL": str(_ACCESS_SECONDS), "WXLOGIN_RATE_LIMIT": "off"}
    with running(folder, **env) as deployment:
        yield Counter(deployment)


def test_ten_pages_starting_at_once_make_one_login(
    counter: Counter, chromium: Chromium, tmp_path: Path
):
    """Ten pages wait for the same wx.login, the same login, and all show the person."""
    found = chromium.play("tenPages", counter.deployment, tmp_path, person="ten-pages")

    assert found.facts["waiting"] == ["loading"] * 10
    assert found.console == []
    assert found.count("POST", "/_sim/codes") == 1
    assert found.count("POST", "/v1/login") == 1
    assert counter.answered("POST", "/v1/login", 200) == 1
    assert counter.calls_to_wechat() == 1


@pytest.mark.parametrize("stopped", [False, True], ids=["clock-right", "clock-stopped"])
def test_fifty_requests_with_an_expired_token_make_one_refresh(
    *, stopped: bool, counter: Counter, chromium: Chromium, tmp_path: Path
):
    """50 answers for one refresh and no login, also when only the 401 tells of the expiry."""
    logins, refreshes = (counter.answered("POST", "/v1/login", 200), refreshed(counter))
    found = chromium.play(
        "fiftyRequests",
        counter.deployment,
        tmp_path,
        person=f"fifty-{stopped}",
        stopped=stopped,
    )

    answered = found.facts["answered"]
    assert [status for status, _ in answered] == [200] * 50
    assert len({id_ for _, id_ in answered}) == 1
    assert found.count("POST", "/v1/token/refresh") == 1
    assert found.count("POST", "/v1/login") == 0
    assert refreshed(counter) - refreshes == 1
    assert counter.answered("POST", "/v1/login", 200) - logins == 1
    refused = [call for call in found.calls if call["status"] == 401]
    # Chromium itself writes of each 401; nothing else is written.
    assert len(found.console) == len(refused) == (50 if stopped else 0)
    assert all("status of 401" in line and "/v1/me?n=" in line for line in found.console)


def refreshed(counter: Counter) -> int:
    """Answer how many refreshes the service has done."""
    return counter.answered("POST", "/v1/token/refresh", 200)
