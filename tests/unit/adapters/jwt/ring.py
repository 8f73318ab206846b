"""Key rings for the tests of the signer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import define, field, frozen

from tests.contracts.tokens import NOW
from wxlogin.adapters.jwt import JwtKeyMaker, JwtSigner
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.domain.ports.keys import KeyPair
from wxlogin.domain.signing_key import SigningKey, Stage
from wxlogin.domain.use_cases.keys import MintKey

ISSUER, AUDIENCE = "https://login.example.com", "wxlogin"
VAULT = MasterVault((b"m" * 32,))
_ALGS = ("EdDSA", "ES256", "RS256")
# Making RSA keys takes long, so all tests draw on a few pairs.
PAIRS: dict[str, tuple[KeyPair, ...]] = {
    alg: tuple(JwtKeyMaker().make(alg) for _ in range(3)) for alg in _ALGS
}


@frozen
class _Drawn:
    pair: KeyPair

    def make(self, alg: str) -> KeyPair:
        return self.pair


def kept(pair: KeyPair, stage: Stage, at: datetime = NOW, vault: MasterVault = VAULT) -> SigningKey:
    """Answer a pair as the store keeps it."""
    return MintKey(_Drawn(pair), vault)(pair.alg, stage, at)


@define
class WatchedKeys:
    """A key repository that counts the looks and can fail."""

    keys: tuple[SigningKey, ...] = ()
    looks: int = 0
    failing: bool = False

    async def all(self) -> Sequence[SigningKey]:
        """Answer the keys, or fail."""
        self.looks += 1
        if self.failing:
            raise StoreUnavailable(1)
        return self.keys

    async def replace(self, before: Sequence[SigningKey], after: Sequence[SigningKey]) -> bool:
        """Take other keys."""
        self.keys = tuple(after)
        return True


@define
class Bench:
    """A signer with its surroundings in hand."""

    keys: WatchedKeys = field(factory=WatchedKeys)
    clock: SetClock = field(factory=lambda: SetClock(NOW))
    signer: JwtSigner = field(init=False)

    def __attrs_post_init__(self):
        """Make the signer."""
        self.signer = self.another_process()

    @classmethod
    def with_keys(cls, *keys: SigningKey) -> "Bench":
        """Answer a bench whose store has these keys."""
        return cls(WatchedKeys(keys))

    def another_process(self, *, issuer: str = ISSUER, audience: str = AUDIENCE) -> JwtSigner:
        """Answer a further signer on the same store."""
        return JwtSigner(
            keys=self.keys, vault=VAULT, clock=self.clock, issuer=issuer, audience=audience
        )

    def advance(self, **step: float) -> None:
        """Move the clock."""
        self.clock.advance(timedelta(**step))
