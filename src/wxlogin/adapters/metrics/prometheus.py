"""Metrics over prometheus-client: requests, calls to WeChat, facts of the core.

Every label has a bounded set of values, whatever strangers send: routes are templates, unknown
methods are one word, and only so many different errcodes get a series of their own.

Where `PROMETHEUS_MULTIPROC_DIR` was set before prometheus-client was imported, numbers lie in files
there and `render` adds those of all processes.
"""

from typing import Any

from attrs import define, field, frozen
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

from wxlogin.domain.errors import WeChatSaid
from wxlogin.domain.ports.ambient import Fact, Journal

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_OTHER = "other"
_MOST_SERIES = 500
_MOST_ERRCODES = 60
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_UPSTREAM_SECONDS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)


@define
class Metrics:
    """The numbers of one process, or of all processes of one `serve`."""

    _registry: CollectorRegistry = field(factory=CollectorRegistry, init=False, repr=False)
    _requests: Histogram = field(init=False, repr=False)
    _calls: Histogram = field(init=False, repr=False)
    _errcodes: Counter = field(init=False, repr=False)
    _facts: Counter = field(init=False, repr=False)
    _series: dict[tuple[object, ...], Any] = field(factory=dict, init=False, repr=False)
    _known_errcodes: set[int] = field(factory=set, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._requests = Histogram(
            "wxlogin_request_seconds",
            "Requests by route template, method and status.",
            ("route", "method", "status"),
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        self._calls = Histogram(
            "wxlogin_wechat_seconds",
            "Calls to WeChat by API and outcome.",
            ("api", "outcome"),
            buckets=_UPSTREAM_SECONDS,
            registry=self._registry,
        )
        self._errcodes = Counter(
            "wxlogin_wechat_errcodes",
            "Errcodes in WeChat's answers.",
            ("api", "errcode"),
            registry=self._registry,
        )
        self._facts = Counter(
            "wxlogin_facts",
            "What happened: logins, registrations, bans, refresh tokens that came back, …",
            ("name", "outcome"),
            registry=self._registry,
        )
        if not _shared():
            ProcessCollector(registry=self._registry)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request by its route's template, such as `/v1/me/sessions/{sid}`."""
        method = method if method in _METHODS else _OTHER
        self._child(self._requests, route, method, str(status)).observe(seconds)

    def upstream(self, api: str, outcome: str, seconds: float, said: WeChatSaid | None) -> None:
        """Counts a call to WeChat; `said` is its errcode where it refused."""
        self._child(self._calls, api, outcome).observe(seconds)
        if said is not None:
            self._child(self._errcodes, api, self._errcode(said.errcode)).inc()

    def fact(self, fact: Fact) -> None:
        """Counts a fact by name and outcome; ids stay out of it."""
        self._child(self._facts, fact.name, fact.outcome).inc()

    def render(self) -> bytes:
        """Answers everything counted so far in Prometheus' text form 0.0.4."""
        if not _shared():
            return generate_latest(self._registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]  # the library has none here
        return generate_latest(everybody)

    def _child(self, metric: Histogram | Counter, *labels: str) -> Any:
        """Answers the series of these labels; when there are too many, one for all the rest."""
        key = (metric, *labels)
        found = self._series.get(key)
        if found is None:
            if len(self._series) >= _MOST_SERIES:
                return metric.labels(*(_OTHER for _ in labels))
            found = self._series[key] = metric.labels(*labels)
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


def _shared() -> bool:
    """Tells whether numbers lie in files for all processes; prometheus-client decides at import."""
    return values.ValueClass is not values.MutexValue
