"""Access tokens: the plain pool and the stable pool, which know nothing of each other.

Sources: "获取接口调用凭据", "获取稳定版接口调用凭据".
"""

from attrs import define, field

from wxlogin.simulator.ambient import URLSAFE, Draws
from wxlogin.simulator.clock import WorldClock
from wxlogin.simulator.refusals import Refusal
from wxlogin.simulator.rules import Rules

_FORCED_A_DAY = 20
_FORCED_APART = 30
_DAY = 86_400
_TOKEN_LENGTH = 134
_KEPT = 50_000


@define
class Token:
    """One access token and the moment it stops working."""

    text: str = field(repr=False)
    appid: str
    expires_at: float


@define
class _Stable:
    token: Token
    forced_at: float = float("-inf")
    forced_day: int = -1
    forced_count: int = 0


@define
class Tokens:
    """All access tokens of all mini-programs."""

    clock: WorldClock
    draws: Draws
    _all: dict[str, Token] = field(factory=dict, init=False, repr=False)
    _plain: dict[str, Token] = field(factory=dict, init=False, repr=False)
    _stable: dict[str, _Stable] = field(factory=dict, init=False, repr=False)

    def plain(self, appid: str, rules: Rules) -> Token:
        """Issue a new plain token; the one before works on for the overlap only."""
        before = self._plain.get(appid)
        if before is not None:
            overlap = self.clock.now() + rules.token_overlap_seconds
            before.expires_at = min(before.expires_at, overlap)
        token = self._plain[appid] = self._issue(appid, rules)
        return token

    def stable(self, appid: str, rules: Rules, *, force: bool) -> Token:
        """Answer the stable token: the same until its last minutes, or a new one by `force`.

        A forced refresh kills the old token at once; within 30 s of the last one it does
        nothing, and beyond 20 a day it raises Refusal 45009.
        """
        now = self.clock.now()
        held = self._stable.get(appid)
        if held is None:
            held = self._stable[appid] = _Stable(self._issue(appid, rules))
            return held.token
        if force and now - held.forced_at >= _FORCED_APART:
            self._count_forced(held, now)
            held.token.expires_at = min(held.token.expires_at, now)
            held.token = self._issue(appid, rules)
        elif held.token.expires_at - now <= rules.token_overlap_seconds:
            if held.token.expires_at > now:
                held.token.expires_at = now + rules.token_overlap_seconds
            held.token = self._issue(appid, rules)
        return held.token

    def appid_of(self, text: str) -> str:
        """Answer whose token this is.

        Raises Refusal 41001 for none, 40001 for one never issued, 42001 for one expired.
        """
        if not text:
            raise Refusal(41001)
        token = self._all.get(text)
        if token is None:
            raise Refusal(40001)
        if token.expires_at <= self.clock.now():
            raise Refusal(42001)
        return token.appid

    def forget(self, appid: str | None) -> int:
        """Make every token of `appid`, or of all, unknown ahead of its time; answer how many."""
        gone = [text for text, token in self._all.items() if appid in {None, token.appid}]
        for text in gone:
            token = self._all.pop(text)
            self._plain.pop(token.appid, None)
            self._stable.pop(token.appid, None)
        return len(gone)

    def _issue(self, appid: str, rules: Rules) -> Token:
        text = f"88_{self.draws.text(URLSAFE, _TOKEN_LENGTH)}"
        token = Token(text, appid, self.clock.now() + rules.token_seconds)
        self._all[text] = token
        if len(self._all) > _KEPT:
            del self._all[next(iter(self._all))]
        return token

    @staticmethod
    def _count_forced(held: _Stable, now: float) -> None:
        if held.forced_day != now // _DAY:
            held.forced_day, held.forced_count = int(now // _DAY), 0
        if held.forced_count >= _FORCED_A_DAY:
            raise Refusal(45009)
        held.forced_count += 1
        held.forced_at = now
