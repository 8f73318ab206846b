"""The guard's doors in Django and Django REST framework."""

from collections.abc import Iterator

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.test import override_settings

from tests.contracts.guard_doors import (
    WAYS,
    GuardDoorContract,
    asking,
    assert_problem,
    bearer,
)
from tests.django_project import configure
from tests.unit.guard.issuer import ED, SERVICE_TOKEN, USER, FakeIssuer

configure()

from wxlogin.guard.django import guard  # noqa: E402 - Django wants its settings first

DJANGO = {
    "MIDDLEWARE": ["wxlogin.guard.django.GuardMiddleware"],
    "ROOT_URLCONF": "tests.django_project.guarded",
}
USUAL = {"UNAUTHENTICATED_USER": None}
DRF = {
    "MIDDLEWARE": [],
    "ROOT_URLCONF": "tests.django_project.guarded",
    "REST_FRAMEWORK": {**USUAL, "EXCEPTION_HANDLER": "wxlogin.guard.drf.exception_handler"},
}


class Project(GuardDoorContract):
    project: dict

    @pytest.fixture(autouse=True)
    def _only_while_it_runs(self) -> Iterator[None]:
        self.overrides = []
        yield
        for override in reversed(self.overrides):
            override.disable()

    def app(self, issuer, *, token_header=False):
        said = issuer.settings(service_token=SERVICE_TOKEN, token_header=token_header)
        override = override_settings(**self.project, WXLOGIN_GUARD=said)
        override.enable()
        self.overrides.append(override)
        guard().stop()  # no thread; `poll` reads the feed
        return ASGIHandler()

    def poll(self):
        guard().refresh()


class TestDjango(Project):
    project = DJANGO
    bad_token_is_nobody = True

    async def test_an_async_view_asks_without_holding_up_the_loop(self, client):
        """`await request.awxlogin()` answers what `request.wxlogin` does."""
        nobody = await client.get("/optional-async", headers=bearer("a.b.c"))
        somebody = await client.get("/optional-async", headers=bearer(ED.token()))

        assert {"sub": None} == nobody.json()
        assert {"sub": USER} == somebody.json()

    @pytest.mark.parametrize("path", WAYS)
    async def test_the_decorator_needs_no_middleware(self, issuer, path):
        """`token_required` alone guards a view of a project that changed nothing else."""
        app = self.app(issuer)
        with override_settings(MIDDLEWARE=[]):
            app = ASGIHandler()
        async with asking(app) as client:
            assert_problem(await client.get(path), 401, "token_missing")
            assert 200 == (await client.get(path, headers=bearer(ED.token()))).status_code

    async def test_a_guard_made_elsewhere_may_be_the_setting(self, issuer):
        """WXLOGIN_GUARD may hold a Guard, which the project then shares with other code."""
        made = issuer.guard()
        app = self.app(issuer)
        with override_settings(WXLOGIN_GUARD=made):
            assert guard() is made
            async with asking(app) as client:
                answer = await client.get("/needed", headers=bearer(ED.token()))
        assert 200 == answer.status_code


class TestDjangoRestFramework(Project):
    project = DRF
    bad_token_is_nobody = False

    def app(self, issuer, *, token_header=False):
        return under("/api", super().app(issuer, token_header=token_header))

    async def test_a_token_makes_nobody_staff(self, client):
        """What only the staff of a project may do is forbidden, not a fault, to token users."""
        answer = await client.get("/staff", headers=bearer(ED.token()))

        assert 403 == answer.status_code

    async def test_without_our_exception_handler_status_and_challenge_stay(self, issuer):
        """The framework's own words then, but still a 401 that asks for a bearer token."""
        app = self.app(issuer)
        with override_settings(REST_FRAMEWORK=USUAL):
            async with asking(app) as client:
                for headers in ({}, bearer("a.b.c")):
                    answer = await client.get("/needed", headers=headers)
                    assert (401, 'Bearer realm="wxlogin"') == (
                        answer.status_code,
                        answer.headers["www-authenticate"],
                    )
                    assert "application/json" == answer.headers["content-type"]

    async def test_without_our_exception_handler_missing_keys_are_a_503_too(self, issuer):
        """A token that cannot be judged is nobody's fault but ours."""
        issuer.down = True
        app = self.app(issuer)
        with override_settings(REST_FRAMEWORK=USUAL):
            async with asking(app) as client:
                answer = await client.get("/needed", headers=bearer(ED.token()))
        assert 503 == answer.status_code


def under(prefix: str, app):
    """Answer an app that asks another one for everything below a prefix.

    DRF has one way of answering, in a thread; both paths of the contract lead there.
    """

    async def prefixed(scope, receive, send):
        path = prefix + scope["path"].removesuffix("-in-a-thread")
        await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)

    return prefixed


def test_one_guard_is_made_per_setting():
    """Requests share one guard, with its keys and its memory; another setting makes another."""
    said = FakeIssuer().settings()
    with override_settings(WXLOGIN_GUARD=said):
        first = guard()
        assert guard() is first
        with override_settings(WXLOGIN_GUARD=dict(said)):
            assert guard() is not first
        assert guard() is first
