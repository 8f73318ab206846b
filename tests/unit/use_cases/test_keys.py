"""The ring by the calendar: rotated on time, by one of many, and no verifier left behind."""

import asyncio
from datetime import timedelta

import jwt
import pytest
from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.world import ISSUER, World
from wxlogin.adapters.jwt import JwtSigner
from wxlogin.adapters.memory.keys import MemoryKeys
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.domain.ports.tokens import AccessClaims
from wxlogin.domain.signing_key import KeyRing, Stage
from wxlogin.domain.use_cases.keys import KNOWN_EVERYWHERE, PrepareKeys, StageKey, TendKeys

DAY = timedelta(days=1)
EVERY = timedelta(days=30)
SECOND = timedelta(seconds=1)
STEPS = [SECOND, 3 * SECOND, timedelta(hours=7), DAY - SECOND, DAY, 2 * DAY]


def tending(world: World, every: timedelta | None = EVERY) -> TendKeys:
    return TendKeys(
        MemoryKeys(world.room), world.mint, world.clock, world.journal, DAY, rotate_every=every
    )


def staging(world: World) -> StageKey:
    return StageKey(MemoryKeys(world.room), world.mint, world.clock, world.journal)


def kids(world: World, stage: Stage) -> list[str]:
    return [key.kid for key in KeyRing.of(world.room.keys).at(stage)]


async def test_the_ring_turns_when_its_time_has_come():
    """Not a moment before; then next signs, current is previous, and another next is public."""
    world = await World().prepared()
    (current,), (following,) = kids(world, Stage.CURRENT), kids(world, Stage.NEXT)
    world.clock.advance(EVERY - timedelta(microseconds=1))
    assert not await tending(world)(alg="EdDSA")

    world.clock.advance(timedelta(microseconds=1))
    assert await tending(world)(alg="ES256")

    assert kids(world, Stage.CURRENT) == [following]
    assert kids(world, Stage.PREVIOUS) == [current]
    (fresh,) = KeyRing.of(world.room.keys).at(Stage.NEXT)
    assert (fresh.alg, fresh.created_at) == ("ES256", world.clock.now())
    assert [fact.name for fact in world.journal.facts] == ["keys_rotated"]
    assert not await tending(world)(alg="EdDSA")


async def test_what_an_operator_does_to_the_ring_is_noted():
    """Staging and rotating are facts, once each."""
    world = await World().prepared()

    await staging(world)(alg="ES256")
    await world.rotate_keys(alg="EdDSA")

    assert ["key_staged", "keys_rotated"] == [fact.name for fact in world.journal.facts]


async def test_who_never_wins_the_ring_is_told_to_come_again():
    """A ring that changes under every look is left as it is, and nothing is noted."""

    class NeverStill(MemoryKeys):
        async def replace(self, *_: object) -> bool:
            return False

    empty, world = World(), await World().prepared()
    before = world.room.keys
    keys = NeverStill(world.room)
    for act in (
        PrepareKeys(NeverStill(empty.room), empty.mint, empty.clock),
        evolve(staging(world), keys=keys),
        evolve(world.rotate_keys, keys=keys),
    ):
        with pytest.raises(StoreUnavailable):
            await act(alg="EdDSA")

    assert (before, []) == (world.room.keys, world.journal.facts)


async def test_an_old_key_stays_until_its_last_token_is_dead():
    """Then housekeeping drops it, without waiting for another rotation, also when that is off."""
    world = await World().prepared()
    (old,) = kids(world, Stage.CURRENT)
    await world.rotate_keys(alg="EdDSA")

    world.clock.advance(DAY)  # some process may have signed with it a little longer
    assert not await tending(world, every=None)(alg="EdDSA")
    assert kids(world, Stage.PREVIOUS) == [old]

    world.advance(minutes=5)
    assert await tending(world, every=None)(alg="EdDSA")
    assert kids(world, Stage.PREVIOUS) == []
    assert len(world.room.keys) == 2


async def test_without_the_setting_nothing_turns():
    """However long a key has signed."""
    world = await World().prepared()
    before = world.room.keys
    world.advance(days=10_000)

    assert not await tending(world, every=None)(alg="EdDSA")
    assert world.room.keys == before


async def test_a_key_just_staged_waits_until_everybody_knows_it():
    """A rotation that is due is put off until the next key has been public for a day."""
    world = await World().prepared()
    world.clock.advance(EVERY)
    staged = await staging(world)(alg="ES256")

    world.clock.advance(KNOWN_EVERYWHERE - timedelta(seconds=1))
    assert not await tending(world)(alg="EdDSA")

    world.advance(seconds=1)
    assert await tending(world)(alg="EdDSA")
    assert kids(world, Stage.CURRENT) == [staged.kid]


async def test_a_ring_without_a_next_key_gets_one():
    """It is published first and signs a day later at the earliest."""
    world = await World().prepared()
    world.room.keys = tuple(key for key in world.room.keys if key.stage is not Stage.NEXT)
    world.clock.advance(EVERY)

    assert await tending(world)(alg="EdDSA")
    assert not await tending(world)(alg="EdDSA")
    (fresh,) = kids(world, Stage.NEXT)

    world.clock.advance(KNOWN_EVERYWHERE)
    assert await tending(world)(alg="EdDSA")
    assert kids(world, Stage.CURRENT) == [fresh]


async def test_an_empty_ring_is_left_to_the_start():
    """Housekeeping does not bring a deployment's first keys into the world."""
    world = World()

    assert not await tending(world)(alg="EdDSA")
    assert world.room.keys == ()


async def test_who_lost_the_race_changes_nothing():
    """Of two processes that found the same ring due one turns it, by one step."""
    world = await World().prepared()
    world.clock.advance(EVERY)
    late = evolve(tending(world), keys=Stale(MemoryKeys(world.room), world.room.keys))

    assert await tending(world)(alg="EdDSA")
    after = world.room.keys

    assert not await late(alg="EdDSA")
    assert world.room.keys == after
    assert [fact.name for fact in world.journal.facts] == ["keys_rotated"]


class Stale:
    """A key store that shows what it was a moment ago."""

    def __init__(self, keys: MemoryKeys, seen) -> None:
        self.all_now, self.seen = keys, seen

    async def all(self):
        return self.seen

    async def replace(self, before, after):
        return await self.all_now.replace(before, after)


class CalendarMachine(RuleBasedStateMachine):
    """Two processes and a stranger live through many rotations, two days apart.

    The stranger copies the key set once a day and does not ask again for keys it does not know.
    """

    @initialize()
    def begin(self):
        self.loop = asyncio.new_event_loop()
        self.world = World()
        self.run(self.world.prepared())
        self.signers = [self.world.signer, self.another_process()]
        self.tokens: list[tuple[str, str, AccessClaims]] = []
        self.copy_keys()

    def another_process(self) -> JwtSigner:
        return JwtSigner(
            keys=MemoryKeys(self.world.room), vault=self.world.vault, clock=self.world.clock,
            issuer=ISSUER, audience="wxlogin",
        )  # fmt: skip

    def teardown(self):
        if hasattr(self, "loop"):
            self.loop.close()

    def run(self, awaitable):
        return self.loop.run_until_complete(awaitable)

    def copy_keys(self):
        self.copied_at = self.world.clock.now()
        self.copy = {jwk["kid"] for jwk in self.run(self.another_process().jwks())}

    @rule(step=st.sampled_from(STEPS))
    def wait(self, step):
        """Let time go by, and the stranger ask once a day."""
        self.world.clock.advance(step)
        now = self.world.clock.now()
        self.tokens = [each for each in self.tokens if each[2].expires_at > now]
        if now >= self.copied_at + DAY:
            self.copy_keys()

    @rule(times=st.integers(1, 3))
    def keep_house(self, times):
        for _ in range(times):
            self.run(tending(self.world, 2 * DAY)(alg="EdDSA"))

    @rule()
    def stage_another(self):
        self.run(staging(self.world)(alg="EdDSA"))

    @rule(which=st.integers(0, 1))
    def sign(self, which):
        now = self.world.clock.now().replace(microsecond=0)
        claims = AccessClaims("u", "s", "wx1", "t", now, now + DAY)
        token = self.run(self.signers[which].sign(claims))
        self.tokens.append((jwt.get_unverified_header(token)["kid"], token, claims))

    @invariant()
    def every_good_token_is_good_everywhere(self):
        now = self.world.clock.now() if hasattr(self, "world") else None
        for kid, token, claims in getattr(self, "tokens", ()):
            assert kid in self.copy
            for signer in self.signers:
                assert self.run(signer.verify(token, now)) == claims

    @invariant()
    def one_key_signs_and_one_is_next(self):
        if hasattr(self, "world"):
            assert len(kids(self.world, Stage.CURRENT)) == 1
            assert len(kids(self.world, Stage.NEXT)) == 1


CalendarMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=50)
TestCalendar = CalendarMachine.TestCase
