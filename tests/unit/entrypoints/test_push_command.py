"""`wxlogin push` before it touches a store: its words."""

import pytest
from click.testing import CliRunner

from wxlogin.domain.ports.push import PushState
from wxlogin.entrypoints.cli.commands import wxlogin
from wxlogin.entrypoints.cli.texts import TEXTS


@pytest.mark.parametrize("state", PushState)
def test_every_state_has_its_texts(state: PushState):
    """In both languages the word that `--json` has is there to copy."""
    zh, en = TEXTS[f"push {state}"]

    assert zh != en
    assert zh.split()[0] == en == state.value


@pytest.mark.parametrize("language", ["zh_CN.UTF-8", "C.UTF-8"])
def test_help_shows_an_example(language: str, monkeypatch: pytest.MonkeyPatch):
    """In the reader's language, from the group to the command."""
    monkeypatch.setenv("LC_ALL", language)
    for words in (["push"], ["push", "list"]):
        shown = CliRunner().invoke(wxlogin, [*words, "--help"])

        assert (0, True) == (shown.exit_code, "wxlogin push list" in shown.output), shown.output
        assert (language == "zh_CN.UTF-8") == ("微信推送" in shown.output)
