"""What was measured: as JSON, as tables, and in the READMEs, in two languages."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.chart import chart
from benchmarks.words import WORDS

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = HERE / "results"
CHART = ROOT / "docs" / "benchmarks.svg"
NAMES = ("returning login", "new login", "refresh", "me", "update")
_BLOCK = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)
Found = Mapping[str, Any]


def newest() -> Found | None:
    """Answers the newest results that were kept."""
    files = sorted(RESULTS.glob("*.json"))
    return json.loads(files[-1].read_text(encoding="utf-8")) if files else None


def kept(found: Found) -> dict[str, Any]:
    """Adds what was measured before on the same day and machine, where it was not now."""
    file = RESULTS / f"{found['date']}.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {**(before if before.get("machine") == found["machine"] else {}), **found}


def write(found: Found) -> list[Path]:
    """Writes JSON, chart and pages; answers where."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{found['date']}.json"
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if "peers" in found:
        CHART.write_text(chart(found), encoding="utf-8")
    for page, block in pages(found).items():
        filled = _BLOCK.sub(lambda old, block=block: old[1] + block + old[2], _text(page))
        page.write_text(filled, encoding="utf-8")
    return [file, CHART, *pages(found)]


def pages(found: Found | None) -> dict[Path, str]:
    """Answers what each page says of the results."""
    return {
        ROOT / "README.md": readme(found, "en"),
        ROOT / "README.zh-CN.md": readme(found, "zh-CN"),
        HERE / "README.md": details(found),
    }


def block(page: Path) -> str | None:
    """Answers what a page says of the results now."""
    found = _BLOCK.search(_text(page))
    return found and found[0].removeprefix(found[1]).removesuffix(found[2])


def readme(found: Found | None, language: str) -> str:
    """Answers the chapter of a README; nothing without results of the peers."""
    if not found or "peers" not in found:
        return ""
    words = WORDS[language]
    said = [
        f"## {words['heading']}",
        f"![{words['picture']}](docs/benchmarks.svg)",
        words["how"].format(rounds=found["peers"]["rounds"], **found) + place(found),
        peers(found, language),
    ]
    if "latency" in found:
        said += [words["latency"].format(**found["latency"]), latency(found, language)]
    lost = losses(found, language)
    said.append(f"**{words['lost']}** " + (words["stop"].join(lost) or words["nothing"]))
    said.append(words["more"])
    return "\n\n".join(said) + "\n\n"


def details(found: Found | None) -> str:
    """Answers the page of the benchmarks: all tables there are."""
    if not found:
        return ""
    titles = {
        "peers": "Beside others", "latency": "Latency at half of the capacity, p50 · p99 in ms",
        "databases": "Databases", "workers": "Workers", "sizes": "Users", "parts": "Parts",
    }  # fmt: skip
    said = [f"{found['date']}, {place(found)}"]
    for name, title in titles.items():
        if name in found:
            said += [f"**{title}**", PAGES[name](found)]
    return "\n\n".join(said) + "\n\n"


def place(found: Found) -> str:
    """Answers the machine and its versions."""
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return f"{found['machine']['cores']} × {found['machine']['cpu']}, {versions}."


def peers(found: Found, language: str = "en") -> str:
    """Answers CPU µs, cold start and memory of each service."""
    words = WORDS[language]
    heads = [words[name] for name in (*NAMES, "start", "memory")]
    rows = []
    for name, each in found["peers"]["services"].items():
        rests = each["memory_mib"]
        cells = [_spread(each["cpu"].get(what)) for what in NAMES]
        cells.append(f"{median(each['cold_start_seconds']):.2f}")
        cells.append(f"{rests['at_rest']:.0f} → {rests['after_rounds'][-1]:.0f}")
        rows.append([f"{words.get(name, each['title'])} {each['version']}", *cells])
    rows += [[name, why] for name, why in found["peers"]["missing"].items()]
    return _table(["", *heads], rows)


def latency(found: Found, language: str = "en") -> str:
    """Answers p50 and p99 of each service, medians of the runs."""
    words = WORDS[language]
    rows = []
    for name, by_name in found["latency"]["services"].items():
        told = [by_name.get(what) for what in NAMES]
        cells = [
            f"{median(t['p50_ms']):.1f} · {median(t['p99_ms']):.1f}" if t else "–" for t in told
        ]
        rows.append([words.get(name, name), *cells])
    return _table(["", *(words[name] for name in NAMES)], rows)


def _places(part: str, head: str) -> Any:
    def page(found: Found) -> str:
        rows = []
        for name, each in found[part]["places"].items():
            cells = []
            for what in NAMES:
                spent = each["cpu"].get(what)
                theirs = median(each["server"].get(what) or [0])
                per_second = each.get("per_second", {}).get(what)
                cells.append(
                    _spread(spent)
                    + (f" + {theirs:.0f}" if theirs else "")
                    + (f", {median(per_second):.0f}/s" if per_second else "")
                )
            if rests := each.get("memory_mib"):
                each_worker = [rests[when] / rests["workers"] for when in ("at_rest", "after")]
                cells.append(" → ".join(f"{mib:.0f}" for mib in each_worker))
            rows.append([f"{int(name):,}" if name.isdigit() else name, *cells])
        heads = [head, *NAMES]
        if any("memory_mib" in each for each in found[part]["places"].values()):
            heads.append("MiB a worker")
        return (
            "CPU µs, median (least–most), of the service + of the database; answers a second of"
            f" a closed loop on the same cores. {found[part]['rounds']} rounds.\n\n"
            + _table(heads, rows)
        )

    return page


def parts(found: Found) -> str:
    """Answers what the parts of an operation cost."""
    rows = [[name, *(f"{micros:.1f}" for micros in each)] for name, each in found["parts"].items()]
    return _table(["part", "µs alone", "µs, 32 at a time"], rows)


def losses(found: Found, language: str) -> list[str]:
    """Answers, for each other service, in what it needs less than wxlogin."""
    words, services = WORDS[language], found["peers"]["services"]
    ours, said = _needs(services["wxlogin"]), []
    for name, each in services.items():
        needs = _needs(each)
        less = [
            f"{words[what]} {need:g} : {ours[what]:g}"
            for what, need in needs.items()
            if need < ours[what]
        ]
        if less:
            title = words.get(name, each["title"])
            said.append(f"{title}{words['colon']}{words['comma'].join(less)}")
    return said


def _needs(each: Found) -> dict[str, float]:
    cpu = {name: median(spent) for name, spent in each["cpu"].items()}
    rests = {"start": median(each["cold_start_seconds"])}
    return cpu | rests | {"memory": each["memory_mib"]["after_rounds"][-1]}


def _spread(spent: Sequence[float] | None) -> str:
    return "–" if not spent else f"{median(spent):.0f} ({min(spent):.0f}–{max(spent):.0f})"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    filled = [[*row, *[""] * (len(heads) - len(row))] for row in rows]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in filled)])


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


PAGES = {
    "peers": peers, "latency": latency, "databases": _places("databases", "database"),
    "workers": _places("workers", "workers"), "sizes": _places("sizes", "users"), "parts": parts,
}  # fmt: skip
"""What tells each part."""
