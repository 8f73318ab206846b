"""What the mini-program's library says the service answers is what the service answers."""

import re
from pathlib import Path

import attrs
import pytest

from wxlogin.entrypoints.web import answers
from wxlogin.entrypoints.web.handlers.linking import AppJson

_TYPES = Path(__file__).parents[2] / "miniprogram" / "app" / "wxlogin" / "types.ts"
_UNUSED = {"token_type", "refresh_expires_in"}
"""What the library has no use for."""


def told(interface: str) -> dict[str, str]:
    """Answer the fields of an interface with what stands for their types."""
    text = re.sub(r"/\*\*.*?\*/", "", _TYPES.read_text("utf-8"), flags=re.DOTALL)
    whole = rf"^export interface {interface}\b[^{{]*{{\n(.*?)^}}"
    found = re.search(whole, text, re.MULTILINE | re.DOTALL)
    assert found is not None, interface
    parts = re.split(r"^  (\w+)\??: ", found[1], flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def names(answer: type) -> set[str]:
    return {field.name for field in attrs.fields(answer)}


@pytest.mark.parametrize(
    ("interface", "answer"),
    [
        ("User", answers.UserJson),
        ("SessionInfo", answers.SessionJson),
        ("Identity", AppJson),
        ("TokenSet", answers.TokenSetJson),
        ("Exported", answers.ExportJson),
    ],
)
def test_the_library_knows_every_field(interface: str, answer: type):
    """Neither more nor less, but for what it has no use for."""
    assert set(told(interface)) == names(answer) - _UNUSED


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("identities", answers.IdentityJson),
        ("events", answers.EventJson),
        ("consents", answers.ConsentJson),
        ("reviews", answers.ReviewJson),
    ],
)
def test_the_library_knows_every_field_of_an_export(field: str, answer: type):
    """The parts that have no interface of their own, too."""
    inside = told("Exported")[field]
    assert set(re.findall(r"(\w+): ", inside)) == names(answer)
