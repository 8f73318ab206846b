"""The Python that docs/guard.md shows is what a reader copies: here it runs as it stands there."""

import sys
import time
from types import ModuleType

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler
from django.test import override_settings

from tests.contracts.guard_doors import asking, assert_problem, bearer
from tests.django_project import configure
from tests.recipes import blocks
from tests.unit.guard.issuer import ED, ED_NEXT, SERVICE_TOKEN, SID, USER, FakeIssuer, SetClock
from wxlogin.guard import Guard

configure()

from rest_framework.settings import api_settings  # noqa: E402 - Django wants its settings first
from rest_framework.views import APIView  # noqa: E402 - as above

from wxlogin.guard.django import guard as guard_of_django  # noqa: E402 - as above

PAGES = ["guard.md", "guard.zh-CN.md"]
LANGUAGES = ["python", "js", "go", "java", "sh", "json"]


@pytest.fixture
def issuer(monkeypatch) -> FakeIssuer:
    monkeypatch.setenv("WXLOGIN_SERVICE_TOKEN", SERVICE_TOKEN)
    return FakeIssuer(clock=SetClock(int(time.time())))


def token(issuer: FakeIssuer, **more) -> str:
    now = int(issuer.clock.now)
    return ED.token(iat=now, exp=now + 900, **more)


def over_no_network(guard: Guard, issuer: FakeIssuer) -> Guard:
    """Let a guard that the documentation made ask the issuer of these tests."""
    wire = guard._key_lane.wire
    wire.transport = wire.async_transport = httpx.MockTransport(issuer.answer)
    guard.stop()
    return guard


def shown(page: str, heading: str) -> list[str]:
    """Answer the Python under a heading."""
    return [code for found, code in blocks(page, "python") if found == heading]


def ran(code: str) -> dict:
    names: dict = {}
    exec(compile(code, "docs", "exec"), names)
    return names


@pytest.mark.parametrize("page", PAGES)
def test_the_first_snippet_says_who(page, issuer):
    """It answers the user of a good token and the code of a refusal."""
    (code,) = shown(page, {"guard.md": "In Python", "guard.zh-CN.md": "Python"}[page])
    names = ran(code)
    over_no_network(names["guard"], issuer)

    assert USER == names["who"](token(issuer))
    assert "nobody: token_invalid" == names["who"]("a.b.c")
    issuer.end("session", SID, "logged_out", "2027-01-15T08:00:00Z")
    names["guard"].refresh()
    assert "nobody: session_ended" == names["who"](token(issuer))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("framework", ["Starlette", "FastAPI"])
async def test_the_snippets_of_asgi_frameworks_guard_their_orders(page, framework, issuer):
    """The app in it answers whose orders they are, and 401 to strangers."""
    (code,) = shown(page, framework)
    names = ran(code)
    over_no_network(names["guard"], issuer)

    await guards_its_orders(names["app"], issuer)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("framework", ["Django", "Django REST framework"])
async def test_the_snippets_of_django_guard_their_orders(page, framework, issuer, monkeypatch):
    """The settings and urls in it make a project that does the same."""
    settings, urls = shown(page, framework)
    said = {name: value for name, value in ran(settings).items() if name.isupper()}
    with override_settings(**{"MIDDLEWARE": [], **said, "ROOT_URLCONF": "urls_of_the_docs"}):
        over_no_network(guard_of_django(), issuer)
        for name in ("authentication_classes", "permission_classes"):
            # The framework reads its defaults once, at import: here as if that were now.
            default = getattr(api_settings, f"DEFAULT_{name}".upper())
            monkeypatch.setattr(APIView, name, default)
        module = ModuleType("urls_of_the_docs")
        exec(compile(urls, "docs", "exec"), module.__dict__)
        monkeypatch.setitem(sys.modules, "urls_of_the_docs", module)

        await guards_its_orders(ASGIHandler(), issuer)


async def guards_its_orders(app, issuer: FakeIssuer) -> None:
    async with asking(app) as client:
        good = await client.get("/orders", headers=bearer(token(issuer)))
        assert (200, {"orders_of": USER}) == (good.status_code, good.json())
        assert_problem(await client.get("/orders"), 401, "token_missing")
        bad = await client.get("/orders", headers=bearer(ED_NEXT.token()))
        assert_problem(bad, 401, "token_invalid")


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_languages_show_the_same_code(language):
    """What is tested in one page is tested in the other."""
    english, chinese = ([code for _, code in blocks(page, language)] for page in PAGES)

    assert english
    assert english == chinese
