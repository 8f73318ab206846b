"""Signing keys and their life: next → current → previous → gone.

A key is published before it signs (next), signs (current), and stays published until the last
token it signed is dead (previous). So no verifier ever meets a token whose key it cannot find.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, field, frozen


class Stage(StrEnum):
    """Where in its life a key stands."""

    NEXT = "next"
    CURRENT = "current"
    PREVIOUS = "previous"


@frozen
class SigningKey:
    """One key pair. `sealed` is the private half, sealed with the master key."""

    kid: str
    alg: str
    stage: Stage
    public_jwk: str
    sealed: bytes = field(repr=False)
    created_at: datetime
    staged_at: datetime


@frozen
class KeyRing:
    """All keys of a deployment, and the rule by which they change stage."""

    keys: tuple[SigningKey, ...]

    @classmethod
    def of(cls, keys: Iterable[SigningKey]) -> "KeyRing":
        """Answers the ring of these keys, oldest first."""
        return cls(tuple(sorted(keys, key=lambda key: (key.created_at, key.kid))))

    def at(self, stage: Stage) -> tuple[SigningKey, ...]:
        """Answers the keys at one stage, oldest first."""
        return tuple(key for key in self.keys if key.stage is stage)

    @property
    def current(self) -> SigningKey | None:
        """The key that signs."""
        return next(iter(self.at(Stage.CURRENT)), None)

    def rotated(self, now: datetime) -> "KeyRing":
        """Answers the ring one step on: the oldest next key signs, the current one retires.

        Without a next key nothing moves, for a key must be published before it signs.
        """
        following = next(iter(self.at(Stage.NEXT)), None)
        if following is None:
            return self
        steps = {Stage.CURRENT: Stage.PREVIOUS, Stage.PREVIOUS: Stage.PREVIOUS}
        return KeyRing(
            tuple(
                evolve(key, stage=Stage.CURRENT, staged_at=now)
                if key is following
                else evolve(key, stage=steps[key.stage], staged_at=now)
                if key.stage is Stage.CURRENT
                else key
                for key in self.keys
            )
        )

    def due(self, now: datetime, every: timedelta) -> bool:
        """Tells whether the key that signs has done so for `every`."""
        return self.current is not None and now >= self.current.staged_at + every

    def published_long_enough(self, now: datetime, notice: timedelta) -> bool:
        """Tells whether the next key has been public for `notice`, so that verifiers know it."""
        following = next(iter(self.at(Stage.NEXT)), None)
        return following is not None and now >= following.created_at + notice

    def dead(self, now: datetime, longest_token: timedelta) -> tuple[SigningKey, ...]:
        """Answers the previous keys whose last token is past its time."""
        return tuple(key for key in self.at(Stage.PREVIOUS) if now >= key.staged_at + longest_token)
