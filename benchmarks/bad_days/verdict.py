"""Saying what was seen, against what must be."""

import os
from pathlib import Path

from attrs import define

SERVICE_CORE, OTHERS_CORE = 0, 1


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


def keep_apart() -> None:
    """Keeps this process, and all it starts from now on, off the service's core."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {OTHERS_CORE})


def give_core(pid: int) -> None:
    """Gives a process, its threads and children a core of their own."""
    if (os.cpu_count() or 1) == 1:
        return
    for entry in Path("/proc").glob("[0-9]*/stat"):
        parent = entry.read_text().rpartition(")")[2].split()[1]
        if pid in {int(entry.parent.name), int(parent)}:
            for thread in (entry.parent / "task").iterdir():
                os.sched_setaffinity(int(thread.name), {SERVICE_CORE})


def memory(pid: int) -> float:
    """Answers the megabytes a process holds in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
