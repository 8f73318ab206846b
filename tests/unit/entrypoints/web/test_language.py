"""Which language a client gets."""

import pytest

from wxlogin.entrypoints.web.language import Language, negotiate


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, Language.EN),
        ("", Language.EN),
        ("zh-CN,zh;q=0.9", Language.ZH),
        ("zh_CN", Language.ZH),
        ("ZH-hant-TW", Language.ZH),
        ("en-US,en;q=0.9,zh-CN;q=0.8", Language.EN),
        ("en;q=0.3, zh;q=0.7", Language.ZH),
        ("zh;q=0, *", Language.EN),
        ("fr, de", Language.EN),
        ("fr, zh;q=0.1", Language.ZH),
        ("zh;q=nan, en;q=0.1", Language.EN),
        ("zh;q=7, en;q=0.1", Language.EN),
        (";;;,,,q=", Language.EN),
        ("x" * 100_000, Language.EN),
    ],
)
def test_the_best_liked_language_is_chosen(header: str | None, language: Language):
    """Weights count, both spellings of zh do, and whoever says nothing we know gets English."""
    assert language == negotiate(header)
