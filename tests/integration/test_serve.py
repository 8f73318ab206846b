"""`wxlogin serve` as a process: start, stop, kill, workers, and what it refuses."""

import json
import os
import signal
import socket
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.servers.deployment import SECRET, Deployment, get, post, wait_until

KEY = b64encode(bytes(range(50, 82))).decode()


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def test_it_serves_and_ends_in_order(deployment: Deployment):
    """It says where it listens, answers, and ends with 0 on SIGTERM."""
    with deployment.service() as served:
        assert get(f"{deployment.url}/readyz").status_code == 200
        assert f"listening on {deployment.url}" in served.log()

        assert served.stop() == 0
        assert "Traceback" not in served.log()


def test_ctrl_c_ends_it_too(deployment: Deployment):
    """SIGINT is an orderly end with 0, without a traceback."""
    with deployment.service() as served:
        assert served.stop(signal.SIGINT) == 0
        assert "Traceback" not in served.log()


def test_a_request_under_way_is_answered_before_the_end(deployment: Deployment):
    """After SIGTERM a login that waits for WeChat still gets its tokens."""
    with deployment.simulator(), deployment.service() as served, ThreadPoolExecutor() as pool:
        fault = {"kind": "delay", "api": "jscode2session", "seconds": 2}
        assert post(f"{deployment.simulator_url}/_sim/faults", fault).status_code == 200
        login = pool.submit(deployment.login)
        wait_until(lambda: fired(deployment), "WeChat was asked")

        assert served.stop() == 0

        assert login.result()["token_type"] == "Bearer"


def test_what_was_answered_survives_kill_9(deployment: Deployment):
    """After kill -9 and a restart a token, its session and the profile are as they were."""
    with deployment.simulator():
        with deployment.service() as served:
            tokens = deployment.login()
            with httpx.Client(trust_env=False) as client:
                put = client.put(
                    f"{deployment.url}/v1/me",
                    json={"nickname": "小明二号"},
                    headers={"authorization": f"Bearer {tokens['access_token']}"},
                )
            assert put.status_code == 200
            served.kill9()

        with deployment.service():
            user = deployment.me(tokens["access_token"]).json()
            refreshed = post(
                f"{deployment.url}/v1/token/refresh", {"refresh_token": tokens["refresh_token"]}
            )

    assert (user["id"], user["nickname"]) == (tokens["user"]["id"], "小明二号")
    assert refreshed.status_code == 200


def test_several_workers_share_port_data_and_numbers(deployment: Deployment):
    """Two workers serve one deployment, add up their metrics, and say how limits count."""
    with deployment.simulator(), deployment.service("--workers", "2") as served:
        tokens = [deployment.login(f"user{n}") for n in range(6)]
        users = [deployment.me(each["access_token"]).json()["id"] for each in tokens]
        numbers = get(f"{deployment.url}/metrics").text

        assert "rate limits are counted per process" in served.log()
        assert 'wxlogin_facts_total{name="register",outcome="ok"} 6.0' in numbers
        assert served.stop() == 0

    assert users == [each["user"]["id"] for each in tokens]


def test_workers_do_not_outlive_their_parent(deployment: Deployment):
    """When only the parent is killed its workers leave, and the port is free for the next start."""
    with deployment.service("--workers", "2") as served:
        wait_until(lambda: get(f"{deployment.url}/readyz").status_code == 200, "a worker is up")
        os.kill(served.pid, signal.SIGKILL)

        wait_until(lambda: port_is_free(deployment.port), "the port is free")


def test_bad_settings_end_with_2(deployment: Deployment):
    """Each bad setting is one line on standard error, and nothing else is."""
    ran = deployment.command("serve", WXLOGIN_PORT="eighty", WXLOGIN_RATE_LIMIT="maybe")

    assert ran.returncode == 2
    assert [line.split(":")[0] for line in ran.stderr.splitlines()] == [
        "WXLOGIN_RATE_LIMIT",
        "WXLOGIN_PORT",
    ]
    assert ran.stdout == ""


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("WXLOGIN_DATABASE_URL", "sqlite:///text", 2),
        ("WXLOGIN_DATABASE_URL", "postgresql://127.0.0.1:1/x?sslmude=require", 2),
        ("WXLOGIN_DATABASE_URL", "mysql://u@127.0.0.1:1/x?sslmude=require", 2),
        ("WXLOGIN_DATABASE_URL", "sqlite:///no/such/folder.db", 1),
        ("WXLOGIN_DATA_DIR", "text", 2),
        ("WXLOGIN_DATA_DIR", "broken", 2),
        ("WXLOGIN_HOST", "a..b", 1),
        ("WXLOGIN_HOST", "999.1.1.1", 1),
    ],
)
def test_a_setting_that_fails_at_the_start_is_one_line(
    deployment: Deployment, name: str, text: str, code: int
):
    """What only trying can tell is one line too: code 2 when the setting itself must change."""
    (deployment.folder / "text").write_text("this is no database" * 100)
    (deployment.folder / "broken").mkdir()
    (deployment.folder / "broken" / "master.key").write_text("no key")

    ran = deployment.command("serve", **{name: text})

    assert (code, "") == (ran.returncode, ran.stdout), ran.stderr
    (line,) = ran.stderr.splitlines()
    assert " — " in line
    assert text == "broken" or name.removeprefix("WXLOGIN_HOST") in line


def test_bad_settings_are_told_in_chinese_too(deployment: Deployment):
    """The lines follow the terminal's language."""
    ran = deployment.command("serve", "--port", "0", LC_ALL="zh_CN.UTF-8")

    assert ran.returncode == 2
    assert "WXLOGIN_PORT" in ran.stderr
    assert "之间的数字" in ran.stderr


def test_a_taken_port_is_said_clearly(deployment: Deployment):
    """When somebody else listens there the message names the port and a way out."""
    with socket.create_server(("127.0.0.1", deployment.port)):
        ran = deployment.command("serve")

    assert ran.returncode == 1
    assert str(deployment.port) in ran.stderr
    assert "--port" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_production_refuses_the_simulators_people(deployment: Deployment):
    """A database with a simulated identity is not served in production."""
    with deployment.simulator(), deployment.service():
        deployment.login()

    ran = deployment.command(
        "serve",
        WXLOGIN_ENV="production",
        WXLOGIN_MASTER_KEY=(deployment.folder / "master.key").read_text().strip(),
        WXLOGIN_ISSUER="https://login.example.com",
        WXLOGIN_WECHAT_BASE_URL="https://api.weixin.qq.com",
    )

    assert ran.returncode == 2
    assert "oSIM_" in ran.stderr


def test_another_master_key_is_noticed_at_start(deployment: Deployment):
    """A master key that does not open the signing keys is said, with the way out."""
    with deployment.service():
        pass

    ran = deployment.command("serve", WXLOGIN_MASTER_KEY=KEY)

    assert ran.returncode == 2
    assert "WXLOGIN_MASTER_KEY" in ran.stderr


def test_an_old_schema_on_a_server_is_refused_until_migrated(tmp_path: Path, fresh_postgres: str):
    """On PostgreSQL `serve` names the command to run, and serves after it was run."""
    deployment = Deployment(tmp_path, {"WXLOGIN_DATABASE_URL": fresh_postgres})

    refused = deployment.command("serve")
    migrated = deployment.command("migrate")
    again = deployment.command("migrate")
    with deployment.service():
        ready = get(f"{deployment.url}/readyz")

    assert refused.returncode == 1
    assert "wxlogin migrate" in refused.stderr
    assert (migrated.returncode, again.returncode) == (0, 0)
    assert ready.status_code == 200


def test_an_unreachable_database_is_said_without_its_address(deployment: Deployment):
    """Nobody learns the password from a failed start."""
    ran = deployment.command(
        "serve", WXLOGIN_DATABASE_URL=f"postgresql://u:hidden@127.0.0.1:{deployment.port}/x"
    )

    assert ran.returncode == 1
    assert "WXLOGIN_DATABASE_URL" in ran.stderr
    assert "hidden" not in ran.stderr
    assert "Traceback" not in ran.stderr


def test_no_secret_is_logged(tmp_path: Path):
    """Logins, refusals and failures leave no code, token, secret or query in the log."""
    deployment = Deployment(tmp_path, {"WXLOGIN_LOG_LEVEL": "debug", "WXLOGIN_LOG_FORMAT": "json"})
    with deployment.simulator(), deployment.service() as served:
        code = deployment.code()
        tokens = post(f"{deployment.url}/v1/login", {"code": code}).json()
        post(f"{deployment.url}/v1/login", {"code": code})
        get(f"{deployment.url}/v1/me?token={tokens['access_token']}", tokens["access_token"])
        get(f"{deployment.url}/v1/me", tokens["access_token"] + "x")
        for kind in ("reset", "html", "truncated_json"):
            post(f"{deployment.simulator_url}/_sim/faults", {"kind": kind, "times": 1})
            post(f"{deployment.url}/v1/login", {"code": deployment.code()})
        served.stop()
        log = served.log()

    for secret in (code, tokens["access_token"], tokens["refresh_token"], SECRET, "token="):
        assert secret not in log
    assert [json.loads(line) for line in log.splitlines()]


def test_a_head_without_end_is_refused(deployment: Deployment):
    """A header that goes on and on is answered 431 and its connection closed."""
    with (
        deployment.service(),
        closing(socket.create_connection(("127.0.0.1", deployment.port))) as wire,
    ):
        wire.settimeout(10)
        wire.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: ")
        try:
            for _ in range(50):
                wire.sendall(b"x" * 4096)
            told = wire.recv(1024)
        except ConnectionError:
            told = b"closed"  # before we had finished, which is as good

        assert told == b"closed" or told.startswith(b"HTTP/1.1 431 ")
        assert get(f"{deployment.url}/healthz").status_code == 200


def fired(deployment: Deployment) -> bool:
    faults = get(f"{deployment.simulator_url}/_sim/faults").json()["faults"]
    return any(fault["fired"] for fault in faults)


def port_is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
