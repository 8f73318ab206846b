"""Circuits: what WeChat is not asked for the time being, and when to try it again.

Why this is our own and what opens and closes what: docs/decisions/0014-circuits-of-our-own.md.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

import structlog
from attrs import define, field, frozen

from wxlogin.adapters.wechat.errcodes import (
    BUSY,
    RETRY_SECONDS,
    next_day,
    next_midnight,
    next_minute,
)
from wxlogin.domain.errors import (
    FromWeChat,
    WeChatQuotaExhausted,
    WeChatRateLimited,
    WeChatSaid,
    WeChatUnavailable,
)
from wxlogin.domain.ports.ambient import Clock

_log = structlog.get_logger("wxlogin.wechat")


class Why(StrEnum):
    """Why a circuit is open."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MINUTE_QUOTA = "minute_quota"
    DAY_QUOTA = "day_quota"


def why(refusal: FromWeChat) -> Why | None:
    """Answers what WeChat's refusal says about the next question; None: nothing, it answered.

    A used code or a person held for a risk (40163, 40226) are answers like any other.
    """
    if isinstance(refusal, WeChatRateLimited):
        return Why.MINUTE_QUOTA
    if isinstance(refusal, WeChatQuotaExhausted):
        return Why.DAY_QUOTA
    return Why.BUSY if refusal.wechat is not None and refusal.wechat.errcode == BUSY else None


@frozen
class _Manner:
    """How many failures in a row open a circuit, and how often one question may try it then.

    `ends` answers when it closes by itself. `of_app` tells whether it concerns one app only.
    """

    after: int
    every: timedelta
    ends: Callable[[datetime], datetime] | None = None
    of_app: bool = False


_MANNERS: Mapping[Why, _Manner] = {
    Why.NO_ANSWER: _Manner(5, timedelta(seconds=2)),
    # A login asks three times before it gives up: three such logins.
    Why.BUSY: _Manner(9, timedelta(seconds=1)),
    # WeChat counts for the app and for each person, and says 45011 for both: one person who asks
    # too often must not stop the others, so it takes several, and whoever gets through ends it.
    Why.MINUTE_QUOTA: _Manner(3, timedelta(seconds=2), next_minute, of_app=True),
    # Until midnight, but an operator may clear the quota before.
    Why.DAY_QUOTA: _Manner(1, timedelta(minutes=5), next_midnight, of_app=True),
}

_UNTRIED = timedelta(minutes=1)
"""Where nobody logs in nobody tries: after so long nothing is known, and nothing is said."""

_Key = tuple[str, str]
_EVERY_APP = ""


@frozen
class OpenCircuit:
    """One API that is not asked now; `appid` is empty when that holds for every app."""

    api: str
    appid: str
    why: Why


@define
class _Circuit:
    failures: int = 0
    why: Why | None = None
    try_at: datetime | None = None
    ends_at: datetime | None = None

    def waits(self, now: datetime) -> bool:
        """Tells whether no question may pass now."""
        if self.why is None or self.try_at is None:
            return False
        # A wait longer than there are means the clock was set back: nobody waits for its return.
        return timedelta() < self.try_at - now <= _MANNERS[self.why].every


@define
class Circuits:
    """The circuits of one process: one for each API, and one for the quota of each API and app.

    While all is well nothing is kept and nothing looked up.
    """

    clock: Clock
    _failing: dict[_Key, _Circuit] = field(factory=dict, init=False, repr=False)

    def look(self, api: str, appid: str) -> None:
        """Refuses what would not be asked now anyway; whoever passes may still be refused.

        Raises:
            WeChatUnavailable, WeChatRateLimited, WeChatQuotaExhausted: with the code unspent.
        """
        if self._failing:
            self._concerned(api, appid, self.clock.now())

    def admit(self, api: str, appid: str) -> None:
        """Lets a question through; while a circuit is open, one at a time as a trial.

        Who passes must `tell` what came of it. A trial nobody tells of is followed by the next.

        Raises:
            WeChatUnavailable, WeChatRateLimited, WeChatQuotaExhausted: with the code unspent.
        """
        if not self._failing:
            return
        now = self.clock.now()
        for circuit in self._concerned(api, appid, now):
            if circuit.why is not None:
                circuit.try_at = now + _MANNERS[circuit.why].every

    def tell(self, api: str, appid: str, reason: Why | None) -> None:
        """Notes an answer, or why there was none or not a proper one."""
        of_app = reason is not None and _MANNERS[reason].of_app
        if self._failing:
            if reason is None or of_app:  # a refusal for the quota is an answer of the API
                self._close((api, _EVERY_APP))
            if reason is None:
                self._close((api, appid))
        if reason is not None:
            self._failed((api, appid if of_app else _EVERY_APP), reason)

    def open_now(self) -> tuple[OpenCircuit, ...]:
        """Answers the circuits that are open at this moment."""
        now = self.clock.now()
        return tuple(
            OpenCircuit(api, appid, circuit.why)
            for (api, appid), circuit in self._failing.items()
            if circuit.why is not None and not _over(circuit, now)
        )

    def _concerned(self, api: str, appid: str, now: datetime) -> list[_Circuit]:
        found = []
        for key in ((api, _EVERY_APP), (api, appid)):
            circuit = self._failing.get(key)
            if circuit is None:
                continue
            if _over(circuit, now):
                self._close(key)
            elif circuit.waits(now):
                raise _refusal(circuit, now)
            else:
                found.append(circuit)
        return found

    def _failed(self, key: _Key, reason: Why) -> None:
        circuit = self._failing.setdefault(key, _Circuit())
        circuit.failures += 1
        manner = _MANNERS[reason]
        if circuit.why is None and circuit.failures < manner.after:
            return
        now = self.clock.now()
        if circuit.why is None:
            _log.warning("wechat_circuit_open", api=key[0], appid=key[1] or None, why=reason)
        # Calls that failed together do not put the next trial off one after the other.
        following = now + manner.every
        circuit.try_at = following if circuit.try_at is None else min(circuit.try_at, following)
        circuit.why = reason
        circuit.ends_at = None if manner.ends is None else manner.ends(now)

    def _close(self, key: _Key) -> None:
        circuit = self._failing.pop(key, None)
        if circuit is not None and circuit.why is not None:
            _log.info("wechat_circuit_closed", api=key[0], appid=key[1] or None, why=circuit.why)


def _over(circuit: _Circuit, now: datetime) -> bool:
    if circuit.ends_at is not None:
        return now >= circuit.ends_at
    return circuit.try_at is not None and now - circuit.try_at >= _UNTRIED


def _refusal(circuit: _Circuit, now: datetime) -> FromWeChat:
    if circuit.why is Why.MINUTE_QUOTA:
        return WeChatRateLimited(60 - now.second, WeChatSaid(45011))
    if circuit.why is Why.DAY_QUOTA:
        return next_day(WeChatSaid(45009), now)
    assert circuit.try_at is not None
    wait = ceil((circuit.try_at - now).total_seconds())
    return WeChatUnavailable(max(RETRY_SECONDS, wait))
