"""Strange requests of every shape the document allows, and many it does not."""

import asyncio

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.world import APPID, ISSUER, SERVICE_TOKEN, World
from wxlogin.entrypoints.http import create_app
from wxlogin.entrypoints.web.openapi import document
from wxlogin.entrypoints.web.routes import ROUTES

SCHEMA = schemathesis.openapi.from_dict(document(ROUTES, ISSUER))
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]
OPEN_TO_MISTAKES = [each for each in OPERATIONS if each.body or each.query or each.headers]
"""The others take nothing, or a path of any text: no request to them is against the document."""

FEW = settings(
    max_examples=15,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def credentials():
    """Serves a new world to the fuzzer; answers headers that open it, and some that do not."""
    world = asyncio.run(World().prepared())
    app = create_app(world.wishes())
    for operation in OPERATIONS:
        operation.app = app
    token = asyncio.run(_logged_in(world, app))
    shown = (token, SERVICE_TOKEN, "no token")
    return [{}, {"token": token}, *({"authorization": f"Bearer {each}"} for each in shown)]


async def _logged_in(world, app):
    body = {"code": world.wechat.new_code(APPID, "alice"), "appid": APPID}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        return (await http.post("/v1/login", json=body)).json()["access_token"]


def fuzz(operation, mode, credentials):
    """Sends requests to one operation; answers the statuses met."""
    met = set()

    @FEW
    @given(operation.as_strategy(generation_mode=mode), st.sampled_from(credentials))
    def run(case, shown):
        answer = case.call(headers=shown)
        met.add(answer.status_code)
        assert answer.status_code < 500, answer.text

    run()
    return met


def test_every_route_is_fuzzed():
    """The fuzzer knows every method and path of the table."""
    known = {(each.method.upper(), each.path) for each in OPERATIONS}
    assert known == {(route.method, route.path) for route in ROUTES}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
def test_allowed_requests_do_not_break_the_service(operation, credentials):
    """No request the document allows is answered with a 5xx."""
    assert fuzz(operation, GenerationMode.POSITIVE, credentials)


@pytest.mark.parametrize("operation", OPEN_TO_MISTAKES, ids=lambda each: each.label)
def test_wrong_requests_do_not_break_the_service(operation, credentials):
    """No request against the document is answered with a 5xx."""
    assert fuzz(operation, GenerationMode.NEGATIVE, credentials)


def test_the_fuzzer_gets_past_the_credentials(credentials):
    """Some requests show a token that counts: what lies behind it is fuzzed as well."""
    read_me = next(each for each in OPERATIONS if each.label == "GET /v1/me")
    assert {200, 401} <= fuzz(read_me, GenerationMode.POSITIVE, credentials)
