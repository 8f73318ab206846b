"""What was asked of the simulator: the last calls, counts, and rids to look them up by."""

import hashlib
from collections import Counter, deque
from typing import Any

from attrs import asdict, define, field, frozen

_LOGGED = 500
_RIDS = 2_000
_CODES = 200_000


@frozen
class Entry:
    """One call as the log shows it; a code only by its first letters, a secret never."""

    at: str
    api: str
    appid: str
    status: int | None
    errcode: int | None
    code: str
    fault: str | None
    rid: str | None


@frozen
class RidRecord:
    """One refused call, kept under its rid."""

    appid: str
    at: float
    path: str
    answer: str
    ip: str


@define
class Ledger:
    """Remembers calls, in memory and in bounds."""

    calls: Counter[str] = field(factory=Counter)
    _entries: deque[Entry] = field(factory=lambda: deque(maxlen=_LOGGED))
    _codes: dict[str, int] = field(factory=dict, repr=False)
    _rids: dict[str, RidRecord] = field(factory=dict)

    def arrived(self, api: str) -> None:
        """Count a call, whatever becomes of it."""
        self.calls[api] += 1

    def presented(self, code: str) -> None:
        """Count a call that brought `code`, whatever becomes of it."""
        self._codes[code] = self._codes.get(code, 0) + 1
        if len(self._codes) > _CODES:
            del self._codes[next(iter(self._codes))]

    def write(self, entry: Entry) -> None:
        """Append to the log."""
        self._entries.append(entry)

    def keep_rid(self, rid: str, record: RidRecord) -> None:
        """Keep what a rid stands for."""
        self._rids[rid] = record
        if len(self._rids) > _RIDS:
            del self._rids[next(iter(self._rids))]

    def rid(self, rid: str) -> RidRecord | None:
        """Answer what a rid stands for, or None."""
        return self._rids.get(rid)

    def latest(self, count: int) -> list[dict[str, Any]]:
        """Answer the last calls, newest first."""
        return [asdict(entry) for entry in list(self._entries)[: -count - 1 : -1]]

    def code_counts(self) -> dict[str, int]:
        """Answer how many calls brought each code, under the SHA-256 (hex) of the code."""
        return {
            hashlib.sha256(code.encode()).hexdigest(): count for code, count in self._codes.items()
        }

    def forget(self) -> None:
        """Start log and counts anew; rids stay."""
        self.calls.clear()
        self._entries.clear()
        self._codes.clear()
