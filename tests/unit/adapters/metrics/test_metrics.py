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


def test_no_user_is_in_a_metric():
    """Whoever a fact is about stays out of the numbers; the app is one of ours and may be told."""
    metrics = Metrics()

    metrics.fact(Fact("login", appid="wx-app", user_id="the-user", sid="the-session"))

    told = set(metrics.render().decode().split('"'))
    assert "wx-app" in told
    assert not {"the-user", "the-session"} & told


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


def test_logins_are_counted_by_app_and_outcome():
    """First and later logins, banned users, and those that came to nothing, once each."""
    metrics = Metrics()

    metrics.fact(Fact("register", appid="wx1", user_id="u"))
    metrics.fact(Fact("login", appid="wx1", user_id="u"))
    metrics.fact(Fact("login", "user_banned", appid="wx2", user_id="u"))
    metrics.login_refused("wx2", "user_banned")
    metrics.login_refused("wx2", "code_used")
    metrics.fact(Fact("logout", appid="wx1"))

    assert {
        'wxlogin_logins_total{app="wx1",outcome="register"} 1.0',
        'wxlogin_logins_total{app="wx1",outcome="login"} 1.0',
        'wxlogin_logins_total{app="wx2",outcome="user_banned"} 1.0',
        'wxlogin_logins_total{app="wx2",outcome="code_used"} 1.0',
    } == {line for line in lines(metrics) if line.startswith("wxlogin_logins_total{")}


def test_refusals_are_counted_by_code_and_reason():
    """The limit or the end of the session stands beside the code."""
    metrics = Metrics()

    metrics.refused("/v1/me", "session_ended", "kicked")
    metrics.refused("/v1/me", "rate_limited", "user")

    told = lines(metrics)
    for code, reason in (("session_ended", "kicked"), ("rate_limited", "user")):
        labels = f'{{code="{code}",reason="{reason}",route="/v1/me"}}'
        assert f"wxlogin_refusals_total{labels} 1.0" in told


_STANDING = """
import sys
from wxlogin.adapters.metrics import Metrics
metrics = Metrics()
for line in sys.stdin:
    waiting = int(line)
    circuits = [("code2session", "", "no_answer")] if waiting else []
    metrics.levels(waiting=waiting, under_way=1, circuits=circuits, limits_failing=waiting > 2)
    print([line for line in metrics.render().decode().splitlines() if line[0] != "#"], flush=True)
"""


def test_levels_are_those_of_the_living(tmp_path: Path):
    """Lines before WeChat are added up, an open circuit anywhere shows; the killed have neither."""
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    ran = [
        subprocess.Popen(
            [sys.executable, "-c", _STANDING],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]

    def tell(which: int, waiting: int) -> str:
        ran[which].stdin.write(f"{waiting}\n")
        ran[which].stdin.flush()
        return ran[which].stdout.readline()

    circuit = 'wxlogin_wechat_circuit_open{api="code2session",app="",why="no_answer"}'
    try:
        tell(0, 3)
        both = tell(1, 0)
        ran[0].kill()
        ran[0].wait()
        one = tell(1, 0)
    finally:
        for process in ran:
            process.kill()
            process.communicate()

    assert "'wxlogin_wechat_waiting 3.0'" in both
    assert "'wxlogin_wechat_under_way 2.0'" in both
    assert "'wxlogin_limits_failing 1.0'" in both
    assert f"'{circuit} 1.0'" in both
    assert "'wxlogin_wechat_under_way 1.0'" in one
    assert "'wxlogin_limits_failing 0.0'" in one
    assert f"{circuit} 1.0" not in one
