"""Metrics: what is counted, and that strangers cannot make them grow."""

import os
import subprocess
import sys
from pathlib import Path

from wxlogin.adapters.memory.ambient import ListJournal
from wxlogin.adapters.metrics import CountedJournal, Metrics
from wxlogin.domain.errors import WeChatSaid
from wxlogin.domain.ports.ambient import Fact


def lines(metrics: Metrics) -> list[str]:
    return metrics.render().decode().splitlines()


def test_requests_calls_and_facts_are_counted():
    """Each of the three kinds shows up under its labels."""
    metrics = Metrics()

    metrics.request("/v1/me", "GET", 200, 0.003)
    metrics.request("/v1/me", "GET", 200, 0.2)
    metrics.upstream("code2session", "code_invalid", 0.09, WeChatSaid(40029, "rid"))
    metrics.fact(Fact("login", user_id="018f", sid="018e"))

    told = lines(metrics)
    labels = '{method="GET",route="/v1/me",status="200"}'
    assert f"wxlogin_request_seconds_count{labels} 2.0" in told
    assert 'wxlogin_wechat_seconds_count{api="code2session",outcome="code_invalid"} 1.0' in told
    assert 'wxlogin_wechat_errcodes_total{api="code2session",errcode="40029"} 1.0' in told
    assert 'wxlogin_facts_total{name="login",outcome="ok"} 1.0' in told


def test_a_counted_fact_is_kept_too():
    """A counting journal counts a fact and hands it on."""
    metrics, journal = Metrics(), ListJournal()

    CountedJournal(metrics, journal).record(Fact("ban"))

    assert journal.facts == [Fact("ban")]
    assert 'wxlogin_facts_total{name="ban",outcome="ok"} 1.0' in lines(metrics)


def test_no_id_is_in_a_metric():
    """Whoever a fact is about stays out of the numbers."""
    metrics = Metrics()

    metrics.fact(Fact("login", appid="wx-app", user_id="the-user", sid="the-session"))

    assert not {"wx-app", "the-user", "the-session"} & set(metrics.render().decode().split('"'))


def test_strangers_cannot_make_series_without_end():
    """Invented methods are one series; errcodes and everything else stop at a bound."""
    metrics = Metrics()

    for n in range(2000):
        metrics.request("/v1/me", f"M{n}", 405, 0.001)
        metrics.upstream("code2session", "bad_answer", 0.1, WeChatSaid(n + 1))
        metrics.fact(Fact(f"fact{n}"))

    told = lines(metrics)
    assert sum(line.startswith("wxlogin_request_seconds_count") for line in told) == 1
    assert sum(line.startswith("wxlogin_wechat_errcodes_total{") for line in told) == 61
    assert sum(line.startswith("wxlogin_facts_total{") for line in told) <= 501
    assert any(line.startswith('wxlogin_facts_total{name="other"') for line in told)


def test_processes_that_share_a_folder_are_added_up(tmp_path: Path):
    """With a shared folder one process tells the numbers of all, also of those that ended."""
    counting = (
        "from wxlogin.adapters.metrics import Metrics\n"
        "metrics = Metrics()\n"
        "metrics.request('/v1/me', 'GET', 200, 0.01)\n"
        "print(metrics.render().decode())\n"
    )
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    runs = [
        subprocess.run(
            [sys.executable, "-c", counting], env=env, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]

    labels = '{method="GET",route="/v1/me",status="200"}'
    assert f"wxlogin_request_seconds_count{labels} 1.0" in runs[0]
    assert f"wxlogin_request_seconds_count{labels} 2.0" in runs[1]
