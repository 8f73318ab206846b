"""The table of attacks against the service itself, over real HTTP: all 401, none 5xx."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote_plus

import httpx
import pytest

from tests.contracts.http_asking import SERVICE, code
from tests.contracts.token_attacks import TokenAttacks
from tests.forge import Forge, SigningKey, read_segment
from tests.integration.served_in_thread import served_in_thread
from tests.unit.adapters.jwt.ring import PAIRS, kept
from tests.world import START, World
from wxlogin.adapters.memory.keys import MemoryKeys
from wxlogin.domain.signing_key import Stage
from wxlogin.entrypoints.http import create_app

PUBLISHED = {
    Stage.CURRENT: PAIRS["EdDSA"][0],
    Stage.NEXT: PAIRS["ES256"][0],
    Stage.PREVIOUS: PAIRS["RS256"][0],
}


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, Forge]]:
    """A service that publishes a key of each algorithm, and a forge of a living session's tokens.

    The forge's tokens say what the service's own say.
    """
    world = World()
    keys = [kept(pair, stage, START, world.vault) for stage, pair in PUBLISHED.items()]
    assert asyncio.run(MemoryKeys(world.room).replace([], keys))
    with served_in_thread(create_app(world.wishes())) as url:
        tokens = httpx.post(f"{url}/v1/login", json=code(world), trust_env=False).json()
        claims = read_segment(tokens["access_token"].split(".")[1])
        yield url, Forge(*map(SigningKey.of, [*PUBLISHED.values(), PAIRS["EdDSA"][1]]), claims)


class TestService(TokenAttacks):
    every = 23  # of the flipped bits; the unit tests flip them all

    @pytest.fixture(autouse=True)
    async def asking(self, service) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=service[0], trust_env=False) as self.client:
            yield

    @pytest.fixture
    def forge(self, service) -> Forge:
        return service[1]

    async def judged(self, token):
        """The same in both headers and by introspection, whose form carries what no header can."""
        raw = token.encode("utf-8", "surrogatepass")
        active = await self.is_active(raw)
        if token != token.strip() or any(sign < 32 or sign == 127 for sign in raw):
            return None if active else "token_invalid"
        codes = set()
        for headers in ({b"authorization": b"Bearer " + raw}, {b"token": raw}):
            answer = await self.client.get("/v1/me", headers=headers)
            codes.add(None if answer.status_code == 200 else refusal_in(answer, token))
        assert len(codes) == 1
        assert active == (codes == {None})
        return codes.pop()

    async def is_active(self, raw: bytes) -> bool:
        answer = await self.client.post(
            "/v1/introspect",
            headers={**SERVICE, "content-type": "application/x-www-form-urlencoded"},
            content="token=" + quote_plus(raw),
        )
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["active"] or {"active": False} == told
        return bool(told["active"])


def refusal_in(answer: httpx.Response, token: str) -> str:
    """Answer the code of a refusal, which is a 401 with its challenge and without the token."""
    assert answer.status_code == 401, (answer.status_code, answer.text)
    assert 'Bearer realm="wxlogin", error="invalid_token"' in answer.headers["www-authenticate"]
    assert token not in answer.text
    return str(answer.json()["code"])
