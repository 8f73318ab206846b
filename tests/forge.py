"""A forge of tokens: true signatures over anything, as the attacks on verifiers need them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import jwt
from attrs import field, frozen
from cryptography.hazmat.primitives.serialization import load_der_private_key

from wxlogin.domain.ports.keys import KeyPair


def segment(value: Any) -> str:
    """Answer bytes, or anything as JSON, in base64url."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_segment(text: str) -> Any:
    """Answer the JSON of a segment."""
    return json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@frozen
class SigningKey:
    """A key pair with a name and an algorithm."""

    kid: str
    alg: str
    private: Any = field(repr=False)

    @classmethod
    def of(cls, pair: KeyPair) -> "SigningKey":
        """Answer a pair of the service."""
        return cls(pair.kid, pair.alg, load_der_private_key(pair.private, password=None))

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half as the service shows it."""
        shown = jwt.get_algorithm_by_name(self.alg).to_jwk(self.private.public_key(), as_dict=True)
        return {**shown, "kid": self.kid, "alg": self.alg, "use": "sig", "key_ops": ["verify"]}

    @property
    def header(self) -> dict[str, Any]:
        """The header of its tokens."""
        return {"alg": self.alg, "kid": self.kid, "typ": "at+jwt"}

    def signature(self, message: str) -> bytes:
        """Answer the signature over a text."""
        return jwt.get_algorithm_by_name(self.alg).sign(message.encode(), self.private)

    def signed(self, header: Any, payload: Any) -> str:
        """Answer a token over anything, truly signed by this key."""
        message = f"{segment(header)}.{segment(payload)}"
        return f"{message}.{segment(self.signature(message))}"


@frozen
class Forge:
    """The keys of an issuer, one per algorithm, those of a stranger, and a good token's claims."""

    eddsa: SigningKey
    es256: SigningKey
    rs256: SigningKey
    stranger: SigningKey
    claims: Mapping[str, Any]

    @property
    def keys(self) -> tuple[SigningKey, ...]:
        """The keys that the issuer publishes."""
        return (self.eddsa, self.es256, self.rs256)

    def good(self, key: SigningKey | None = None) -> str:
        """Answer a good token."""
        key = key or self.eddsa
        return key.signed(key.header, self.claims)

    def headed(self, **change: Any) -> str:
        """Answer a token that is good but for members of its header; truly signed."""
        return self.eddsa.signed({**self.eddsa.header, **change}, self.claims)

    def saying(self, **change: Any) -> str:
        """Answer a token that is good but for some claims; truly signed."""
        return self.eddsa.signed(self.eddsa.header, {**self.claims, **change})
