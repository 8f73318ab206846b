"""The life of signing keys: no verifier ever meets an unknown one."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from wxlogin.domain.signing_key import KeyRing, SigningKey, Stage

START = datetime(2026, 11, 24, tzinfo=UTC)
LONGEST = timedelta(days=1)


def key(number: int, stage: Stage, at=START) -> SigningKey:
    return SigningKey(f"k{number}", "EdDSA", stage, "{}", b"", at, at)


class RingMachine(RuleBasedStateMachine):
    """Rotates, waits and drops at random while tokens are signed and must stay verifiable."""

    def __init__(self):
        super().__init__()
        self.now = START
        self.made = 2
        self.ring = KeyRing.of([key(1, Stage.CURRENT), key(2, Stage.NEXT)])
        self.tokens: list[tuple[str, datetime]] = []
        self.published: set[str] = {"k1", "k2"}

    @rule()
    def sign(self):
        """The signing key was public before its first token."""
        current = self.ring.current
        assert current is not None
        assert current.kid in self.published
        self.tokens.append((current.kid, self.now + LONGEST))

    @rule(hours=st.integers(0, 40))
    def wait(self, hours):
        self.now += timedelta(hours=hours)

    @rule()
    def rotate(self):
        ring = self.ring.rotated(self.now)
        dead = ring.dead(self.now, LONGEST)
        self.made += 1
        kept = [k for k in ring.keys if k not in dead]
        self.published = {k.kid for k in self.ring.keys}
        self.ring = KeyRing.of([*kept, key(self.made, Stage.NEXT, self.now)])

    @invariant()
    def every_living_token_finds_its_key(self):
        known = {k.kid for k in self.ring.keys}
        assert all(kid in known for kid, dies in self.tokens if dies > self.now)

    @invariant()
    def one_key_signs(self):
        assert 1 == len(self.ring.at(Stage.CURRENT))


RingMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestRing = RingMachine.TestCase


def test_without_a_published_key_nothing_rotates():
    """A key that nobody has seen yet never signs."""
    ring = KeyRing.of([key(1, Stage.CURRENT)])

    assert ring == ring.rotated(START)
