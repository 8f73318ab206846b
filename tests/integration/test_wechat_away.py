"""WeChat away, over real processes: refused at once, told to operators, back by itself."""

from pathlib import Path
from time import monotonic

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.servers.deployment import Deployment, get, post, wait_until

WORKERS = 2


def measured(deployment: Deployment, name: str, **labels: str) -> float:
    """Answer a sample of the metrics; 0 where there is none yet."""
    text = get(f"{deployment.url}/metrics").text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def ready(deployment: Deployment) -> tuple[int, str]:
    answer = get(f"{deployment.url}/readyz")
    return answer.status_code, answer.json()["status"]


def outcome(deployment: Deployment) -> httpx.Response:
    """Log in with a code of the right shape, which WeChat may never hear of."""
    code = f"{monotonic():.9f}".replace(".", "").zfill(32)
    return post(f"{deployment.url}/v1/login", {"code": code})


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path, {"WXLOGIN_RATE_LIMIT": "off"})


def test_a_wechat_that_goes_away_and_comes_back(deployment: Deployment):
    """Over two workers: sessions go on, readiness is 200 and degraded, then all is well again."""
    with deployment.service("--workers", str(WORKERS)):
        with deployment.simulator():
            tokens = deployment.login()
            assert ready(deployment) == (200, "ok")

        def degraded() -> bool:
            assert outcome(deployment).status_code == 503
            return ready(deployment)[1] == "degraded"

        wait_until(degraded, "a worker gave up asking")
        assert get(f"{deployment.url}/readyz").status_code == 200
        refusal = outcome(deployment)
        assert refusal.json()["code"] == "wechat_unavailable"
        assert 0 < int(refusal.headers["retry-after"]) <= 10
        assert deployment.me(tokens["access_token"]).status_code == 200
        renewed = post(
            f"{deployment.url}/v1/token/refresh", {"refresh_token": tokens["refresh_token"]}
        )
        assert renewed.status_code == 200

        circuit = {"api": "code2session", "app": "", "why": "no_answer"}

        def shown() -> bool:
            return measured(deployment, "wxlogin_wechat_circuit_open", **circuit) == 1

        def shown_by_all() -> bool:
            return all(shown() for _ in range(8))

        def well() -> bool:
            return {outcome(deployment).status_code for _ in range(8)} == {401} and not shown()

        wait_until(shown_by_all, "every worker's metrics show it")

        with deployment.simulator():
            wait_until(lambda: outcome(deployment).status_code == 401, "WeChat is asked", 5)
            wait_until(well, "every worker has tried")
            assert deployment.login()["user"]["id"] == tokens["user"]["id"]

        labels = {"outcome": "wechat_unavailable"}
        assert measured(deployment, "wxlogin_logins_total", **labels) >= 5
