"""Signing keys: where they are kept and how they are made."""

from collections.abc import Sequence
from typing import Protocol

from attrs import field, frozen

from wxlogin.domain.signing_key import SigningKey


class KeyRepository(Protocol):
    """Signing keys, private halves sealed; all processes of a deployment see the same ones."""

    async def all(self) -> Sequence[SigningKey]:
        """Answers every key, oldest first."""

    async def replace(self, before: Sequence[SigningKey], after: Sequence[SigningKey]) -> bool:
        """Makes `after` of `before`; False, changing nothing, when `before` is not what is kept.

        Of any number of parallel calls with the same `before` exactly one is answered True.
        """


@frozen
class KeyPair:
    """A fresh key pair; `private` is PKCS 8 DER."""

    kid: str
    alg: str
    public_jwk: str
    private: bytes = field(repr=False)


class KeyMaker(Protocol):
    """Makes key pairs."""

    def make(self, alg: str) -> KeyPair:
        """Answers a fresh pair for EdDSA (Ed25519), ES256 or RS256, named by RFC 7638."""
