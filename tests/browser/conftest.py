"""What these tests share: the browser, and a deployment on each database."""

import re
from collections.abc import Iterator

import pytest
from attrs import frozen

from tests.browser.chromium import Chromium
from tests.servers.deployment import Deployment, get, running
from tests.servers.postgres import fresh_postgres_database

_REQUESTS = re.compile(r"^wxlogin_request_seconds_count\{(.*)\} (\S+)$", re.MULTILINE)


@frozen
class Counter:
    """Counts, from the service and from the simulator, what happens while a block runs."""

    deployment: Deployment

    def calls_to_wechat(self) -> int:
        """Answer how often WeChat was asked who a code belongs to."""
        return int(get(f"{self.deployment.simulator_url}/_sim/counts").json()["jscode2session"])

    def answered(self, method: str, route: str, status: int) -> int:
        """Answer how often the service gave a route an answer of a status."""
        labels = {f'method="{method}"', f'route="{route}"', f'status="{status}"'}
        text = get(f"{self.deployment.url}/metrics").text
        return sum(
            int(float(number))
            for found, number in _REQUESTS.findall(text)
            if labels <= set(found.split(","))
        )


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """The browser of this machine; skips with the reason where there is none."""
    return Chromium.of_this_machine()


@pytest.fixture(scope="package")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Simulator and service on SQLite."""
    with running(tmp_path_factory.mktemp("browser-sqlite")) as deployment:
        yield deployment


@pytest.fixture(scope="package")
def on_postgresql(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """Simulator and service on PostgreSQL."""
    folder = tmp_path_factory.mktemp("browser-postgresql")
    with fresh_postgres_database(postgres_url) as url:
        migrated = Deployment(folder, {"WXLOGIN_DATABASE_URL": url}).command("migrate")
        assert migrated.returncode == 0, migrated.stderr
        with running(folder, WXLOGIN_DATABASE_URL=url) as deployment:
            yield deployment
