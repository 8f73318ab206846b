"""The table of attacks against the service itself, over real HTTP: all 401, none 5xx."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.contracts.http_asking import code
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
    every = 11  # of the flipped bits; the unit tests flip them all

    @pytest.fixture(autouse=True)
    async def asking(self, service) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=service[0], trust_env=False) as self.client:
            yield

    @pytest.fixture
    def forge(self, service) -> Forge:
        return service[1]

    async def judged(self, token):
        """The same in both headers; what no header can carry cannot be shown."""
        raw = token.encode("utf-8", "surrogatepass")
        if token != token.strip() or any(sign < 32 or sign == 127 for sign in raw):
            return "token_invalid"
        codes = set()
        for headers in ({b"authorization": b"Bearer " + raw}, {b"token": raw}):
            answer = await self.client.get("/v1/me", headers=headers)
            if answer.status_code == 200:
                codes.add(None)
                continue
            assert answer.status_code == 401, (answer.status_code, answer.text)
            assert (
                'Bearer realm="wxlogin", error="invalid_token"'
                in (answer.headers["www-authenticate"])
            )
            assert token not in answer.text
            codes.add(answer.json()["code"])
        assert len(codes) == 1
        return codes.pop()
