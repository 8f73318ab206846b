"""The audit trail of a deployment that is running, read by its operator."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers.deployment import APPID, Deployment, post, running, wait_until


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("deployment")) as deployment:
        yield deployment


def trail(deployment: Deployment, *arguments: str) -> list[dict[str, Any]]:
    """Answer what `wxlogin audit --json` tells, newest first."""
    ran = deployment.command("audit", *arguments, "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def events(deployment: Deployment, user_id: str) -> list[tuple[str, str | None, str]]:
    return [(e["event"], e["reason"], e["actor"]) for e in trail(deployment, "--user", user_id)]


def test_what_an_operator_did_is_there_when_the_command_ends(deployment: Deployment):
    """Ban, lifted ban, revoked session and erasure, each as an operator's act."""
    tokens = deployment.login("judged")
    user = tokens["user"]["id"]

    deployment.told("sessions", "revoke", tokens["session_id"])
    assert events(deployment, user)[0] == ("kicked", "kicked", "operator")
    deployment.told("users", "ban", user)
    assert events(deployment, user)[0] == ("banned", None, "operator")
    deployment.told("users", "unban", user)
    assert events(deployment, user)[0] == ("unbanned", None, "operator")
    deployment.told("users", "erase", user, "--yes")
    assert events(deployment, user)[0] == ("erased", None, "operator")


def test_a_login_is_there_soon_with_a_masked_address(deployment: Deployment):
    """Who, in which app and session, when, and from which neighbourhood; no more than that."""
    tokens = deployment.login("watched")
    session = tokens["session_id"]
    wait_until(lambda: trail(deployment, "--session", session), "the login is in the trail")

    (entry,) = trail(deployment, "--session", session)

    age = datetime.now(UTC) - datetime.fromisoformat(entry.pop("at"))
    assert timedelta(0) <= age < timedelta(minutes=2)
    assert entry == {
        "event": "register",
        "reason": None,
        "actor": "self",
        "appid": APPID,
        "user_id": tokens["user"]["id"],
        "sid": session,
        "client": "127.0.0.0",
    }


def test_a_person_reads_a_table(deployment: Deployment):
    """In their language, with the word to filter by; nothing found is said."""
    deployment.told("keys", "new")

    english = deployment.command("audit", "--event", "key_staged", "--since", "1h")
    chinese = deployment.command("audit", "--event", "key_staged", LC_ALL="zh_CN.UTF-8")
    nothing = deployment.command("audit", "--user", "nobody")

    assert english.stdout.splitlines()[0].split()[:3] == ["time", "(UTC)", "event"]
    assert "key_staged" in english.stdout.splitlines()[1]
    assert "key_staged 公布密钥" in chinese.stdout
    assert "运营者" in chinese.stdout
    assert nothing.stdout == "nothing of that kind\n"


def test_an_erased_person_leaves_no_address(deployment: Deployment):
    """Also when the erasure comes before their last login was written."""
    tokens = deployment.login("fleeting")
    user = tokens["user"]["id"]
    deployment.told("users", "erase", user, "--yes")
    wait_until(lambda: len(trail(deployment, "--user", user)) == 2, "both are in the trail")

    assert {entry["client"] for entry in trail(deployment, "--user", user)} == {None}


def test_an_orderly_end_loses_nothing(tmp_path: Path):
    """What was heard just before SIGTERM is in the trail afterwards."""
    deployment = Deployment(tmp_path)
    with deployment.simulator(), deployment.service() as served:
        users = {deployment.login(f"last{n}")["user"]["id"] for n in range(3)}
        assert served.stop() == 0

    assert {entry["user_id"] for entry in trail(deployment)} == users


def test_a_kill_loses_no_more_than_the_last_moment(tmp_path: Path):
    """What was written once stays; a login older than a second is written."""
    deployment = Deployment(tmp_path)
    with deployment.simulator():
        with deployment.service() as served:
            user = deployment.login("early")["user"]["id"]
            wait_until(lambda: events(deployment, user), "the login is in the trail", seconds=10)
            served.kill9()
        with deployment.service():
            assert events(deployment, user) == [("register", None, "self")]


def test_a_trail_that_cannot_be_written_is_said(tmp_path: Path):
    """The ban is in force; the operator learns that nobody will read of it later."""
    deployment = Deployment(tmp_path)
    with deployment.simulator(), deployment.service():
        user = deployment.login()["user"]["id"]
    with closing(sqlite3.connect(tmp_path / "wxlogin.db")) as database:
        database.execute("DROP TABLE audit_events")

    ran = deployment.command("users", "unban", user)
    banned = deployment.command("users", "ban", user, "--json")

    for each in (ran, banned):
        assert each.returncode == 1
        assert each.stderr.splitlines()[-1].startswith("it is done, but could not be written")
        assert "Traceback" not in each.stderr
    assert json.loads(banned.stdout) == {"id": user, "banned": True}


def test_a_stolen_refresh_token_is_in_the_trail(deployment: Deployment):
    """With the session it was stolen from."""
    tokens = deployment.login("robbed")
    newest = tokens["refresh_token"]
    for _ in range(2):
        answer = post(f"{deployment.url}/v1/token/refresh", {"refresh_token": newest})
        newest = answer.json()["refresh_token"]
    stolen = post(f"{deployment.url}/v1/token/refresh", {"refresh_token": tokens["refresh_token"]})

    assert stolen.json()["reason"] == "reuse_detected"
    wait_until(
        lambda: (
            [e["sid"] for e in trail(deployment, "--event", "reuse_detected")]
            == [tokens["session_id"]]
        ),
        "the theft is in the trail",
    )


def test_the_trail_holds_no_secret_and_no_name(deployment: Deployment):
    """No token, code, phone, openid or nickname, whatever happened."""
    code = deployment.code("secretive")
    body = {"code": code, "profile": {"nickname": "秘密的人"}}
    tokens = post(f"{deployment.url}/v1/login", body).json()
    user = tokens["user"]["id"]
    wait_until(lambda: trail(deployment, "--user", user), "the login is in the trail")
    openid = deployment.told("users", "export", user)["identities"][0]["openid"]

    told = deployment.command("audit", "--json").stdout

    for secret in (code, tokens["access_token"], tokens["refresh_token"], openid, "秘密的人"):
        assert secret not in told
