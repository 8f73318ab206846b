"""The contract of `KeyRepository`: the ring changes as a whole, once."""

import asyncio

from attrs import evolve

from tests.contracts.people import MINUTE, NOW
from tests.contracts.stores import Stores
from wxlogin.domain.signing_key import KeyRing, SigningKey, Stage


def _key(kid: str, stage: Stage = Stage.NEXT, age: int = 0) -> SigningKey:
    return SigningKey(
        kid=kid,
        alg="EdDSA",
        stage=stage,
        public_jwk='{"kty":"OKP"}',
        sealed=bytes(range(256)) * 8,
        created_at=NOW - age * MINUTE,
        staged_at=NOW,
    )


class KeysContract:
    async def test_a_fresh_store_has_no_keys(self, stores: Stores):
        """The ring is empty before the first key."""
        assert [] == list(await stores.keys.all())

    async def test_keys_come_back_as_given_oldest_first(self, stores: Stores):
        """All answers every key whole, in order of making."""
        young, old = _key("a", age=1), _key("b", Stage.CURRENT, age=2)

        assert await stores.keys.replace([], [young, old])

        assert [old, young] == list(await stores.keys.all())

    async def test_a_ring_is_replaced_by_who_knows_it(self, stores: Stores):
        """Keys change stage, come and go in one act; order does not matter."""
        old, current, following = (
            _key("p", Stage.PREVIOUS, 3),
            _key("c", Stage.CURRENT, 2),
            _key("n", age=1),
        )
        await stores.keys.replace([], [old, current, following])
        rotated = KeyRing.of([current, following]).rotated(NOW + MINUTE)

        assert await stores.keys.replace([following, old, current], rotated.keys)

        assert list(rotated.keys) == list(await stores.keys.all())
        assert await stores.keys.replace(rotated.keys, [])
        assert [] == list(await stores.keys.all())

    async def test_who_does_not_know_the_ring_changes_nothing(self, stores: Stores):
        """False when `before` lacks a key, has one too many, or one that differs."""
        kept, other = _key("a"), _key("b")
        await stores.keys.replace([], [kept])

        for before in (
            [],
            [kept, other],
            [other],
            [evolve(kept, stage=Stage.CURRENT)],
            [evolve(kept, sealed=b"x")],
        ):
            assert not await stores.keys.replace(before, [other])

        assert [kept] == list(await stores.keys.all())

    async def test_kids_that_differ_in_case_are_two_keys(self, stores: Stores):
        """Key ids are compared sign by sign."""
        assert await stores.keys.replace([], [_key("Ab"), _key("aB")])

        assert {"Ab", "aB"} == {key.kid for key in await stores.keys.all()}

    async def test_of_parallel_first_keys_one_is_kept(self, stores: Stores):
        """Processes that start together on an empty ring end up with one ring."""
        answers = await asyncio.gather(
            *(stores.keys.replace([], [_key(f"k{n}")]) for n in range(20))
        )

        assert 1 == answers.count(True)
        assert [f"k{answers.index(True)}"] == [key.kid for key in await stores.keys.all()]

    async def test_of_parallel_rotations_one_is_done(self, stores: Stores):
        """Of many with the same `before` exactly one is answered True."""
        before = [_key("c", Stage.CURRENT, 2), _key("n", age=1)]
        await stores.keys.replace([], before)
        after = KeyRing.of(before).rotated(NOW + MINUTE).keys

        answers = await asyncio.gather(*(stores.keys.replace(before, after) for _ in range(20)))

        assert 1 == answers.count(True)
        assert list(after) == list(await stores.keys.all())
