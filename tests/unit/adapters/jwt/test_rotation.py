"""How a rotation is seen: in time, without one good token refused, and at little cost."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import timedelta

import jwt
import pytest
import structlog
from attrs import define, evolve, field

from tests.contracts.tokens import CLAIMS, NOW
from tests.unit.adapters.jwt.ring import PAIRS, Bench, WatchedKeys, kept
from wxlogin.domain.errors import TokenInvalid
from wxlogin.domain.signing_key import SigningKey, Stage

FIRST, SECOND, THIRD = PAIRS["EdDSA"]


async def test_the_key_set_is_in_order():
    """Current comes first, then next, then previous, whatever order they are kept in."""
    bench = Bench.with_keys(
        kept(THIRD, Stage.PREVIOUS),
        kept(SECOND, Stage.NEXT, NOW + timedelta(days=1)),
        kept(FIRST, Stage.CURRENT, NOW + timedelta(days=2)),
    )

    assert [key["kid"] for key in await bench.signer.jwks()] == [FIRST.kid, SECOND.kid, THIRD.kid]


async def test_keys_are_looked_at_once_in_three_seconds():
    """Any number of calls within three seconds ask the key store once."""
    bench = Bench.with_keys(kept(FIRST, Stage.CURRENT))
    for _ in range(5):
        token = await bench.signer.sign(CLAIMS)
        await bench.signer.verify(token, bench.clock.now())
        await bench.signer.jwks()
        bench.advance(seconds=0.5)
    assert bench.keys.looks == 1

    bench.advance(seconds=0.5)
    await bench.signer.verify(token, bench.clock.now())

    assert bench.keys.looks == 2


async def test_a_rotation_is_seen_by_all_and_refuses_nobody():
    """While keys move on, both processes verify all tokens of one another at every moment."""
    bench = Bench.with_keys(kept(FIRST, Stage.CURRENT), kept(SECOND, Stage.NEXT))
    here, there = bench.signer, bench.another_process()
    tokens = [await here.sign(CLAIMS), await there.sign(CLAIMS)]
    bench.keys.keys = (
        kept(FIRST, Stage.PREVIOUS),
        kept(SECOND, Stage.CURRENT),
        kept(THIRD, Stage.NEXT),
    )

    for _ in range(4):
        bench.advance(seconds=1)
        tokens += [await here.sign(CLAIMS), await there.sign(CLAIMS)]
        for signer in (here, there):
            for token in tokens:
                assert await signer.verify(token, bench.clock.now()) == CLAIMS

    for signer in (here, there):
        assert [key["kid"] for key in await signer.jwks()] == [SECOND.kid, THIRD.kid, FIRST.kid]
    assert {jwt.get_unverified_header(token)["kid"] for token in tokens[-2:]} == {SECOND.kid}


async def test_a_token_of_a_key_just_published_is_good_at_once():
    """A key newer than the last look is looked for."""
    bench = Bench.with_keys(kept(FIRST, Stage.CURRENT))
    await bench.signer.jwks()
    bench.advance(seconds=1)
    bench.keys.keys = (kept(FIRST, Stage.PREVIOUS), kept(SECOND, Stage.CURRENT))
    token = await bench.another_process().sign(CLAIMS)

    assert await bench.signer.verify(token, bench.clock.now()) == CLAIMS
    assert bench.keys.looks == 3


async def test_made_up_key_names_cost_one_look_a_second():
    """Whoever sends tokens of unknown keys makes the key store work once a second, no more."""
    bench = Bench.with_keys(kept(FIRST, Stage.CURRENT))
    stranger = await Bench.with_keys(kept(SECOND, Stage.CURRENT)).signer.sign(CLAIMS)
    await bench.signer.jwks()

    for _ in range(10):
        bench.advance(seconds=0.2)
        for _ in range(20):
            with pytest.raises(TokenInvalid):
                await bench.signer.verify(stranger, bench.clock.now())

    assert bench.keys.looks == 3


async def test_a_key_name_that_is_no_thumbprint_costs_nothing():
    """What cannot be the name of a key of ours is not looked for."""
    bench = Bench.with_keys(kept(FIRST, Stage.CURRENT))
    token = await bench.signer.sign(CLAIMS)
    header = urlsafe_b64encode(b'{"alg":"EdDSA","kid":"guess","typ":"at+jwt"}').rstrip(b"=")
    stranger = header.decode() + token[token.index(".") :]
    bench.advance(seconds=2)

    with pytest.raises(TokenInvalid):
        await bench.signer.verify(stranger, bench.clock.now())

    assert bench.keys.looks == 1


async def test_a_key_taken_away_takes_its_tokens_along():
    """Also tokens found good before are refused once their key is gone."""
    bench = Bench.with_keys(kept(FIRST, Stage.CURRENT), kept(SECOND, Stage.NEXT))
    token = await bench.signer.sign(CLAIMS)
    await bench.signer.verify(token, bench.clock.now())
    bench.keys.keys = (kept(SECOND, Stage.CURRENT),)
    bench.advance(seconds=3)

    with pytest.raises(TokenInvalid):
        await bench.signer.verify(token, bench.clock.now())


async def test_a_failing_key_store_leaves_the_keys_in_use():
    """During an outage signing and verifying go on, told once, with one look each three seconds."""
    bench = Bench.with_keys(kept(FIRST, Stage.CURRENT))
    await bench.signer.jwks()
    bench.keys.failing = True

    with structlog.testing.capture_logs() as lines:
        for _ in range(12):
            bench.advance(seconds=1)
            token = await bench.signer.sign(CLAIMS)
            assert await bench.signer.verify(token, bench.clock.now()) == CLAIMS
    assert bench.keys.looks == 1 + 4
    assert [line["event"] for line in lines] == ["key_store_failing"]

    bench.keys.failing = False
    bench.keys.keys = (kept(FIRST, Stage.PREVIOUS), kept(SECOND, Stage.CURRENT))
    bench.advance(seconds=3)
    assert [key["kid"] for key in await bench.signer.jwks()] == [SECOND.kid, FIRST.kid]

    bench.keys.failing = True
    bench.advance(seconds=3)
    with structlog.testing.capture_logs() as lines:
        await bench.signer.jwks()
    assert [line["event"] for line in lines] == ["key_store_failing"]


async def test_a_clock_set_back_does_not_stop_the_looking():
    """After the clock went back an hour, a rotation is still seen within seconds."""
    bench = Bench.with_keys(kept(FIRST, Stage.CURRENT))
    await bench.signer.jwks()
    bench.advance(hours=-1)
    bench.keys.keys = (kept(SECOND, Stage.CURRENT),)

    assert [key["kid"] for key in await bench.signer.jwks()] == [SECOND.kid]


async def test_the_first_keys_of_a_deployment_are_seen_as_soon_as_they_are_there():
    """While there are no keys each call looks, so no token of the first key is refused."""
    bench = Bench()
    assert list(await bench.signer.jwks()) == []
    bench.keys.keys = (kept(FIRST, Stage.CURRENT),)
    token = await bench.another_process().sign(CLAIMS)

    assert await bench.signer.verify(token, NOW) == CLAIMS


async def test_signing_begins_as_soon_as_there_is_a_key():
    """A process that saw no keys yet signs with the first one without waiting for its next look."""
    bench = Bench()
    assert list(await bench.signer.jwks()) == []
    bench.keys.keys = (kept(FIRST, Stage.CURRENT),)

    assert await bench.signer.sign(CLAIMS)


@define
class _SlowKeys(WatchedKeys):
    gate: asyncio.Event = field(factory=asyncio.Event)

    async def all(self) -> Sequence[SigningKey]:
        answer = await super().all()
        await self.gate.wait()
        return answer


async def test_one_look_is_under_way_at_a_time():
    """Of many calls that find no keys yet one asks the store, and all get the answer."""
    keys = _SlowKeys((kept(FIRST, Stage.CURRENT),))
    bench = Bench(keys)
    calls = [asyncio.create_task(bench.signer.sign(CLAIMS)) for _ in range(20)]
    await asyncio.sleep(0)
    keys.gate.set()
    tokens = await asyncio.gather(*calls)

    assert set(tokens) == {tokens[0]}
    assert keys.looks == 1


async def test_nobody_waits_for_a_look_while_there_are_keys():
    """With the store hanging, only the call that found the keys stale waits."""
    keys = _SlowKeys((kept(FIRST, Stage.CURRENT),))
    keys.gate.set()
    bench = Bench(keys)
    await bench.signer.jwks()
    keys.gate.clear()
    bench.advance(seconds=3)
    waiting = asyncio.create_task(bench.signer.jwks())
    await asyncio.sleep(0)
    bench.advance(seconds=3)

    token = await asyncio.wait_for(bench.signer.sign(CLAIMS), 1)
    assert await asyncio.wait_for(bench.signer.verify(token, bench.clock.now()), 1) == CLAIMS

    assert not waiting.done()
    keys.gate.set()
    await waiting


async def test_a_look_given_up_by_its_caller_is_done_by_the_next():
    """A request that is cancelled while it looks takes nobody along."""
    keys = _SlowKeys((kept(FIRST, Stage.CURRENT),))
    bench = Bench(keys)
    first, second = (asyncio.create_task(bench.signer.sign(CLAIMS)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    keys.gate.set()

    assert await bench.signer.verify(await second, NOW) == CLAIMS


async def test_same_keys_in_another_order_are_no_news():
    """Remembered tokens survive looks that show nothing new."""
    bench = Bench.with_keys(kept(FIRST, Stage.CURRENT), kept(SECOND, Stage.NEXT))
    token = await bench.signer.sign(CLAIMS)
    first = await bench.signer.verify(token, bench.clock.now())
    bench.keys.keys = tuple(evolve(key) for key in reversed(bench.keys.keys))
    bench.advance(seconds=3)

    assert await bench.signer.verify(token, bench.clock.now()) is first
    assert bench.keys.looks == 2
