"""Texts: whole in both languages."""

import ast
from pathlib import Path

import pytest

import wxlogin
from wxlogin.domain.session import EndReason
from wxlogin.entrypoints.web.language import Both, Language
from wxlogin.entrypoints.web.texts import END_REASONS, ERRORS
from wxlogin.entrypoints.web.texts_of_fields import PROBLEMS
from wxlogin.entrypoints.web.wire import _WORDS

SOURCES = sorted(Path(wxlogin.__file__).parent.rglob("*.py"))
# These come out of functions, as the word of a FieldProblem made elsewhere.
RETURNED = {
    "nickname_blank", "nickname_control", "nickname_invisible", "nickname_marks",
    "nickname_reserved", "nickname_too_long", "avatar_local_path", "avatar_not_https",
    "avatar_too_large", "avatar_not_a_picture",
}  # fmt: skip
ALL = [
    *(text for error in ERRORS.values() for text in (error.title, error.detail)),
    *END_REASONS.values(),
    *PROBLEMS.values(),
]


def _words() -> set[str]:
    calls = (
        node
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "FieldProblem"
    )
    return {
        call.args[1].value
        for call in calls
        if isinstance(call.args[1], ast.Constant) and isinstance(call.args[1].value, str)
    }


def test_every_problem_word_has_a_sentence():
    """No refusal of a field goes without words, and no words are left of one gone."""
    from_msgspec = {word for _, word in _WORDS} | {"wrong_type"}

    assert set(PROBLEMS) == _words() | RETURNED | from_msgspec | {"content_rejected"}


def test_every_end_has_a_sentence():
    """A client can show why its session is over."""
    assert set(END_REASONS) == set(EndReason)


@pytest.mark.parametrize("text", ALL, ids=lambda text: text.en[:24])
def test_both_languages_say_something(text: Both):
    """Chinese is Chinese, English is ASCII, and both know the same placeholders."""
    zh, en = text.in_(Language.ZH), text.in_(Language.EN)

    assert any("\u4e00" <= sign <= "\u9fff" for sign in zh)
    assert en.isascii()
    assert ("{seconds}" in zh) == ("{seconds}" in en)
