"""The pages of settings: every setting there is, with its default, and none besides."""

import re
from pathlib import Path

import pytest

from tests.recipes import DOCS
from wxlogin.entrypoints.settings.model import Settings
from wxlogin.entrypoints.settings.values import READERS, SECRETS

PAGES = ("settings.md", "settings.zh-CN.md")
READMES = ("README.md", "README.zh-CN.md")
_ROW = re.compile(r"^\| `WXLOGIN_(\w+)`( ✱)? \| `?([^`|]+?)`? \|", re.MULTILINE)
_NAME = re.compile(r"`WXLOGIN_([A-Z0-9_]+)`")
_NOT_SET: tuple[object, ...] = (None, "", (), {})


def rows(page: str) -> list[tuple[str, str, str]]:
    return [
        (name.lower(), mark, default)
        for name, mark, default in _ROW.findall((DOCS / page).read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_stands_once(page):
    """A row for each setting, secrets marked as such."""
    found = [(name, bool(mark)) for name, mark, _ in rows(page)]

    assert sorted(found) == sorted((name, name in SECRETS) for name in READERS)


@pytest.mark.parametrize("page", PAGES)
def test_the_defaults_are_those_in_force(page):
    """Each default, read as an operator's own text would be, is the one of the code."""
    settings = Settings()
    # An app's own settings are nobody's default; the database's depends on the data folder.
    kept = {"database_url": settings.store_url}

    for name, _, default in rows(page):
        value = kept.get(name, getattr(settings, name, None))
        if default == "—":
            assert value in _NOT_SET, name
        else:
            assert READERS[name](default) == value, name


@pytest.mark.parametrize("page", READMES)
def test_the_readme_names_no_setting_that_there_is_not(page):
    """Each variable named exists, those of a file of secrets included."""
    named = set(_NAME.findall(Path(DOCS.parent / page).read_text(encoding="utf-8")))

    assert named
    assert named <= {name.upper() for name in READERS} | {"CONFIG"} | {
        f"{name.upper()}_FILE" for name in SECRETS
    }
