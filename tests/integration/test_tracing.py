"""Traces: one for each request, across door, store and WeChat; nothing of it where not wanted."""

import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from attrs import evolve, frozen
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.servers.deployment import kept_bytecode
from tests.unit.adapters.scripted_wechat import CODE, LOGIN, OPENID, SESSION_KEY, Script, refused
from tests.walk.processes import settings_over
from tests.world import APPID
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.entrypoints.container import Container, close, prepare
from wxlogin.entrypoints.container.tracing import TracedStore, Tracing, trace
from wxlogin.entrypoints.http.app import create_app
from wxlogin.entrypoints.settings import App, traces_wanted
from wxlogin.entrypoints.web.traced_door import TracedDoor

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
SECRET = "a-secret-of-the-app"


@frozen
class Traced:
    client: httpx.AsyncClient
    wechat: Script
    exporter: InMemorySpanExporter
    tracing: Tracing

    def spans(self) -> dict[str, ReadableSpan]:
        """Answer the spans since the last time, by name."""
        spans = {span.name: span for span in self.exporter.get_finished_spans()}
        self.exporter.clear()
        return spans

    async def login(self, **headers: str) -> httpx.Response:
        body = {"code": CODE, "profile": {"nickname": "小明"}}
        return await self.client.post("/v1/login", json=body, headers=headers)


@pytest.fixture
async def traced(tmp_path: Path) -> AsyncIterator[Traced]:
    """Serve a deployment on SQLite, with a WeChat of written answers."""
    settings = evolve(
        settings_over(f"sqlite:///{tmp_path / 'store.db'}", tmp_path), apps=(App(APPID, SECRET),)
    )
    container, wechat = Container(settings=settings), Script([LOGIN])
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    await prepare(container)
    container.wechat.add_kwargs(transport=wechat)
    tracing = trace(container, provider)
    assert tracing is not None
    app = create_app(container.wishes(), door=partial(TracedDoor, follow=tracing.request))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield Traced(client, wechat, exporter, tracing)
    await tracing.close()
    await close(container)


async def test_a_login_is_one_trace(traced: Traced):
    """The caller's trace goes on through door, WeChat and store."""
    answer = await traced.login(**TRACEPARENT)

    assert 200 == answer.status_code, answer.text
    spans = traced.spans()
    door, wechat = spans["POST /v1/login"], spans["WeChat code2session"]
    stores = [span for name, span in spans.items() if name.startswith("Sql")]
    assert {"SqlUsers.sign_in", "SqlUsers.register"} <= set(spans)
    assert door.parent
    assert f"{door.parent.span_id:016x}" == CALLER
    assert {TRACE} == {f"{span.context.trace_id:032x}" for span in spans.values()}
    assert door.context.span_id == wechat.parent.span_id
    assert {door.context.span_id} == {span.parent.span_id for span in stores}
    assert door.attributes == {
        "http.request.method": "POST", "http.route": "/v1/login", "http.response.status_code": 200,
    }  # fmt: skip


async def test_no_secret_is_in_a_span(traced: Traced):
    """Neither in names nor in facts nor in events, whether it goes well or not."""
    tokens = (await traced.login()).json()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    await traced.client.get("/v1/me?openid=private", headers=bearer)
    await traced.client.put("/v1/me", json={"nickname": "秘密"}, headers=bearer)
    await traced.client.post("/v1/token/refresh", json={"refresh_token": tokens["refresh_token"]})
    traced.wechat.answers[:] = [refused(40029)]
    await traced.login()
    told = [span.to_json() for span in traced.exporter.get_finished_spans()]

    private = (
        CODE, OPENID, SESSION_KEY, SECRET, "小明", "秘密", "private", tokens["access_token"],
        tokens["refresh_token"], tokens["user"]["id"], tokens["session_id"],
    )  # fmt: skip
    assert len(told) > 8
    assert [] == [each for each in private for span in told if each in span]


async def test_what_fails_is_seen(traced: Traced):
    """WeChat's refusal with its errcode; whatever machines ask every few seconds leaves nothing."""
    traced.wechat.answers[:] = [refused(40029)]

    assert 401 == (await traced.login()).status_code
    await traced.client.get("/healthz")

    spans = traced.spans()
    assert 40029 == spans["WeChat code2session"].attributes["wxlogin.wechat.errcode"]
    assert not spans["WeChat code2session"].status.is_ok
    assert 401 == spans["POST /v1/login"].attributes["http.response.status_code"]
    assert [] == [name for name in spans if "healthz" in name]


async def test_log_lines_name_the_trace(traced: Traced):
    """Those of a request, and of no other."""
    kept = [structlog.contextvars.merge_contextvars]
    with structlog.testing.capture_logs(processors=kept) as lines:
        structlog.get_logger("before").info("before")
        await traced.login(**TRACEPARENT)

    assert {"before": None, "request": TRACE} | {
        line["event"]: TRACE for line in lines if line["event"] not in {"before", "request"}
    } == {line["event"]: line.get("trace_id") for line in lines}


async def test_a_store_that_fails_says_how(traced: Traced):
    """By the class of the failure; its text may hold anything."""

    class Failing:
        async def load(self) -> None:
            raise StoreUnavailable(1)

    store = TracedStore(Failing(), traced.tracing.tracer)
    with traced.tracing.request("GET", "/v1/me", {}), pytest.raises(StoreUnavailable):
        await store.load()

    span = traced.spans()["Failing.load"]
    assert "StoreUnavailable" == span.attributes["error.type"]
    assert () == span.events

    with pytest.raises(StoreUnavailable):
        await store.load()  # nobody asked: housekeeping
    assert {} == traced.spans()


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_the_standard_variables_decide(variables: dict[str, Any], *, wanted: bool):
    """Where spans go, and whether."""
    assert wanted is traces_wanted(variables)


_OFF = """
import sys
from pathlib import Path
from wxlogin.entrypoints.cli.serving import service
from wxlogin.entrypoints.container import Container
from wxlogin.entrypoints.settings import App, Settings
container = Container(settings=Settings(
    apps=(App("wx0000000000000001", "s"),), master_key=(bytes(range(32)),),
    issuer="https://login.example.com", data_dir=Path(sys.argv[1]),
))
service(container)
print("opentelemetry.sdk" in sys.modules, type(container.users()).__name__)
"""


def test_without_them_there_is_nothing_of_it(tmp_path: Path):
    """No SDK is loaded, nothing is wrapped."""
    ran = subprocess.run(
        [sys.executable, "-c", _OFF, str(tmp_path)],
        capture_output=True, text=True, check=False, env=dict(kept_bytecode()),
    )  # fmt: skip

    assert "False SqlUsers" == ran.stdout.strip(), ran.stderr


async def test_a_collector_that_is_away_stops_nobody(tmp_path: Path, monkeypatch):
    """Requests are answered, and the end does not wait for it for long."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")  # nothing is left to run after the test
    container = Container(settings=settings_over(f"sqlite:///{tmp_path / 'store.db'}", tmp_path))
    await prepare(container)
    tracing = trace(container)
    assert tracing is not None
    app = create_app(container.wishes(), door=partial(TracedDoor, follow=tracing.request))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert 401 == (await client.get("/v1/me")).status_code
    await tracing.close()
    await close(container)
