"""What an operator reads on the screen, and how two users of one person are shown."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner, Result

from tests.contracts.people import APP, OTHER_APP, a_session, a_user
from wxlogin.domain.session import Device
from wxlogin.domain.user import Identity, Phone, Profile, User
from wxlogin.entrypoints.cli.commands import wxlogin
from wxlogin.entrypoints.container import Container, close, prepare
from wxlogin.entrypoints.settings import load_settings

PHONE = "13812345678"
MING = a_user(profile=Profile(nickname="小明"), phone=Phone(PHONE))
TWIN = a_user()
DAY = timedelta(days=1)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Answers how to run a command on a store where two users turned out to be one person."""
    settings = {
        "WXLOGIN_ENV": "development",
        "WXLOGIN_APPID": APP,
        "WXLOGIN_APPSECRET": "secret",
        "WXLOGIN_DATA_DIR": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }
    monkeypatch.chdir(tmp_path)
    asyncio.run(_kept(Container(settings=load_settings(settings, folder=tmp_path).settings)))

    def running(*arguments: str, **env: str) -> Result:
        return CliRunner().invoke(wxlogin, arguments, env={**settings, **env})

    return running


async def _kept(container: Container) -> None:
    await prepare(container)
    users = container.users()
    for user, appid in ((MING, APP), (TWIN, OTHER_APP)):
        identity = Identity(appid, f"o-in-{appid}")
        session = a_session(appid=appid, device=Device(name="小明的手机", model="Mate"))
        now = container.clock().now()
        session = evolve(session, created_at=now, last_used_at=now, expires_at=now + DAY)
        await users.register(user, identity, session)
        late = evolve(identity, unionid="u-one")
        await users.sign_in(late, evolve(session, sid=a_session().sid))
    await close(container)


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(("user", "other"), [(MING, TWIN), (TWIN, MING)], ids=["ming", "twin"])
def test_who_shares_a_unionid_is_shown_from_both_sides(
    run: Callable[..., Result], user: User, other: User
):
    """An operator who looks at either user sees the other, and how many sessions live."""
    shown = told(run("users", "show", user.id, "--json"))

    assert shown["shares_unionid_with"] == [other.id]
    assert shown["sessions"] == 2
    assert shown["banned"] is False


def test_a_user_on_the_screen_is_the_user_in_json(run: Callable[..., Result]):
    """Every field has its line, what is missing a dash, and the phone is masked in both."""
    shown = told(run("users", "show", MING.id, "--json"))
    screen = run("users", "show", MING.id).stdout

    assert [*shown] == [line.split()[0] for line in screen.splitlines()]
    assert "138******78" in screen
    assert PHONE not in screen + str(shown)
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in screen.splitlines()}
    assert ("小明", "-", "false") == (
        lines["nickname"],
        lines["avatar_url"],
        lines["banned"].lower(),
    )
    assert lines["identities"].startswith(f"{APP} o-in-{APP}")


def test_an_export_on_the_screen_is_the_export_in_json(run: Callable[..., Result]):
    """The same JSON, with line breaks for people; the whole number is in it."""
    in_one_line = run("users", "export", MING.id, "--json").stdout
    broken = run("users", "export", MING.id).stdout

    assert json.loads(in_one_line) == json.loads(broken)
    assert 1 == len(in_one_line.splitlines()) < len(broken.splitlines())
    assert PHONE == json.loads(broken)["user"]["phone"]
    assert {"sid", "device"} <= set(json.loads(broken)["sessions"][0])
    assert "current" not in json.loads(broken)["sessions"][0]


def test_tables_stand_in_columns(run: Callable[..., Result]):
    """Sessions and keys have a heading and a line each; the device is one text."""
    sessions = run("sessions", "list", MING.id).stdout.splitlines()
    keys = run("keys", "list").stdout.splitlines()

    assert ["sid", "appid", "device", "created_at", "last_used_at", "expires_at"] == sessions[
        0
    ].split()
    assert 3 == len(sessions)
    assert all("小明的手机 Mate" in line for line in sessions[1:])
    assert ["kid", "alg", "stage", "created_at", "staged_at"] == keys[0].split()
    assert ["current", "next"] == [line.split()[2] for line in keys[1:]]


def test_who_is_nowhere_logged_in_is_said(run: Callable[..., Result]):
    """No table of nothing, but a sentence in the reader's language; in JSON an empty list."""
    run("users", "ban", MING.id)

    assert "no living sessions\n" == run("sessions", "list", MING.id).stdout
    assert "没有进行中的会话\n" == run("sessions", "list", MING.id, LC_ALL="zh_CN.UTF-8").stdout
    assert {"sessions": []} == told(run("sessions", "list", MING.id, "--json"))
