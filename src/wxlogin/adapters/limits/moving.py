"""Moving windows in this process: the exact times of the last hits of each asker.

The memory storage of the limits library would do the counting, but it starts a thread a hundred
times a second, has no bound, and looks at a clock of its own.
"""

from array import array
from bisect import bisect_right
from math import ceil

from attrs import define, field

from wxlogin.domain.ports.limits import Rule

_Key = tuple[str, str]


@define
class MovingWindows:
    """Counts up to `most` askers; beyond that those are forgotten who did not ask for longest.

    Askers live in a young and an old generation. Whoever asks is young; once in the longest window
    the young become the old, and the old, whose windows have all passed, are dropped. So nothing
    is ever searched for what is over.
    """

    most: int = 100_000
    _young: dict[_Key, "array[float]"] = field(factory=dict, init=False, repr=False)
    _old: dict[_Key, "array[float]"] = field(factory=dict, init=False, repr=False)
    _longest: int = field(default=0, init=False)
    _born_at: float = field(default=0.0, init=False)

    def hit(self, rule: Rule, asker: str, now: float) -> int | None:
        """See `RateLimiter.hit`; `now` in seconds."""
        self._longest = max(self._longest, rule.seconds)
        if not 0 <= now - self._born_at < self._longest or len(self._young) >= self.most // 2:
            self._old, self._young, self._born_at = self._young, {}, now
        key = rule.name, asker
        hits = self._young.get(key)
        if hits is None:
            hits = self._old.pop(key, None)
            if hits is None:
                hits = array("d")
            self._young[key] = hits
        wait = _wait(hits, rule, now)
        if wait is None:
            hits.append(now)
        return wait

    def full(self, rule: Rule, asker: str, now: float) -> int | None:
        """See `RateLimiter.full`."""
        key = rule.name, asker
        hits = self._young.get(key) or self._old.get(key)
        return _wait(hits, rule, now) if hits else None

    def __len__(self) -> int:
        """Answers how many askers are in memory."""
        return len(self._young) + len(self._old)


def _wait(hits: "array[float]", rule: Rule, now: float) -> int | None:
    """Drops the hits that are over, and answers how long until one more is allowed."""
    if hits and hits[-1] > now:
        del hits[:]  # the clock went back: nobody shall wait for its return
    over = bisect_right(hits, now - rule.seconds)
    if over:
        del hits[:over]
    if len(hits) < rule.times:
        return None
    return max(1, ceil(hits[-rule.times] + rule.seconds - now))
