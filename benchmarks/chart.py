"""The chart of what operations cost, as SVG."""

from collections.abc import Mapping
from html import escape
from statistics import median
from typing import Any

_COLOURS = ("#07c160", "#2b6cb0", "#38b2ac", "#b7791f", "#9f7aea", "#718096", "#e53e3e", "#975a16")
_LEFT, _ROW, _WIDTH, _MOST = 130, 13, 860, 5000.0
_COLUMNS = 3


def chart(found: Mapping[str, Any]) -> str:
    """Answers bars of medians; what is too long for the page is cut, its number stays."""
    peers = list(found["peers"]["services"].values())
    names = list(peers[0]["cpu"])
    top = 30 + -(-len(peers) // _COLUMNS) * 15
    height = top + 10 + len(names) * (len(peers) * _ROW + 16)
    scale = (_WIDTH - _LEFT - 50) / _MOST
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
            ' font-family="sans-serif" font-size="11">'
        ),
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        (
            '<text x="10" y="18" font-size="13">CPU µs per operation, one worker, PostgreSQL,'
            f" {found['date']}: less is better</text>"
        ),
    ]
    for number, each in enumerate(peers):
        x = 10 + number % _COLUMNS * (_WIDTH - 20) // _COLUMNS
        y = 27 + number // _COLUMNS * 15
        parts.append(f'<rect x="{x}" y="{y}" width="9" height="9" fill="{_COLOURS[number]}"/>')
        parts.append(f'<text x="{x + 13}" y="{y + 8}">{escape(each["title"])}</text>')
    y = top
    for name in names:
        parts.append(f'<text x="10" y="{y + 10}" font-weight="bold">{name}</text>')
        for number, each in enumerate(peers):
            spent = each["cpu"].get(name)
            width = min(median(spent), _MOST) * scale if spent else 0.0
            said = f"{median(spent):.0f}" if spent else "–"
            parts.append(
                f'<rect x="{_LEFT}" y="{y + 2}" width="{width:.1f}" height="{_ROW - 3}"'
                f' fill="{_COLOURS[number]}"/>'
                f'<text x="{_LEFT + 5 + width:.1f}" y="{y + 11}">{said}</text>'
            )
            y += _ROW
        y += 16
    return "\n".join([*parts, "</svg>"]) + "\n"
