"""Everything that is said about wxlogin's speed, measured and told by one command: `make figures`.

Each part prints its figures as soon as it has them; with `--write` each finished part goes into
`results/<date>.json`, and from there into the chart, the READMEs and the page of the benchmarks.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import bench, latency, machine, parts, side_by_side, told, variants
from benchmarks.peers import FASTIFY, PEERS, WXLOGIN, Peer, make, on

Part = Callable[[argparse.Namespace, list[Peer], side_by_side.Say], Any]


def _peers(asked: argparse.Namespace, present: list[Peer], say: side_by_side.Say) -> Any:
    found = side_by_side.measure(present, asked.requests, asked.runs, say)
    return {**found, "missing": asked.missing}


def _latency(asked: argparse.Namespace, present: list[Peer], say: side_by_side.Say) -> Any:
    few = [peer for peer in present if peer in {WXLOGIN, FASTIFY}]
    return latency.measure(few, asked.seconds, asked.runs, say)


def _databases(asked: argparse.Namespace, _: list[Peer], say: side_by_side.Say) -> Any:
    return variants.databases(_half(asked), asked.runs, say)


def _workers(asked: argparse.Namespace, _: list[Peer], say: side_by_side.Say) -> Any:
    return variants.workers(_half(asked), asked.runs, say)


def _sizes(asked: argparse.Namespace, _: list[Peer], say: side_by_side.Say) -> Any:
    return variants.sizes(_half(asked), asked.runs, asked.users, say)


def _parts(asked: argparse.Namespace, _: list[Peer], __: side_by_side.Say) -> Any:
    with bench.service("postgres") as running:
        return parts.measure(running.environment, bench.APPID, _half(asked))


PARTS: dict[str, tuple[Part, str]] = {
    "peers": (_peers, "6 minutes"),
    "latency": (_latency, "5 minutes"),
    "databases": (_databases, "2 minutes"),
    "workers": (_workers, "2 minutes"),
    "sizes": (_sizes, "6 minutes"),
    "parts": (_parts, "half a minute"),
}
"""What is measured, and how long it takes on two quiet cores with nothing else chosen."""


def main() -> None:
    """Installs, measures, prints, and where asked to, writes."""
    asked = _asked()
    began = time.monotonic()

    def say(what: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - began), 60)
        print(f"[{minutes:2}:{seconds:02}] {what}", flush=True)

    chosen = [peer for peer in PEERS if peer.name in asked.only or peer is WXLOGIN]
    if asked.python:
        chosen.insert(1, on(asked.python))
    missing = asked.missing = make(chosen)
    for name, why in missing.items():
        say(f"{name} {why}")
    present = [peer for peer in chosen if peer.name not in missing]
    found: dict[str, Any] = machine.told()
    say(told.place(found))
    for name in asked.parts:
        part, long = PARTS[name]
        say(f"== {name}, about {long} as it is by default")
        found[name] = part(asked, present, say)
        print(f"\n{told.PAGES[name](found)}\n", flush=True)
        if asked.write:
            found = told.kept(found)
            say(f"wrote {', '.join(str(path) for path in told.write(found))}")
    say("done")


def _asked() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    names = ",".join(peer.name for peer in PEERS)
    options.add_argument("--parts", default=",".join(PARTS), type=_among(PARTS))
    options.add_argument("--only", default=names, type=_among(names.split(",")), help="of peers")
    options.add_argument("--requests", type=int, default=4000, help="per operation and round")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--seconds", type=float, default=6.0, help="of load, for latency")
    options.add_argument("--users", type=int, default=variants.SIZES[-1], help="the most, in sizes")
    options.add_argument("--python", type=Path, help="another interpreter for wxlogin, beside")
    options.add_argument("--write", action="store_true", help="results, chart, pages")
    return options.parse_args()


def _among(known: Any) -> Callable[[str], list[str]]:
    def chosen(text: str) -> list[str]:
        names = text.split(",")
        if unknown := set(names) - set(known):
            raise argparse.ArgumentTypeError(f"no such thing: {', '.join(sorted(unknown))}")
        return names

    return chosen


def _half(asked: argparse.Namespace) -> int:
    return max(asked.requests // 2 // bench.CONNECTIONS, 1) * bench.CONNECTIONS


if __name__ == "__main__":
    main()
