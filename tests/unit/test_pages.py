"""What holds for every page: links lead somewhere, both languages are there, commands are told."""

import re
from pathlib import Path

import click
import pytest

from tests.recipes import DOCS
from wxlogin.domain.errors import ContentRejected
from wxlogin.domain.use_cases.nicknames import IN_REVIEW
from wxlogin.entrypoints.cli.commands import wxlogin
from wxlogin.entrypoints.web.texts_of_fields import PROBLEMS

ROOT = DOCS.parent
MINI = ROOT / "miniprogram"
PAGES = sorted({
    *ROOT.glob("*.md"), *DOCS.rglob("*.md"), *MINI.glob("*.md"),
    *(MINI / "app").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md"),
})  # fmt: skip
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Answer the anchors of a page's headings, as GitHub makes them."""
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def leaves(command: click.Command, path: str) -> list[str]:
    if not isinstance(command, click.Group):
        return [path]
    return [
        leaf for name, each in command.commands.items() for leaf in leaves(each, f"{path} {name}")
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    """Files exist, and so do the headings that are pointed at."""
    for name, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        to = page.parent / name if name else page

        assert to.exists(), name
        assert not anchor or anchor in anchors(to), f"{name}#{anchor}"


def test_every_page_is_in_both_languages():
    """Each page of docs/ has its Chinese sister and the other way round, and links to it."""
    english = {page for page in DOCS.glob("*.md") if not page.name.endswith(".zh-CN.md")}
    chinese = set(DOCS.glob("*.zh-CN.md"))

    assert chinese == {page.with_suffix(".zh-CN.md") for page in english}
    for page in english:
        sister = page.with_suffix(".zh-CN.md")
        assert f"]({sister.name})" in page.read_text(encoding="utf-8")
        assert f"]({page.name})" in sister.read_text(encoding="utf-8")


def test_decisions_have_numbers_of_their_own():
    """No number stands twice."""
    numbers = [page.name[:4] for page in (DOCS / "decisions").glob("*.md")]

    assert numbers
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("page", ["operations.md", "operations.zh-CN.md"])
def test_every_command_is_told(page):
    """The table of commands is whole, and names none that there is not."""
    told = re.findall(r"`(wxlogin(?: [a-z]+)+)[^`]*`", "\n".join(
        line for line in (DOCS / page).read_text(encoding="utf-8").splitlines()
        if line.startswith("| `wxlogin ")
    ))  # fmt: skip

    assert sorted(told) == sorted(leaves(wxlogin, "wxlogin"))


@pytest.mark.parametrize("page", ["content-check.md", "content-check.zh-CN.md"])
def test_the_page_about_content_names_each_rule_and_each_warning(page):
    """What a client can be told of a nickname, in a login's warnings or an answer's errors."""
    text = (DOCS / page).read_text(encoding="utf-8")

    rules = {each for each in PROBLEMS if each.startswith("nickname_")}
    assert rules == set(re.findall(r"^\| `(nickname_\w+)` \|", text, re.MULTILINE))
    for word in (ContentRejected.code, "content_unchecked", IN_REVIEW):
        assert f"`{word}`" in text
    for command in leaves(wxlogin.commands["reviews"], "wxlogin reviews"):
        assert f"\n{command}" in text
