"""WeChat's message push through both doors."""

import pytest
from django.core.handlers.asgi import ASGIHandler

from tests.contracts.http_push import PushOverHttp
from tests.django_project import configure
from wxlogin.entrypoints.django import house
from wxlogin.entrypoints.http import create_app


@pytest.fixture(scope="module", autouse=True)
def django_project():
    configure()


class TestPushThroughStarlette(PushOverHttp):
    def app(self, wishes):
        return create_app(wishes)


class TestPushThroughDjango(PushOverHttp):
    def app(self, wishes):
        house.serve(wishes)
        return ASGIHandler()
