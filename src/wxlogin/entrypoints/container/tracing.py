"""Tracing: spans for requests, the store's acts and calls to WeChat, where OpenTelemetry is set up.

Decided once, when a process starts: without it nothing of this is built. No value of a request is
in a span, only routes, names of acts, statuses and codes.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from inspect import iscoroutinefunction
from typing import Any

import structlog
from attrs import field, frozen
from dependency_injector import providers

from wxlogin.domain.errors import WeChatSaid
from wxlogin.entrypoints.container.parts import Container
from wxlogin.entrypoints.settings import traces_wanted

_STORES = ("users", "accounts", "sessions", "tickets", "ledger", "keys", "audit")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_WRONG = 500
_CLOSE_SECONDS = 3.0
_PLAIN = {"record_exception": False, "set_status_on_exception": False}
"""An exception's text may hold a secret."""

_log = structlog.get_logger("wxlogin.tracing")


def trace(container: Container, provider: Any = None) -> "Tracing | None":
    """Puts spans around the container's stores and calls to WeChat, before its wishes are built.

    Without a provider of the caller's: where OpenTelemetry's own variables name a place to send
    spans to; None where they do not.
    """
    if provider is None:
        provider = _provider() if traces_wanted() else None
    if provider is None:
        return None
    tracing = Tracing(provider)
    for name in _STORES:
        part = getattr(container, name)
        part.override(providers.Object(TracedStore(part(), tracing.tracer)))
    count = container.metrics().upstream

    def seen(api: str, outcome: str, seconds: float, said: WeChatSaid | None) -> None:
        count(api, outcome, seconds, said)
        tracing.upstream(api, outcome, seconds, said)

    container.wechat.add_kwargs(seen=seen)
    return tracing


def _provider() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415 - same
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - same
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - same
    except ModuleNotFoundError:
        _log.warning("no_traces", fix="pip install 'wxlogin[otel]'")
        return None
    named = Resource({"service.name": "wxlogin"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


@frozen
class Tracing:
    """The spans of one process."""

    _provider: Any = field(repr=False)
    tracer: Any = field(init=False, repr=False)

    @tracer.default
    def _tracer_of_ours(self) -> Any:
        return self._provider.get_tracer("wxlogin")

    @contextmanager
    def request(
        self, method: str, route: str, headers: Mapping[str, str]
    ) -> Iterator[Callable[[int], None]]:
        """Follows a request; log lines meanwhile carry its `trace_id`."""
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 - an extra
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - same
            TraceContextTextMapPropagator,
        )

        method = method if method in _METHODS else "_OTHER"
        with self.tracer.start_as_current_span(
            f"{method} {route}",
            context=TraceContextTextMapPropagator().extract(headers),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "http.route": route},
            **_PLAIN,
        ) as span:

            def tell(status: int) -> None:
                span.set_attribute("http.response.status_code", status)
                if status >= _WRONG:
                    span.set_status(StatusCode.ERROR)

            named = span.get_span_context()
            with structlog.contextvars.bound_contextvars(
                trace_id=f"{named.trace_id:032x}", span_id=f"{named.span_id:016x}"
            ):
                yield tell

    def upstream(self, api: str, outcome: str, seconds: float, said: WeChatSaid | None) -> None:
        """Tells of a call to WeChat that is over; `said` is its errcode where it refused."""
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 - an extra

        ended = time.time_ns()
        facts: dict[str, Any] = {"wxlogin.wechat.api": api, "wxlogin.wechat.outcome": outcome}
        if said is not None:
            facts["wxlogin.wechat.errcode"] = said.errcode
        span = self.tracer.start_span(
            f"WeChat {api}",
            kind=SpanKind.CLIENT,
            start_time=ended - int(seconds * 1e9),
            attributes=facts,
        )
        if outcome != "ok":
            span.set_status(StatusCode.ERROR)
        span.end(ended)

    async def close(self) -> None:
        """Sends the rest, within seconds: who collects spans must not hold up the end."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # the loop did not wait
                loop.call_soon_threadsafe(over.set)

        threading.Thread(target=shut_down, name="wxlogin-traces", daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await over.wait()


class TracedStore:
    """A store whose acts in a request are spans, named like `SqlSessions.advance`.

    What the service does by itself, every second, would bury them.
    """

    def __init__(self, store: Any, tracer: Any) -> None:
        self._store, self._tracer = store, tracer

    def __getattr__(self, name: str) -> Any:
        """Answers the store's own part; an act is wrapped once."""
        found = getattr(self._store, name)
        if not iscoroutinefunction(found):
            return found
        from opentelemetry.trace import (  # noqa: PLC0415 - an extra
            SpanKind,
            StatusCode,
            get_current_span,
        )

        label = f"{type(self._store).__name__}.{name}"

        async def traced(*given: Any, **named: Any) -> Any:
            if not get_current_span().get_span_context().is_valid:
                return await found(*given, **named)
            with self._tracer.start_as_current_span(label, kind=SpanKind.CLIENT, **_PLAIN) as span:
                try:
                    return await found(*given, **named)
                except Exception as failure:
                    span.set_attribute("error.type", type(failure).__name__)
                    span.set_status(StatusCode.ERROR)
                    raise

        self.__dict__[name] = traced
        return traced
