"""`make faults`: 200,000 operations under faults on PostgreSQL, and again on MariaDB."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from time import monotonic

from tests.campaign.campaign import Campaign, Outcome, run
from tests.servers import MariaDbServer, PostgresServer, RedisServer
from wxlogin.entrypoints.cli.logs import configure_logs

_SERVERS: dict[str, Callable[[], AbstractContextManager[PostgresServer | MariaDbServer]]] = {
    "postgres": lambda: PostgresServer.running(durable=True),
    "mariadb": lambda: MariaDbServer.running(durable=True),
}
_MOST_LINES = 20
_MOST_SIGNS = 300


def main() -> int:
    """Runs what was asked for and answers 1 when a promise was broken."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--operations", type=int, default=200_000)
    options.add_argument("--database", choices=[*_SERVERS], help="one only")
    options.add_argument("--processes", type=int, default=4)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--redis", action="store_true", help="with limits, counted in a Redis")
    options.add_argument("--keep", type=Path, help="folder to write the histories to")
    chosen = options.parse_args()
    configure_logs(level="error", json=True)  # of the operator's hands, which are in this process
    campaign = Campaign(chosen.operations, processes=chosen.processes, seed=chosen.seed)
    good = True
    for name in [chosen.database] if chosen.database else _SERVERS:
        counting = RedisServer.running() if chosen.redis else nullcontext()
        with _SERVERS[name]() as server, counting as redis:
            tell = _progress(name, campaign.operations)
            outcome = run(campaign, server.url, server, redis, tell)
        __say(name, campaign, outcome)
        good = good and outcome.verdict.good
        if chosen.keep is not None:
            chosen.keep.mkdir(parents=True, exist_ok=True)
            outcome.history.write(chosen.keep / f"{name}.jsonl")
    return 0 if good else 1


def _progress(name: str, operations: int) -> Callable[[int], None]:
    began, step = monotonic(), max(operations // 20, 1)

    def tell(wishes: int) -> None:
        if wishes % step == 0:
            _say(f"{name}: {wishes} of {operations} after {monotonic() - began:.0f} s")

    return tell


def __say(name: str, campaign: Campaign, outcome: Outcome) -> None:
    history = outcome.history
    _say(
        f"\n{name}: {campaign.operations} operations over {campaign.processes} processes in "
        f"{outcome.seconds:.0f} s (seed {campaign.seed})"
    )
    kinds = Counter(act.kind for act in history.acts)
    unknown = sum(act.answered is None for act in history.acts)
    _line("requests", len(history.acts), _told(kinds))
    _line("  without an answer", unknown)
    refused = Counter(act.code for act in history.acts if act.code)
    _line("  refused", refused.total(), _told(refused))
    _line(
        "broken on purpose", len(history.troubles), _told(Counter(t.kind for t in history.troubles))
    )
    _line("WeChat was asked", len(history.calls), _told(Counter(c.verdict for c in history.calls)))
    for promise, lines in outcome.verdict.found.items():
        _line(promise, len(lines))
    for promise, lines in outcome.verdict.found.items():
        for line in lines[:_MOST_LINES]:
            _say(f"! {promise}: {line}")
    for line in [*dict.fromkeys(outcome.complaints)][:_MOST_LINES]:
        _say(f"? {line[:_MOST_SIGNS]}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _line(what: str, number: int, more: str = "") -> None:
    _say(f"  {what:<52} {number:>8}  {more}")


def _told(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counted.most_common())


if __name__ == "__main__":
    sys.exit(main())
