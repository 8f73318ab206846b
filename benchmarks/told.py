"""What was measured side by side: as JSON, as a table, and as a chart."""

import json
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.peers import GO, THEIRS, WXLOGIN, Peer
from benchmarks.resting import Rest

HERE = Path(__file__).parent
CHART = HERE.parent / "docs" / "benchmarks.svg"
NAMES = ("returning login", "new login", "refresh", "me", "update")
_COLOURS = ("#07c160", "#2b6cb0", "#b7791f", "#9f7aea", "#718096", "#e53e3e", "#38b2ac", "#975a16")
_SCALE, _LEFT, _ROW, _WIDTH = 0.13, 130, 13, 860


def result(
    present: Sequence[Peer],
    figures: Mapping[str, Mapping[str, list[float]]],
    rests: Mapping[str, Rest],
    requests: int,
    runs: int,
) -> dict[str, Any]:
    """Answers everything about a run; times are µs of CPU, or seconds where they say so."""
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": {"cpu": _cpu_model(), "cores": _cores(), "system": platform.platform()},
        "versions": {
            "python": platform.python_version(), "node": _said("node", "--version"),
            "postgresql": _said("psql", "--version").removeprefix("psql (PostgreSQL) "),
        },
        "requests": requests, "runs": runs, "connections": 32,
        "peers": {
            peer.name: {
                "title": peer.title, "version": _version(peer),
                "cpu": {name: [round(micros) for micros in each]
                        for name, each in figures[peer.name].items()},
                "cold_start_seconds": [round(each, 3) for each in rests[peer.name].seconds],
                "memory_mib": {
                    "at_rest": round(rests[peer.name].at_rest, 1),
                    "after_rounds": [round(each, 1) for each in rests[peer.name].after],
                },
            }
            for peer in present
        },
    }  # fmt: skip


def table(found: Mapping[str, Any], missing: Mapping[str, str]) -> str:
    """Answers a table in Markdown: min · median · max."""
    machine = found["machine"]
    versions = ", ".join(f"{name} {said}" for name, said in found["versions"].items())
    lines = [
        f"{found['date']}, {machine['cores']} cores of {machine['cpu']}, {versions}.",
        (
            f"CPU µs per operation (user + system, all processes of the service), one worker,"
            f" {found['connections']} connections, {found['runs']} rounds of {found['requests']}"
            " requests in turn: min · median · max."
        ),
        "",
        "| | " + " | ".join(NAMES) + " | cold start, s | MiB at rest → after |",
        "|---" * (len(NAMES) + 3) + "|",
    ]
    for each in found["peers"].values():
        cells = [_spread(each["cpu"].get(name)) for name in NAMES]
        memory, start = each["memory_mib"], median(each["cold_start_seconds"])
        cells += [f"{start:.2f}", f"{memory['at_rest']:.0f} → {memory['after_rounds'][-1]:.0f}"]
        lines.append(f"| {each['title']} {each['version']} | " + " | ".join(cells) + " |")
    lines += [f"| {name} | {why} |" + " |" * (len(NAMES) + 1) for name, why in missing.items()]
    return "\n".join(lines)


def write(found: Mapping[str, Any]) -> tuple[Path, Path]:
    """Writes JSON and chart; answers where."""
    kept = HERE / "results" / f"{found['date']}.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    CHART.write_text(chart(found), encoding="utf-8")
    return kept, CHART


def chart(found: Mapping[str, Any]) -> str:
    """Answers bars of medians as SVG; what is too long for the page is cut, its number stays."""
    peers = list(found["peers"].values())
    height = 60 + len(NAMES) * (len(peers) * _ROW + 16)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
            ' font-family="sans-serif" font-size="11">'
        ),
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        (
            f'<text x="10" y="18" font-size="13">CPU µs per operation, one worker, PostgreSQL,'
            f" {found['date']}: less is better</text>"
        ),
    ]
    for number, each in enumerate(peers):
        x = 10 + number * (_WIDTH - 20) // len(peers)
        parts.append(f'<rect x="{x}" y="27" width="9" height="9" fill="{_COLOURS[number]}"/>')
        parts.append(f'<text x="{x + 13}" y="35">{each["title"]}</text>')
    y = 56
    for name in NAMES:
        parts.append(f'<text x="10" y="{y + 10}" font-weight="bold">{name}</text>')
        for number, each in enumerate(peers):
            if spent := each["cpu"].get(name):
                micros = median(spent)
                width = min(micros * _SCALE, _WIDTH - _LEFT - 50)
                parts.append(
                    f'<rect x="{_LEFT}" y="{y + 2}" width="{width:.1f}" height="{_ROW - 3}"'
                    f' fill="{_COLOURS[number]}"/>'
                    f'<text x="{_LEFT + 5 + width:.1f}" y="{y + 11}">{micros:.0f}</text>'
                )
            else:
                parts.append(f'<text x="{_LEFT + 5}" y="{y + 11}">–</text>')
            y += _ROW
        y += 16
    return "\n".join([*parts, "</svg>"]) + "\n"


def _spread(spent: Sequence[float] | None) -> str:
    return "–" if not spent else f"{min(spent)} · {median(spent):.0f} · {max(spent)}"


def _version(peer: Peer) -> str:
    if peer.environment == WXLOGIN.environment:
        python = _said(
            str(peer.serve[0]), "-c", "import platform; print(platform.python_version())"
        )
        return f"{version('wxlogin')}, Python {python}"
    if peer is GO:
        return _said("go", "version").split()[2]
    if peer.serve[0] == "node":
        assert peer.folder
        package = peer.folder / "node_modules" / peer.package / "package.json"
        return str(json.loads(package.read_text(encoding="utf-8"))["version"])
    told = f"from importlib.metadata import version; print(version({peer.package!r}))"
    return _said(str(THEIRS / "python"), "-c", told)


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "?"
    return done.stdout.strip()


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _cores() -> int:
    return Path("/proc/cpuinfo").read_text(encoding="utf-8").count("processor\t")
