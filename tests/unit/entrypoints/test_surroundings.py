"""What the doctor finds around a deployment."""

import ssl
from pathlib import Path
from socket import gaierror
from typing import NamedTuple

import httpx
import pytest
from attrs import evolve

from tests.world import APPID
from wxlogin.entrypoints.cli.texts.findings import FINDINGS
from wxlogin.entrypoints.cli.texts.messages import MESSAGES
from wxlogin.entrypoints.container import surroundings
from wxlogin.entrypoints.settings import App, Environment, Settings

PUBLIC = "https://login.example.com"
SETTINGS = Settings(apps=(App(APPID, "secret"),), issuer=PUBLIC)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch):
    """Put an answer, or a failure, where the public address is."""

    def put(answer: httpx.Response | Exception) -> None:
        def handle(_request: httpx.Request) -> httpx.Response:
            if isinstance(answer, Exception):
                raise httpx.ConnectError("text with anything in it") from answer
            return answer

        client = httpx.AsyncClient
        monkeypatch.setattr(
            surroundings.httpx,
            "AsyncClient",
            lambda **_: client(transport=httpx.MockTransport(handle)),
        )

    return put


@pytest.mark.parametrize(
    ("answer", "word", "well"),
    [
        (httpx.Response(200, json={"issuer": PUBLIC}), "issuer ok", True),
        (httpx.Response(200, json={"issuer": "https://other"}), "issuer is another", False),
        (httpx.Response(200, json=["?"]), "issuer is another", False),
        (httpx.Response(200, text="<html>welcome to nginx"), "issuer is another", False),
        (httpx.Response(404), "issuer is another", False),
        (httpx.Response(502), "issuer silent", True),
        (ConnectionRefusedError(), "issuer silent", True),
        (ssl.SSLCertVerificationError(), "issuer certificate", False),
        (gaierror(), "issuer unknown", False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_who_lives_at_the_public_address(answered, answer, word: str, *, well: bool):
    """A stranger, a bad certificate and an unknown name are wrong; nobody yet is not."""
    answered(answer)

    found = await surroundings.issuer(SETTINGS)

    assert (word, well) == (found.word, found.well)


@pytest.mark.parametrize(
    ("named", "env", "word", "well"),
    [
        ((), "production", "proxies missing", False),
        ((), "development", "no proxies", True),
        (("10.0.0.0/8", "fd00::/8"), "production", "proxies too wide", False),
        (("10.0.0.0/8", "2001:db8::/32"), "production", "proxies ok", True),
        (("0.0.0.0/0",), "development", "proxies too wide", False),
        (("127.0.0.1",), "production", "proxies ok", True),
    ],
)
def test_whose_word_is_taken(named, env: str, word: str, *, well: bool):
    """Everybody's is wrong, and in production nobody's: https ends at a proxy."""
    settings = evolve(SETTINGS, trusted_proxies=named, env=Environment(env))

    found = surroundings.proxies(settings)

    assert (word, well) == (found.word, found.well)


def test_push_tells_what_to_enter():
    """Only apps with a token are told of, with the address for WeChat's console."""
    apps = (App("wxa", "s"), App("wxb", "s", "t" * 20), App("wxc", "s", "t" * 20, "k" * 43))

    found = list(surroundings.push(evolve(SETTINGS, apps=apps)))

    assert ["push plain", "push encrypted"] == [each.word for each in found]
    assert f"{PUBLIC}/wechat/push/wxb" == found[0].values["address"]


class Usage(NamedTuple):
    free: int


def test_a_disk_that_is_nearly_full_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Before it is full."""
    settings = evolve(SETTINGS, data_dir=tmp_path)
    assert surroundings.folder(settings).well

    monkeypatch.setattr(surroundings.shutil, "disk_usage", lambda _: Usage(1024))

    found = surroundings.folder(settings)
    assert ("disk nearly full", False) == (found.word, found.well)


def test_a_folder_that_takes_nothing_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What its permissions say is not enough: it is written to."""

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(surroundings, "TemporaryFile", full)

    found = surroundings.folder(evolve(SETTINGS, data_dir=tmp_path))

    assert ("no folder", "No space left on device") == (found.word, found.values["reason"])


def test_every_finding_has_cause_and_fix_in_both_languages():
    """What is wrong is followed by what to do."""
    wrong = (
        "disk nearly full", "issuer unknown", "issuer certificate", "issuer is another",
        "proxies missing", "proxies too wide",
    )  # fmt: skip

    for word in wrong:
        zh, en = FINDINGS[word]
        assert "——" in zh
        assert " — " in en
    assert "no folder" in MESSAGES
