"""The table of errors is whole, and every row of it can be met through the Starlette door."""

import httpx
import pytest

from tests.contracts.error_table import ErrorTableContract
from tests.world import ISSUER, World
from wxlogin.domain.errors import LoginError
from wxlogin.entrypoints.http import create_app
from wxlogin.entrypoints.web.errors import STATUS
from wxlogin.entrypoints.web.texts import ERRORS


class TestStarletteErrors(ErrorTableContract):
    @pytest.fixture
    async def client(self, world: World):
        transport = httpx.ASGITransport(create_app(world.wishes()))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            yield client


def _with_a_code(kind: type[LoginError]) -> set[type[LoginError]]:
    own = {kind} if hasattr(kind, "code") else set()
    return own.union(*(_with_a_code(each) for each in kind.__subclasses__()))


def test_every_error_has_a_status_and_texts():
    """No refusal can reach the door that the door cannot tell, and no text is of an error gone."""
    known = {each for each in _with_a_code(LoginError) if each.__module__.startswith("wxlogin.")}

    assert known == set(STATUS)
    assert {each.code for each in known} == set(ERRORS)
