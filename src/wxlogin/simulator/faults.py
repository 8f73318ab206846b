"""A script of failures: "the third jscode2session, twice: the answer is lost".

A fault with `act` lets the call take effect first (the code is spent) and spoils the answer; one
without refuses or breaks before anything happened.
"""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import asdict, define, field, frozen

EVERY_API = "*"

_ACTING = frozenset(
    {
        "delay",
        "lost_answer",
        "truncated_json",
        "errcode_text",
        "missing_openid",
        "escaped_slashes",
        "extra_fields",
        "bom",
    }
)
_WITHHOLDING = frozenset({"errcode", "reset", "http_status", "html", "empty"})
KINDS = tuple(sorted(_ACTING | _WITHHOLDING))

_LONGEST = 3_600
_HUGE = 2**31
_ERROR_STATUSES = range(200, 600)


@frozen
class Fault:
    """One line of the script.

    `after` calls are let through, then `times` calls (None: all) are spoilt. `seconds` delays the
    answer, whatever the kind; for a hanging answer it is how long the connection stays open.
    """

    kind: str
    api: str = EVERY_API
    times: int | None = 1
    after: int = 0
    act: bool = False
    seconds: float = 0.0
    errcode: int | None = None
    errmsg: str | None = None
    status: int = 502
    how: str = "drop"


@define
class _Line:
    number: int
    fault: Fault
    seen: int = 0
    fired: int = 0

    def fires(self, api: str) -> bool:
        if self.fault.api not in {EVERY_API, api}:
            return False
        self.seen += 1
        if self.seen <= self.fault.after:
            return False
        return self.fault.times is None or self.fired < self.fault.times


@define
class Script:
    """The faults in force; the first one that fits a call spoils it."""

    _lines: list[_Line] = field(factory=list, init=False)
    _written: int = field(default=0, init=False)

    def add(self, fault: Fault) -> None:
        """Append a fault; its counting starts now."""
        self._written += 1
        self._lines.append(_Line(self._written, fault))

    def clear(self) -> None:
        """Strike every fault."""
        self._lines.clear()

    def next(self, api: str) -> Fault | None:
        """Count one call of `api` and answer the fault that meets it, if any."""
        # Every line must count the call, so no short cut at the first that fires.
        firing = [line for line in self._lines if line.fires(api)]
        if not firing:
            return None
        firing[0].fired += 1
        return firing[0].fault

    def listed(self) -> list[dict[str, Any]]:
        """Answer every fault with what it saw and did so far."""
        return [
            {"id": line.number, **asdict(line.fault), "seen": line.seen, "fired": line.fired}
            for line in self._lines
        ]


def read_fault(written: Mapping[str, Any], apis: frozenset[str]) -> Fault:
    """Read one fault from JSON; raises ValueError that says what is wrong with it."""
    fields = dict(written)
    kind = fields.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not one of: {', '.join(KINDS)}")
    fields.setdefault("act", kind in _ACTING and fields.get("errcode") is None)
    for name, value in fields.items():
        if name not in _READERS:
            raise ValueError(f"unknown field {name!r}; known: {', '.join(sorted(_READERS))}")
        if not _READERS[name](value):
            raise ValueError(f"{name} cannot be {value!r}")
    fault = Fault(**fields)
    if fault.api != EVERY_API and fault.api not in apis:
        raise ValueError(f"api {fault.api!r} is not one of: *, {', '.join(sorted(apis))}")
    if kind == "errcode" and fault.errcode is None:
        raise ValueError("kind errcode wants an errcode")
    if fault.errcode is not None and kind not in {"errcode", "errcode_text"}:
        raise ValueError(f"kind {kind} has no errcode; a late refusal is errcode with seconds")
    return fault


def _whole(value: object) -> bool:
    return type(value) is int and abs(value) < _HUGE


def _count(value: object) -> bool:
    return type(value) is int and value >= 0


def _seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST


_READERS: dict[str, Callable[[Any], bool]] = {
    "kind": lambda value: isinstance(value, str),
    "api": lambda value: isinstance(value, str),
    "times": lambda value: value is None or _count(value),
    "after": _count,
    "act": lambda value: isinstance(value, bool),
    "seconds": _seconds,
    "errcode": lambda value: value is None or _whole(value),
    "errmsg": lambda value: value is None or isinstance(value, str),
    "status": lambda value: _whole(value) and value in _ERROR_STATUSES,
    "how": lambda value: value in {"drop", "hang"},
}
