"""Metrics over prometheus-client: requests, logins, calls to WeChat, facts of the core, levels.

Every label has a bounded set of values, whatever strangers send: routes are templates, apps are
those configured, unknown methods are one word, and only so many different errcodes get a series of
their own.

Where `PROMETHEUS_MULTIPROC_DIR` was set before prometheus-client was imported, numbers lie in files
there and `render` adds those of all processes.
"""

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import define, field, frozen
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

from wxlogin.domain.errors import WeChatSaid
from wxlogin.domain.ports.ambient import Fact, Journal

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_ENTERING = frozenset({"login", "register"})
_OTHER = "other"
_MOST_SERIES = 500
_MOST_ERRCODES = 60
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_UPSTREAM_SECONDS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
_LEVEL_OF_A_PROCESS = re.compile(r"gauge_live\w*_(\d+)\.db")

_WEBHOOKS = {
    "waiting": "Webhooks not delivered yet, counted up to 10,000.",
    "parked": "Webhooks given up, which wait for an operator; counted up to 10,000.",
    "oldest_seconds": "Age of the oldest webhook not delivered yet.",
}

OpenCircuit = tuple[str, str, str]
"""API, appid (empty: every app) and why."""


@define
class Metrics:
    """The numbers of one process, or of all processes of one `serve`."""

    _registry: CollectorRegistry = field(factory=CollectorRegistry, init=False, repr=False)
    _requests: Histogram = field(init=False, repr=False)
    _refusals: Counter = field(init=False, repr=False)
    _logins: Counter = field(init=False, repr=False)
    _calls: Histogram = field(init=False, repr=False)
    _errcodes: Counter = field(init=False, repr=False)
    _facts: Counter = field(init=False, repr=False)
    _requests_under_way: Gauge = field(init=False, repr=False)
    _waiting: Gauge = field(init=False, repr=False)
    _under_way: Gauge = field(init=False, repr=False)
    _circuits: Gauge = field(init=False, repr=False)
    _limits_failing: Gauge = field(init=False, repr=False)
    _webhooks: Mapping[str, Gauge] = field(init=False, repr=False)
    _series: dict[object, dict[tuple[str, ...], Any]] = field(factory=dict, init=False, repr=False)
    _known_errcodes: set[int] = field(factory=set, init=False, repr=False)
    _sessions: Gauge | None = field(default=None, init=False, repr=False)
    _opened: set[OpenCircuit] = field(factory=set, init=False, repr=False)

    @_requests_under_way.default
    def _level_of_requests(self) -> Gauge:
        says = "Requests that are not answered yet."
        return self._gauge("wxlogin_requests_under_way", says, "livesum")

    @_webhooks.default
    def _levels_of_webhooks(self) -> Mapping[str, Gauge]:
        return {
            name: self._gauge(f"wxlogin_webhooks_{name}", says, "livemax")
            for name, says in _WEBHOOKS.items()
        }

    def __attrs_post_init__(self) -> None:
        self._requests = self._histogram(
            "wxlogin_request_seconds",
            "Requests by route template, method and status.",
            ("route", "method", "status"),
            _REQUEST_SECONDS,
        )
        self._refusals = self._counter(
            "wxlogin_refusals",
            "Requests refused, by route template, error code and reason (limit, end of a session).",
            ("route", "code", "reason"),
        )
        self._logins = self._counter(
            "wxlogin_logins",
            "Logins by app and outcome: login, register, or the code of what they failed on.",
            ("app", "outcome"),
        )
        self._calls = self._histogram(
            "wxlogin_wechat_seconds",
            "Calls to WeChat by API and outcome.",
            ("api", "outcome"),
            _UPSTREAM_SECONDS,
        )
        self._errcodes = self._counter(
            "wxlogin_wechat_errcodes", "Errcodes in WeChat's answers.", ("api", "errcode")
        )
        self._facts = self._counter(
            "wxlogin_facts",
            "What happened: logins, registrations, bans, refresh tokens that came back, …",
            ("name", "outcome"),
        )
        self._waiting = self._gauge(
            "wxlogin_wechat_waiting", "Questions in line for a place at WeChat.", "livesum"
        )
        self._under_way = self._gauge(
            "wxlogin_wechat_under_way", "Questions with WeChat right now.", "livesum"
        )
        self._circuits = self._gauge(
            "wxlogin_wechat_circuit_open",
            "1 where an API of WeChat is not asked, by app (empty: every app) and reason.",
            "livemax",
            ("api", "app", "why"),
        )
        self._limits_failing = self._gauge(
            "wxlogin_limits_failing",
            "1 while limits are counted per process because Redis does not answer.",
            "livemax",
        )
        if not self.shared:
            ProcessCollector(registry=self._registry)

    @property
    def shared(self) -> bool:
        """Whether numbers lie in files for all processes; prometheus-client decides at import."""
        return values.ValueClass is not values.MutexValue

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request by its route's template, such as `/v1/me/sessions/{sid}`."""
        method = method if method in _METHODS else _OTHER
        self._child(self._requests, route, method, str(status)).observe(seconds)

    def refused(self, route: str, code: str, reason: str) -> None:
        """Counts a refusal."""
        self._child(self._refusals, route, code, reason).inc()

    def login_refused(self, appid: str, code: str) -> None:
        """Counts a login that came to nothing; a banned user's is a fact and counted as such."""
        if code != "user_banned":
            self._child(self._logins, appid, code).inc()

    def upstream(self, api: str, outcome: str, seconds: float, said: WeChatSaid | None) -> None:
        """Counts a call to WeChat; `said` is its errcode where it refused."""
        self._child(self._calls, api, outcome).observe(seconds)
        if said is not None:
            self._child(self._errcodes, api, self._errcode(said.errcode)).inc()

    def fact(self, fact: Fact) -> None:
        """Counts a fact by name and outcome, a login by app too; users and sessions stay out."""
        self._child(self._facts, fact.name, fact.outcome).inc()
        if fact.name in _ENTERING:
            outcome = fact.name if fact.outcome == "ok" else fact.outcome
            self._child(self._logins, fact.appid or "", outcome).inc()

    def levels(
        self,
        *,
        waiting: int,
        under_way: int,
        circuits: Iterable[OpenCircuit],
        limits_failing: bool,
        requests: int = 0,
    ) -> None:
        """Sets how things stand in this process at this moment."""
        self._requests_under_way.set(requests)
        self._waiting.set(waiting)
        self._under_way.set(under_way)
        self._limits_failing.set(limits_failing)
        now_open = set(circuits)
        for circuit in self._opened - now_open:
            self._circuits.labels(*circuit).set(0)
        for circuit in now_open:
            self._circuits.labels(*circuit).set(1)
        self._opened |= now_open

    def sessions(self, living: int) -> None:
        """Sets about how many sessions live; before the first count nothing is said."""
        if self._sessions is None:
            self._sessions = self._gauge(
                "wxlogin_sessions_living",
                "About how many sessions live, counted every few minutes.",
                "livemostrecent",
            )
        self._sessions.set(living)

    def webhooks(self, *, waiting: int, parked: int, late: float) -> None:
        """Sets how much is to be told by webhook, and for how many seconds the oldest waits."""
        for name, level in (("waiting", waiting), ("parked", parked), ("oldest_seconds", late)):
            self._webhooks[name].set(level)

    def render(self) -> bytes:
        """Answers everything counted so far in Prometheus' text form 0.0.4."""
        if not self.shared:
            return generate_latest(self._registry)
        everybody = CollectorRegistry()
        collector = MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]  # the library has none here
        _forget_levels_of_the_dead(Path(collector._path))  # noqa: SLF001 - where the environment said
        return generate_latest(everybody)

    def _histogram(
        self, name: str, says: str, labels: tuple[str, ...], buckets: tuple[float, ...]
    ) -> Histogram:
        return Histogram(name, says, labels, buckets=buckets, registry=self._registry)

    def _counter(self, name: str, says: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, says, labels, registry=self._registry)

    def _gauge(self, name: str, says: str, over: Any, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(name, says, labels, multiprocess_mode=over, registry=self._registry)

    def _child(self, metric: Histogram | Counter, *labels: str) -> Any:
        """Answers the series of these labels; when there are too many, one for all the rest."""
        series = self._series.get(metric)
        if series is None:
            series = self._series[metric] = {}
        found = series.get(labels)
        if found is None:
            if len(series) >= _MOST_SERIES:
                return metric.labels(*(_OTHER for _ in labels))
            found = series[labels] = metric.labels(*labels)
        return found

    def _errcode(self, errcode: int) -> str:
        if errcode not in self._known_errcodes:
            if len(self._known_errcodes) >= _MOST_ERRCODES:
                return _OTHER
            self._known_errcodes.add(errcode)
        return str(errcode)


@frozen
class CountedJournal:
    """A journal that counts each fact before another journal keeps it."""

    metrics: Metrics
    journal: Journal

    def record(self, fact: Fact) -> None:
        """See `Journal.record`."""
        self.metrics.fact(fact)
        self.journal.record(fact)


def _forget_levels_of_the_dead(folder: Path) -> None:
    """Deletes what killed processes left: who is gone has nobody waiting and no circuit open."""
    for path in folder.glob("gauge_live*.db"):
        named = _LEVEL_OF_A_PROCESS.fullmatch(path.name)
        if named is None:
            continue
        try:
            os.kill(int(named[1]), 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):
                path.unlink()
        except PermissionError:
            pass  # somebody else's process; not ours to judge
