"""`wxlogin reviews`: what waits is listed, and decided once."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.contracts.people import NOW
from wxlogin.domain.review import Review, ReviewKind, ReviewState
from wxlogin.domain.session import Device, Session
from wxlogin.domain.user import HELD_AVATARS, OWN_AVATARS, Identity, Profile, User
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


def someone_whose_picture_waits() -> None:
    async def register() -> None:
        parts = Container(settings=load_settings(needs=()).settings)
        profile = Profile(avatar_url=f"{HELD_AVATARS}{PICTURE}")
        session = Session(
            sid=f"{3:036}", user_id=USER, appid="wx1", created_at=NOW, last_used_at=NOW,
            expires_at=NOW, device=Device(),
        )  # fmt: skip
        user = User(id=USER, created_at=NOW, updated_at=NOW, profile=profile)
        await parts.users().register(user, Identity("wx1", "o1"), session)
        review = Review(
            id=REVIEW, user_id=USER, appid="wx1", kind=ReviewKind.AVATAR,
            value=f"{OWN_AVATARS}{PICTURE}", state=ReviewState.WAITING, at=NOW,
        )  # fmt: skip
        assert await parts.reviewing.reviews().add(review)
        await parts.database().close()

    asyncio.run(register())


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
    assert 1 == run(word, REVIEW).exit_code
    shown = CliRunner().invoke(wxlogin, ["users", "show", USER, "--json"])
    address = json.loads(shown.output)["avatar_url"]
    assert address.removeprefix("http://127.0.0.1:8000") == left
