"""The operator's commands, on a deployment that is running."""

import json
from base64 import b64encode, urlsafe_b64decode
from pathlib import Path
from time import monotonic

import pytest

from tests.servers import free_port
from tests.servers.deployment import APPID, SECRET, Deployment, get, post, running, wait_until


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("deployment")) as deployment:
        yield deployment


def test_a_ban_is_in_force_with_the_next_request(deployment: Deployment):
    """A banned user's session ends at once and they cannot log in; lifting the ban lets them."""
    tokens = deployment.login("banned")
    user_id = tokens["user"]["id"]

    assert deployment.told("users", "ban", user_id) == {"id": user_id, "banned": True}

    refused = deployment.me(tokens["access_token"])
    at_login = post(f"{deployment.url}/v1/login", {"code": deployment.code("banned")})
    assert (refused.status_code, refused.json()["reason"]) == (401, "banned")
    assert (at_login.status_code, at_login.json()["code"]) == (403, "user_banned")
    assert deployment.told("users", "show", user_id)["banned"] is True

    deployment.told("users", "unban", user_id)
    assert deployment.login("banned")["user"]["id"] == user_id


def test_sessions_are_listed_and_revoked(deployment: Deployment):
    """A revoked session is over with the next request, the other one lives."""
    first, second = deployment.login("two"), deployment.login("two")
    user_id = first["user"]["id"]

    listed = deployment.told("sessions", "list", user_id)["sessions"]
    deployment.told("sessions", "revoke", first["session_id"])

    assert {each["sid"] for each in listed} == {first["session_id"], second["session_id"]}
    refused = deployment.me(first["access_token"])
    assert (refused.status_code, refused.json()["reason"]) == (401, "kicked")
    assert deployment.me(second["access_token"]).status_code == 200
    left = deployment.told("sessions", "list", user_id)["sessions"]
    assert [each["sid"] for each in left] == [second["session_id"]]


def test_a_person_is_exported_and_erased(deployment: Deployment):
    """An export names all that is held; after the erasure the person starts anew."""
    tokens = deployment.login("leaving")
    user_id = tokens["user"]["id"]

    held = deployment.told("users", "export", user_id)
    unsure = deployment.command("users", "erase", user_id)
    gone = deployment.told("users", "erase", user_id, "--yes")

    assert held["user"]["id"] == user_id
    assert held["identities"][0]["appid"] == APPID
    assert held["identities"][0]["openid"].startswith("oSIM_")
    assert unsure.returncode == 2
    assert gone["erased"] is True
    refused = deployment.me(tokens["access_token"])
    assert (refused.status_code, refused.json()["reason"]) == (401, "erased")
    assert deployment.command("users", "show", user_id).returncode == 1
    again = deployment.login("leaving")
    assert again["is_new_user"] is True
    assert again["user"]["id"] != user_id


def test_a_rotation_is_seen_by_the_running_service(deployment: Deployment):
    """After `keys rotate` new tokens carry the new key within 10 s; old tokens stay good."""
    old = deployment.login("rotating")
    ring = deployment.told("keys", "list")["keys"]
    following = next(key["kid"] for key in ring if key["stage"] == "next")

    rotated = deployment.told("keys", "rotate")["keys"]

    assert [key["kid"] for key in rotated if key["stage"] == "current"] == [following]
    wait_until(
        lambda: kid(deployment.login("watching")["access_token"]) == following,
        "tokens carry the new key",
        seconds=10,
    )
    assert deployment.me(old["access_token"]).status_code == 200
    published = get(f"{deployment.url}/.well-known/jwks.json").json()["keys"]
    assert {key["kid"] for key in published} == {key["kid"] for key in rotated}


def test_a_new_key_may_have_another_algorithm(deployment: Deployment):
    """`keys new --alg` stages a key that signs after the next rotation, once all know it."""
    staged = deployment.told("keys", "new", "--alg", "ES256")
    started = monotonic()
    rotated = deployment.command("keys", "rotate")

    assert rotated.returncode == 0
    assert f"key {staged['kid']} was published a moment ago" in rotated.stderr
    assert monotonic() - started > 4  # seven since it was published, and commands take time
    assert (staged["alg"], staged["stage"]) == ("ES256", "next")
    wait_until(
        lambda: kid(deployment.login("es256")["access_token"]) == staged["kid"],
        "tokens carry the new key",
        seconds=10,
    )
    token = deployment.login("es256")["access_token"]
    assert deployment.me(token).status_code == 200


@pytest.mark.parametrize(
    "arguments",
    [
        ["users", "show"], ["users", "ban"], ["users", "unban"], ["users", "export"],
        ["sessions", "list"], ["sessions", "revoke"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_who_is_not_there_is_said(deployment: Deployment, arguments: list[str]):
    """An id nobody has ends with 1 and a line that names it."""
    nobody = "01998a54-0000-7000-8000-000000000000"

    ran = deployment.command(*arguments, nobody)

    assert ran.returncode == 1
    assert nobody in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""


def test_a_person_reads_tidy_lines(deployment: Deployment):
    """Without --json a user is fields below each other, lists are tables."""
    tokens = deployment.login("tidy")

    shown = deployment.command("users", "show", tokens["user"]["id"]).stdout
    table = deployment.command("sessions", "list", tokens["user"]["id"]).stdout.splitlines()
    keys = deployment.command("keys", "list").stdout.splitlines()

    assert shown.splitlines()[0].split() == ["id", tokens["user"]["id"]]
    assert table[0].split()[:2] == ["sid", "appid"]
    assert table[1].startswith(tokens["session_id"])
    assert keys[0].split()[:3] == ["kid", "alg", "stage"]


def test_the_doctor_finds_a_good_deployment_good(deployment: Deployment):
    """Every line is ok and the exit code 0, in English and Chinese."""
    english = deployment.command("doctor")
    chinese = deployment.command("doctor", LC_ALL="zh_CN.UTF-8")
    told = deployment.told("doctor")

    assert english.returncode == 0, english.stdout
    assert all(line.startswith("ok ") for line in english.stdout.splitlines())
    assert all(line.startswith("正常") for line in chinese.stdout.splitlines())
    subjects = [check["check"] for check in told["checks"]]
    assert subjects == [
        "settings", "folder", "database", "keys", "issuer", "proxies", f"wechat {APPID}", "clock",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (
            {
                "kind": "errcode",
                "errcode": 40164,
                "errmsg": "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist",
            },
            "203.0.113.9",
        ),
        ({"kind": "errcode", "errcode": 40013, "errmsg": "invalid appid"}, APPID),
        ({"kind": "errcode", "errcode": 40125, "errmsg": "invalid appsecret"}, "AppSecret"),
        ({"kind": "errcode", "errcode": 40243, "errmsg": "frozen"}, "frozen"),
        ({"kind": "errcode", "errcode": 99999, "errmsg": "?"}, "99999"),
        ({"kind": "reset"}, "cannot be reached"),
        ({"kind": "html"}, "cannot be reached"),
    ],
    ids=lambda value: str(value.get("errcode", value["kind"])) if isinstance(value, dict) else "",
)
def test_the_doctor_tells_what_wechat_refuses(deployment: Deployment, fault: dict, word: str):
    """Each refusal of WeChat is one line with cause and fix, and the exit code is 1."""
    post(f"{deployment.simulator_url}/_sim/faults", {**fault, "api": "stable_token"})

    ran = deployment.command("doctor")

    (wrong,) = [line for line in ran.stdout.splitlines() if not line.startswith("ok ")]
    assert ran.returncode == 1
    assert wrong.startswith(f"wrong wechat {APPID}: ")
    assert word in wrong
    assert " — " in wrong
    assert SECRET not in ran.stdout + ran.stderr


def test_the_doctor_looks_at_what_is_here(deployment: Deployment, tmp_path: Path):
    """A wrong setting, a folder that cannot be, a foreign master key: each is a line, code 1."""
    (tmp_path / "file").touch()
    key = b64encode(bytes(range(50, 82))).decode()
    cases = {
        "settings": {"WXLOGIN_PORT": "x"},
        "folder": {"WXLOGIN_DATA_DIR": str(tmp_path / "file")},
        "keys": {"WXLOGIN_MASTER_KEY": key},
        "database": {"WXLOGIN_DATABASE_URL": f"sqlite:///{tmp_path}/new.db"},
        "redis": {"WXLOGIN_REDIS_URL": f"redis://127.0.0.1:{free_port()}"},
    }

    for subject, env in cases.items():
        ran = deployment.command("doctor", **env)
        assert ran.returncode == 1
        assert f"wrong {subject}: " in ran.stdout, ran.stdout + ran.stderr


def test_commands_want_a_database_they_understand(tmp_path: Path):
    """On an empty folder an operator's command says what to run, and makes no database."""
    deployment = Deployment(tmp_path)

    ran = deployment.command("users", "show", "someone")

    assert ran.returncode == 1
    assert "wxlogin migrate" in ran.stderr


def kid(token: str) -> str:
    header = token.split(".", maxsplit=1)[0]
    return str(json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


def test_two_users_are_merged_and_taken_apart(deployment: Deployment):
    """Only with --yes; listed while it can be undone; refusals say why and end with 1."""
    kept, gone = (deployment.login(name)["user"]["id"] for name in ("kept", "gone"))

    unsure = deployment.command("users", "merge", kept, gone)
    done = deployment.told("users", "merge", kept, gone, "--yes")
    twice = deployment.command("users", "merge", kept, gone, "--yes")

    assert (unsure.returncode, twice.returncode) == (2, 1)
    assert (done["kept"], done["gone"], done["undone_at"]) == (kept, gone, None)
    assert deployment.login("gone")["user"]["id"] == kept
    listed = deployment.told("users", "merges", gone)["merges"]
    assert [(each["id"], each["undoable_until"] is None) for each in listed] == [
        (done["id"], False)
    ]

    undone = deployment.told("users", "unmerge", done["id"], "--yes")
    again = deployment.command("users", "unmerge", done["id"], "--yes")

    assert undone["undoable_until"] is None
    assert deployment.login("gone")["user"]["id"] == gone
    assert again.returncode == 1
    assert again.stderr.strip()
    assert deployment.told("users", "conflicts") == {"conflicts": []}


def test_the_first_keys_may_be_made_by_hand(tmp_path: Path):
    """On a deployment that never served, `keys rotate` makes a key that signs and a next one."""
    deployment = Deployment(tmp_path)
    assert deployment.command("migrate").returncode == 0

    made = deployment.told("keys", "rotate")["keys"]

    assert [key["stage"] for key in made] == ["current", "next"]
