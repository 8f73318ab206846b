"""`wxlogin reviews`: what waits is listed, and decided once."""

import asyncio
import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect

import pytest
from click.testing import CliRunner

from tests.contracts.people import NOW
from wxlogin.domain.review import Review, ReviewKind, ReviewState
from wxlogin.domain.session import Device, Session
from wxlogin.domain.user import (
    HELD_AVATARS,
    OWN_AVATARS,
    Identity,
    Profile,
    ProfileChange,
    User,
)
from wxlogin.entrypoints.cli.commands import wxlogin
from wxlogin.entrypoints.container import Container
from wxlogin.entrypoints.settings import load_settings

USER, REVIEW, PICTURE = f"{1:036}", f"{2:036}", "a.webp"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WXLOGIN_ENV", "development")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert 0 == CliRunner().invoke(wxlogin, ["migrate"]).exit_code
    return lambda *words: CliRunner().invoke(wxlogin, ["reviews", *words])


def someone_who_waits(kind: ReviewKind, value: str, profile: Profile) -> None:
    async def register() -> None:
        parts = Container(settings=load_settings(needs=()).settings)
        session = Session(
            sid=f"{3:036}", user_id=USER, appid="wx1", created_at=NOW, last_used_at=NOW,
            expires_at=NOW, device=Device(),
        )  # fmt: skip
        user = User(id=USER, created_at=NOW, updated_at=NOW, profile=profile)
        await parts.users().register(user, Identity("wx1", "o1"), session)
        review = Review(
            id=REVIEW, user_id=USER, appid="wx1", kind=kind, value=value,
            state=ReviewState.WAITING, at=NOW,
        )  # fmt: skip
        assert await parts.reviewing.reviews().add(review)
        await parts.database().close()

    asyncio.run(register())


def someone_whose_picture_waits() -> None:
    shown = Profile(avatar_url=f"{HELD_AVATARS}{PICTURE}")
    someone_who_waits(ReviewKind.AVATAR, f"{OWN_AVATARS}{PICTURE}", shown)


def shown() -> dict[str, str]:
    answer = CliRunner().invoke(wxlogin, ["users", "show", USER, "--json"])
    return json.loads(answer.output)


def change_gender() -> None:
    async def change() -> None:
        parts = Container(settings=load_settings(needs=()).settings)
        user = await parts.users().get(USER)
        assert user is not None
        later = NOW + timedelta(seconds=1)
        assert await parts.users().save(user.changed(ProfileChange(gender=1), later))
        await parts.database().close()

    asyncio.run(change())


def contradicted(run, word: str) -> bool:
    """Answer whether the opposite word hears what was decided, and is told it came too late."""
    told, other = {"pass": ("passed", "refuse"), "refuse": ("refused", "pass")}[word]
    answer = run(other, REVIEW, "--json")
    return (1, told) == (answer.exit_code, json.loads(answer.output)["state"])


def test_nothing_waits(run):
    """As text and as JSON; and what is not there cannot be decided."""
    assert "nothing waits\n" == run("list").output
    assert {"reviews": []} == json.loads(run("list", "--json").output)
    assert 1 == run("pass", REVIEW).exit_code


@pytest.mark.parametrize(("word", "left"), [("pass", f"{OWN_AVATARS}{PICTURE}"), ("refuse", "")])
def test_a_picture_is_decided_once(run, word: str, left: str):
    """Passed it is shown by its public address, refused by none; then nothing waits any more."""
    someone_whose_picture_waits()
    assert REVIEW in run("list").output

    assert 0 == run(word, REVIEW).exit_code

    assert {"reviews": []} == json.loads(run("list", "--json").output)
    assert 0 == run(word, REVIEW).exit_code
    assert contradicted(run, word)
    assert shown()["avatar_url"].removeprefix("http://127.0.0.1:8000") == left


@pytest.mark.parametrize(("word", "left"), [("pass", "可疑"), ("refuse", "小明")])
def test_a_nickname_is_decided_once(run, word: str, left: str):
    """Passed it is its user's with that, refused the old one stays; what was decided is told."""
    someone_who_waits(ReviewKind.NICKNAME, "可疑", Profile("小明"))
    assert "可疑" in run("list").output

    assert f"{word.removesuffix('e')}ed {REVIEW} of user {USER}\n" in run(word, REVIEW).output

    assert left == shown()["nickname"]
    assert {"reviews": []} == json.loads(run("list", "--json").output)
    assert 0 == run(word, REVIEW).exit_code
    assert contradicted(run, word)
    assert left == shown()["nickname"]


@pytest.mark.parametrize("checked", ["on", "off"])
def test_a_name_of_before_another_change_passes_where_changes_withdraw_it(
    run, monkeypatch: pytest.MonkeyPatch, checked: str
):
    """With the check on a newer name would have; with it off nobody knows, and the name is old."""
    monkeypatch.setenv("WXLOGIN_CONTENT_CHECK", checked)
    someone_who_waits(ReviewKind.NICKNAME, "可疑", Profile("小明"))
    change_gender()

    answer = run("pass", REVIEW)

    passes = checked == "on"
    assert ("可疑" if passes else "小明") == shown()["nickname"]
    assert (0 if passes else 1) == answer.exit_code
    assert ("passed" if passes else f"{REVIEW} is refused") in answer.output


def test_what_cannot_be_read_waits_on(run):
    """Sealed with a key that is not there, say; it can be refused."""
    someone_who_waits(ReviewKind.NICKNAME, "可疑", Profile("小明"))
    with closing(connect("wxlogin.db")) as database:
        database.execute("UPDATE reviews SET sealed = X'00'")
        database.commit()

    answer = run("pass", REVIEW)

    assert 1 == answer.exit_code
    assert "waits on" in answer.output
    assert 0 == run("refuse", REVIEW).exit_code
