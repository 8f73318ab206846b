"""The simulator's own time, which a test moves and never waits for."""

from collections.abc import Callable
from datetime import UTC, datetime

from attrs import define, field


@define
class WorldClock:
    """Answer the simulated time: the clock beneath plus whatever it was moved by."""

    beneath: Callable[[], float]
    _offset: float = field(default=0.0, init=False)

    def now(self) -> float:
        """Answer the simulated time in seconds since 1970."""
        return self.beneath() + self._offset

    def set(self, moment: float) -> None:
        """Make it `moment` (seconds since 1970) now, later or earlier; time runs on from there."""
        self._offset += moment - self.now()


def rfc3339(moment: float) -> str:
    """Write seconds since 1970 as RFC 3339 in UTC, to the millisecond."""
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")


def read_moment(written: str) -> float:
    """Read RFC 3339 into seconds since 1970; without a zone it means UTC.

    Raises ValueError for anything else.
    """
    moment = datetime.fromisoformat(written)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
