"""`wxlogin webhooks` before it sends anything: its words, and an empty outbox."""

import json
from base64 import b64encode

import pytest
from click.testing import CliRunner

from wxlogin.entrypoints.cli.commands import wxlogin

SECRET = "whsec_" + b64encode(b"k" * 32).decode()


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WXLOGIN_ENV", "development")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert 0 == CliRunner().invoke(wxlogin, ["migrate"]).exit_code
    return lambda *words: CliRunner().invoke(wxlogin, ["webhooks", *words])


def test_an_empty_outbox_says_so(run):
    """As text and as JSON."""
    assert "no webhook waits\n" == run("list").output
    assert {"webhooks": []} == json.loads(run("list", "--json").output)
    assert (0, "no such webhook is parked\n") == (
        run("retry", "--all").exit_code, run("retry", "--all").output,
    )  # fmt: skip


@pytest.mark.parametrize("words", [["retry"], ["retry", "--all", "msg_1_1"]])
def test_a_retry_names_one_or_all(run, words: list[str]):
    """Neither and both are a mistake, said before anything is done."""
    ran = run(*words)

    assert (2, True) == (ran.exit_code, "name the id of one webhook, or --all" in ran.output)


@pytest.mark.parametrize("notice_id", ["msg_1_1", "msg_1_", "1", "msg_1_" + "9" * 40])
def test_a_retry_of_what_is_not_there_fails(run, notice_id: str):
    """With code 1, whether it could be an id or not."""
    assert 1 == run("retry", notice_id).exit_code


def test_a_test_needs_an_address(run):
    """It names the setting that is missing."""
    ran = run("test")

    assert (1, True) == (ran.exit_code, "WXLOGIN_WEBHOOK_URL is not set" in ran.output)


def test_a_test_tells_that_nobody_listens(run, monkeypatch):
    """With what was met, and code 1."""
    monkeypatch.setenv("WXLOGIN_WEBHOOK_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("WXLOGIN_WEBHOOK_SECRET", SECRET)

    assert "not delivered: ConnectError" in run("test").output
    ran = run("test", "--json")
    told = json.loads(ran.output)
    assert (1, False, None, "ConnectError") == (
        ran.exit_code, told["delivered"], told["status"], told["met"],
    )  # fmt: skip


def test_a_command_with_half_a_webhook_is_refused(run, monkeypatch):
    """For what it does would not be told."""
    monkeypatch.setenv("WXLOGIN_WEBHOOK_URL", "http://127.0.0.1:1/")

    ran = run("list")

    assert (2, True) == (ran.exit_code, "WXLOGIN_WEBHOOK_SECRET" in ran.output)
