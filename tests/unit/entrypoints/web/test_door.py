"""The door itself: the last net, what is logged and counted, and health."""

import asyncio

import httpx
import pytest
from attrs import evolve
from structlog.testing import capture_logs

from tests.contracts.http_asking import assert_problem, bearer, code, login
from tests.world import APPID, ISSUER, World
from wxlogin.domain.errors import CodeInvalid, InvalidRequest, LoginBlocked, WeChatSaid
from wxlogin.entrypoints.http import create_app
from wxlogin.entrypoints.http.endpoint import _reader
from wxlogin.entrypoints.web.handlers import operations

SECRET = "secret-in-a-message"
NUMBER = "13800138000"
RID = "6129ee10-272863a4-64d75414"


@pytest.fixture
async def world() -> World:
    return await World().prepared()


def client_of(wishes) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(wishes)), base_url=ISSUER)


class Broken:
    async def __call__(self, **_):
        raise RuntimeError(SECRET) from KeyError(SECRET)


async def test_a_fault_is_a_problem_and_a_log_line_without_secrets(world):
    """The client learns an id; the log learns classes and places, and no message."""
    wishes = evolve(world.wishes(), refresh=Broken())
    with capture_logs() as logs:
        async with client_of(wishes) as client:
            answer = await client.post("/v1/token/refresh", json={"refresh_token": "x"})

    assert_problem(answer, 500, "internal_error")
    fault = next(line for line in logs if line["event"] == "fault")
    assert "RuntimeError < KeyError" == fault["fault"]
    assert answer.json()["request_id"] == fault["request_id"]
    assert any("test_door.py" in place for place in fault["at"])
    assert SECRET not in repr(logs) + answer.text


async def test_an_unfit_word_becomes_a_fault_and_not_a_broken_connection(world):
    """Even a refusal the door has no text for is answered."""

    async def refuse(**_):
        raise type("Odd", (InvalidRequest,), {})

    async with client_of(evolve(world.wishes(), refresh=refuse)) as client:
        answer = await client.post("/v1/token/refresh", json={"refresh_token": "x"})

    assert_problem(answer, 500, "internal_error")


async def test_the_log_has_one_line_per_request_and_no_secret_in_it(world):
    """Method, template, status, time, id and client: no path, query, body, token or number."""
    with capture_logs() as logs:
        async with client_of(world.wishes()) as client:
            spent = code(world)
            phone = world.wechat.new_phone_code(spent["appid"], "ming")
            tokens = (await client.post("/v1/login", json={**spent, "phone_code": phone})).json()
            await client.get("/v1/me/sessions", headers=bearer(tokens), params={"q": SECRET})
            await client.delete(f"/v1/me/sessions/{SECRET}", headers=bearer(tokens))
            await client.request("BREW", f"/{SECRET}")

    fields = {"event", "log_level", "method", "route", "status", "ms", "request_id", "client"}
    assert [fields] * 2 + [fields | {"code"}] * 2 == [set(line) for line in logs]
    assert [
        ("POST", "/v1/login", 200),
        ("GET", "/v1/me/sessions", 200),
        ("DELETE", "/v1/me/sessions/{sid}", 404),
        ("OTHER", "(none)", 404),
    ] == [(line["method"], line["route"], line["status"]) for line in logs]
    said = repr(logs)
    secrets = (
        SECRET,
        NUMBER,
        phone,
        spent["code"],
        tokens["access_token"],
        tokens["refresh_token"],
    )
    assert not any(secret in said for secret in secrets)


async def test_the_log_says_why_a_request_was_refused(world):
    """Code and reason, and of WeChat's refusals errcode and rid, beside the request's id."""
    world.wechat.refuse("exchange", LoginBlocked(WeChatSaid(40226, RID)), CodeInvalid())
    with capture_logs() as logs:
        async with client_of(world.wishes()) as client:
            answer = await client.post("/v1/login", json=code(world))
            await client.post("/v1/login", json=code(world))
            tokens = await login(client, world)
            await client.post("/v1/logout", headers=bearer(tokens))
            await client.get("/v1/me", headers=bearer(tokens))

    blocked, unknown, *_, ended = logs
    assert ("login_blocked", 40226, RID) == (blocked["code"], blocked["errcode"], blocked["rid"])
    assert answer.json()["request_id"] == blocked["request_id"]
    assert ("code_invalid", False) == (unknown["code"], "errcode" in unknown)
    assert ("session_ended", "logged_out") == (ended["code"], ended["reason"])


async def test_refusals_are_counted_by_code_and_logins_by_app(world):
    """Each refusal once under route, code and reason; a login that failed under its app too."""
    refused, logins = [], []
    wishes = evolve(
        world.wishes(),
        refused=lambda *told: refused.append(told),
        login_refused=lambda *told: logins.append(told),
        refresh=Broken(),
    )
    async with client_of(wishes) as client:
        spent = code(world)
        await client.post("/v1/login", json=spent)
        await client.post("/v1/login", json=spent)
        await client.post("/v1/login", json={"login_ticket": "lt_unknown"})
        await client.post("/v1/login", json={"code": "x", "appid": "wx-made-up"})
        await client.post("/v1/token/refresh", json={"refresh_token": "x"})
        await client.get("/nowhere")

    assert [
        ("/v1/login", "code_used", ""),
        ("/v1/login", "ticket_invalid", ""),
        ("/v1/login", "unknown_app", ""),
        ("/v1/token/refresh", "internal_error", ""),
        ("(none)", "not_found", ""),
    ] == refused
    assert [(APPID, "code_used"), ("", "ticket_invalid")] == logins


async def test_what_only_goes_worse_is_no_reason_to_be_taken_out(world):
    """Readiness is 200 and degraded while WeChat is not asked; 503 is for what is needed."""
    conditions = {"wechat": "code2session no_answer", "limits": "ok"}

    async def broken():
        raise OSError

    degraded = evolve(world.wishes(), conditions=lambda: conditions)
    async with client_of(degraded) as client:
        answer = await client.get("/readyz")
    async with client_of(evolve(degraded, pings={"database": broken})) as client:
        down = await client.get("/readyz")

    assert (200, {"status": "degraded", "checks": conditions}) == (
        answer.status_code,
        answer.json(),
    )
    assert (503, "unavailable") == (down.status_code, down.json()["status"])
    assert {"database": "failed", **conditions} == down.json()["checks"]


async def test_every_request_is_counted_once(world):
    """Metrics see the template, so strangers cannot make series."""
    seen = []
    wishes = evolve(
        world.wishes(), observe=lambda *told: seen.append(told), metrics=lambda: b"up 1\n"
    )
    async with client_of(wishes) as client:
        await client.get("/nowhere/1")
        metrics = await client.get("/metrics")

    assert [("(none)", "GET", 404), ("/metrics", "GET", 200)] == [told[:3] for told in seen]
    assert all(0 <= told[3] < 10 for told in seen)
    assert (b"up 1\n", True) == (
        metrics.content,
        metrics.headers["content-type"].startswith("text/plain"),
    )


async def test_readiness_names_what_is_missing(world, monkeypatch):
    """A check that fails or hangs makes 503 and is named, its message is not told."""
    monkeypatch.setattr(operations, "_PING_SECONDS", 0.01)

    async def well():
        pass

    async def broken():
        raise OSError(SECRET)

    pings = {"keys": well, "database": broken, "redis": asyncio.Event().wait}
    async with client_of(evolve(world.wishes(), pings=pings)) as client:
        answer = await client.get("/readyz")

    assert 503 == answer.status_code
    assert {"keys": "ok", "database": "failed", "redis": "no answer in time"} == answer.json()[
        "checks"
    ]


async def test_without_a_service_token_services_are_404(world):
    """Neither route exists where no backend was given a credential."""
    wishes = world.wishes()
    wishes = evolve(wishes, policy=evolve(wishes.policy, service_token=None))
    async with client_of(wishes) as client:
        for token in ({}, {"authorization": "Bearer x"}, {"authorization": "Bearer None"}):
            post = await client.post("/v1/introspect", headers=token, json={"token": "x"})
            get = await client.get("/v1/revocations", headers=token)
            assert_problem(post, 404, "not_found")
            assert_problem(get, 404, "not_found")
        metadata = await client.get("/.well-known/oauth-authorization-server")

    assert "introspection_endpoint" not in metadata.json()


async def test_hsts_only_where_there_is_https(world):
    """A service on plain http does not tell browsers to come by https."""
    wishes = world.wishes()
    plain = evolve(wishes, policy=evolve(wishes.policy, issuer="http://127.0.0.1:8000"))
    async with client_of(plain) as client:
        assert "strict-transport-security" not in (await client.get("/healthz")).headers


async def test_an_unknown_uploader_is_not_read(world):
    """A picture from nobody is refused before a byte of it is taken in."""
    asked = []

    async def receive():
        asked.append(1)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message):
        sent.append(message)

    for token in (b"", b"a.b.c"):
        sent: list = []
        scope = {
            "type": "http", "method": "POST", "path": "/v1/me/avatar", "query_string": b"",
            "headers": [(b"content-type", b"multipart/form-data; boundary=b"), (b"token", token)],
            "client": ("203.0.113.9", 1),
        }  # fmt: skip
        await create_app(world.wishes())(scope, receive, send)
        assert 401 == sent[0]["status"]

    assert [] == asked


async def test_a_body_that_does_not_come_is_given_up():
    """Whoever sends nothing is refused when the time is over."""
    read = _reader({}, asyncio.Event().wait, None)

    with pytest.raises(InvalidRequest) as refused:
        await read(10, 0.01)

    assert "too_slow" == refused.value.problems[0].problem


async def test_an_upload_that_cannot_be_shown_is_deleted_again(world):
    """When the profile cannot be written, the picture does not stay behind."""

    class Failing:
        async def __call__(self, **_):
            raise RuntimeError

    async with client_of(evolve(world.wishes(), update_profile=Failing())) as client:
        headers = bearer(await login(client, world))
        files = {"avatar": ("a.png", b"x", "image/png")}
        answer = await client.post("/v1/me/avatar", headers=headers, files=files)

    assert_problem(answer, 500, "internal_error")
    assert {} == world.avatars.pictures
