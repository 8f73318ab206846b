"""PrepareKeys, StageKey, RotateKeys and TendKeys: the life of the signing keys."""

from datetime import datetime, timedelta

from attrs import frozen

from wxlogin.domain.errors import StoreUnavailable
from wxlogin.domain.ports.ambient import Clock, Fact, Journal
from wxlogin.domain.ports.keys import KeyMaker, KeyRepository
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.signing_key import KeyRing, SigningKey, Stage

KNOWN_HERE = timedelta(seconds=7)
"""How long a key has been public when our own processes, and the guard behind them, know it."""
KNOWN_EVERYWHERE = timedelta(days=1)
"""How long a key has been public when nobody's copy of the key set is older, however they cache."""
_LATE = timedelta(minutes=5)
"""Some processes see a rotation late, and clocks differ: so long the old key may sign on."""
_RACES = 5


@frozen
class MintKey:
    """Makes a signing key, its private half sealed."""

    maker: KeyMaker
    vault: Vault

    def __call__(self, alg: str, stage: Stage, now: datetime) -> SigningKey:
        """Answers a fresh key at `stage`; nothing is kept yet."""
        pair = self.maker.make(alg)
        return SigningKey(
            kid=pair.kid,
            alg=pair.alg,
            stage=stage,
            public_jwk=pair.public_jwk,
            sealed=self.vault.seal(pair.private, purpose="signing_key", row=pair.kid),
            created_at=now,
            staged_at=now,
        )


@frozen
class PrepareKeys:
    """Sees to it at start that one key signs and the next is published already."""

    keys: KeyRepository
    mint: MintKey
    clock: Clock

    async def __call__(self, *, alg: str) -> KeyRing:
        """Answers the ring; of any number of processes starting at once one makes the keys."""
        for _ in range(_RACES):
            before = await self.keys.all()
            ring = KeyRing.of(before)
            now = self.clock.now()
            missing = [s for s in (Stage.CURRENT, Stage.NEXT) if not ring.at(s)]
            if not missing:
                return ring
            after = [*before, *(self.mint(alg, stage, now) for stage in missing)]
            if await self.keys.replace(before, after):
                return KeyRing.of(after)
        raise StoreUnavailable(1)


@frozen
class StageKey:
    """Publishes one more key to come, of an algorithm of choice."""

    keys: KeyRepository
    mint: MintKey
    clock: Clock
    journal: Journal

    async def __call__(self, *, alg: str) -> SigningKey:
        """Answers the new next key; it takes the place of one that was waiting."""
        for _ in range(_RACES):
            before = await self.keys.all()
            fresh = self.mint(alg, Stage.NEXT, self.clock.now())
            after = [*(key for key in before if key.stage is not Stage.NEXT), fresh]
            if await self.keys.replace(before, after):
                self.journal.record(Fact("key_staged"))
                return fresh
        raise StoreUnavailable(1)


@frozen
class RotateKeys:
    """Lets the next key sign, retires the current one, drops dead ones, publishes another next."""

    keys: KeyRepository
    mint: MintKey
    clock: Clock
    journal: Journal
    longest_token: timedelta

    async def __call__(self, *, alg: str) -> KeyRing:
        """Answers the ring after the step."""
        for _ in range(_RACES):
            before = await self.keys.all()
            now = self.clock.now()
            ring = KeyRing.of(before).rotated(now)
            kept = _without_dead(ring, now, self.longest_token)
            after = KeyRing.of([*kept.keys, self.mint(alg, Stage.NEXT, now)])
            if await self.keys.replace(before, after.keys):
                self.journal.record(Fact("keys_rotated"))
                return after
        raise StoreUnavailable(1)


@frozen
class TendKeys:
    """Rotates when it is time, drops dead keys, and never leaves the ring without a next key.

    Every process does this now and then. Of those that find the same ring one changes it, and what
    the others find afterwards is not due any more. Without `rotate_every` only operators rotate.
    """

    keys: KeyRepository
    mint: MintKey
    clock: Clock
    journal: Journal
    longest_token: timedelta
    rotate_every: timedelta | None

    async def __call__(self, *, alg: str) -> bool:
        """Tells whether this call changed the ring."""
        before = await self.keys.all()
        if not before:
            return False  # nothing is born here: see PrepareKeys
        now = self.clock.now()
        ring = KeyRing.of(before)
        turning = self._is_time(ring, now)
        after = _without_dead(ring.rotated(now) if turning else ring, now, self.longest_token)
        if not after.at(Stage.NEXT):
            after = KeyRing.of([*after.keys, self.mint(alg, Stage.NEXT, now)])
        if after == ring or not await self.keys.replace(before, after.keys):
            return False
        if turning:
            self.journal.record(Fact("keys_rotated"))
        return True

    def _is_time(self, ring: KeyRing, now: datetime) -> bool:
        if self.rotate_every is None:
            return False
        return ring.due(now, self.rotate_every) and ring.published_long_enough(
            now, KNOWN_EVERYWHERE
        )


def _without_dead(ring: KeyRing, now: datetime, longest_token: timedelta) -> KeyRing:
    dead = ring.dead(now, longest_token + _LATE)
    return KeyRing(tuple(key for key in ring.keys if key not in dead))
