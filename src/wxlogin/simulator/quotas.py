"""Call limits: per minute 45011, per day 45009, and the few times a month they may be cleared."""

from attrs import define, field, frozen

from wxlogin.simulator.clock import WorldClock, rfc3339
from wxlogin.simulator.refusals import Refusal

_CLEARS_A_MONTH = 10
_MINUTE = 60
_DAY = 86_400
_BEIJING = 8 * 3_600


@frozen
class Limit:
    """How often one API may be called by one mini-program; None means without limit."""

    per_minute: int | None = None
    per_day: int | None = None


_UNLIMITED = Limit()


@define
class _Window:
    number: int = -1
    count: int = 0

    def at(self, number: int) -> int:
        if number != self.number:
            self.number, self.count = number, 0
        return self.count


@define
class Quotas:
    """The limits in force and what was used of them, for each (api, appid)."""

    clock: WorldClock
    limits: dict[str, Limit] = field(factory=dict)
    _minutes: dict[tuple[str, str], _Window] = field(factory=dict, init=False)
    _days: dict[tuple[str, str], _Window] = field(factory=dict, init=False)
    _clears: dict[tuple[str, str], int] = field(factory=dict, init=False)

    def take(self, api: str, appid: str) -> None:
        """Count one call; raises Refusal 45009 or 45011 where the limit was reached before."""
        limit = self.limits.get(api, _UNLIMITED)
        minute, day = self._windows(api, appid)
        if limit.per_day is not None and day.count >= limit.per_day:
            raise Refusal(45009)
        if limit.per_minute is not None and minute.count >= limit.per_minute:
            raise Refusal(45011)
        minute.count += 1
        day.count += 1

    def used_today(self, api: str, appid: str) -> int:
        """Answer how many calls of today count against the daily limit."""
        return self._windows(api, appid)[1].count

    def used_this_minute(self, api: str, appid: str) -> int:
        """Answer how many calls of this minute count against the limit per minute."""
        return self._windows(api, appid)[0].count

    def clear(self, appid: str) -> None:
        """Forget the daily use of a mini-program; raises Refusal 48006 the 11th time a month."""
        month = rfc3339(self.clock.now() + _BEIJING)[:7]
        done = self._clears.get((appid, month), 0)
        if done >= _CLEARS_A_MONTH:
            raise Refusal(48006)
        self._clears[appid, month] = done + 1
        for api, owner in list(self._days):
            if owner == appid:
                del self._days[api, owner]

    def _windows(self, api: str, appid: str) -> tuple[_Window, _Window]:
        now = self.clock.now()
        minute = self._minutes.setdefault((api, appid), _Window())
        day = self._days.setdefault((api, appid), _Window())
        minute.at(int(now // _MINUTE))
        day.at(int((now + _BEIJING) // _DAY))
        return minute, day
