"""The code that the documentation shows, so that tests can run what readers copy."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^##+ (.*)$", re.MULTILINE)


def blocks(page: str, language: str) -> list[tuple[str, str]]:
    """Answer the blocks of a language on a page of docs/, each with the heading it stands under."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        (_HEADING.findall(text, 0, found.start())[-1], found[2])
        for found in _BLOCK.finditer(text)
        if found[1] == language
    ]
