"""Saying what was seen, against what must be."""

import os
from pathlib import Path

from attrs import define

MEASURED = 0


@define
class Verdict:
    """PASS until something did not hold."""

    failed: bool = False

    def holds(self, what: str, *, when: bool) -> None:
        """Prints one line."""
        print(f"  {'PASS' if when else 'FAIL'}  {what}", flush=True)
        self.failed |= not when

    def leave(self) -> None:
        """Ends with 1 when something did not hold."""
        raise SystemExit(int(self.failed))


def start_apart() -> None:
    """Lets all that is started from now on share one core, the measured one.

    Database and WeChat's stand-in are on it too: a load beside them would slow them down.
    """
    os.sched_setaffinity(0, {MEASURED})


def load_apart() -> None:
    """Takes this process, which makes the load, off that core where there is another."""
    os.sched_setaffinity(0, set(range(os.cpu_count() or 1)) - {MEASURED} or {MEASURED})


def memory(pid: int) -> float:
    """Answers the megabytes a process holds in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
