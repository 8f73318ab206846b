"""docs/retention.md tells of every table and column, and of none that is not there."""

import re
from pathlib import Path

import pytest

from wxlogin.adapters.sql.tables import METADATA

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "retention.md", DOCS / "retention.zh-CN.md"]
SCHEMA = {(table.name, column.name) for table in METADATA.sorted_tables for column in table.c}


def told(page: Path) -> dict[tuple[str, str], str]:
    """Answer the line of each column that the page's sections about tables have."""
    found: dict[tuple[str, str], str] = {}
    for section in re.split(r"^(?=##)", page.read_text(encoding="utf-8"), flags=re.MULTILINE):
        if table := re.match(r"### `(\w+)`$", section, re.MULTILINE):
            for line in section.splitlines():
                names = re.findall(r"`(\w+)`", line.split("|")[1]) if line.startswith("| `") else ()
                found |= {(table[1], name): line for name in names}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_tells_of_every_column_and_of_no_other(page: Path):
    """Whoever adds a column says there what it is for, how long it stays, what erasure does."""
    missing = sorted(SCHEMA - told(page).keys())
    invented = sorted(told(page).keys() - SCHEMA)

    assert missing == [], (
        f"docs/{page.name} does not tell of these columns. Add to it, under a heading "
        f"'### `table`', a row '| `column` | what for | how long | at erasure |' for each "
        f"(in both languages), and see that SqlAccounts.erase and ExportUser do what it says: "
        f"{missing}"
    )
    assert invented == [], f"docs/{page.name} tells of columns that are not there: {invented}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_row_is_whole(page: Path):
    """What for, how long, and what an erasure does: each column's row says all three."""
    for (table, column), line in told(page).items():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        assert (len(cells), all(cells)) == (4, True), (page.name, table, column, line)
