"""Key objects for the three algorithms: made, loaded from PKCS 8, shown as JWK."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import jwt
import msgspec
from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import Algorithm

from wxlogin.domain.ports.keys import KeyPair

TYP = "at+jwt"
_RSA_BITS = 2048
# RFC 7638: what identifies a key, and all that may be shown of it.
_PUBLIC_MEMBERS = ("crv", "e", "kty", "n", "x", "y")

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

_KINDS: Mapping[str, type[PrivateKey]] = {
    "EdDSA": Ed25519PrivateKey,
    "ES256": EllipticCurvePrivateKey,
    "RS256": RSAPrivateKey,
}


@frozen
class LoadedKey:
    """A key ready for use. `head` is the first segment of every token it signs."""

    kid: str
    alg: str
    head: str
    jwk: Mapping[str, str]
    _algorithm: Algorithm = field(repr=False)
    _public: Any = field(repr=False)
    _private: PrivateKey = field(repr=False)

    @classmethod
    def of(cls, private_der: bytes, *, kid: str, alg: str) -> "LoadedKey":
        """Answers the key of a PKCS 8 private half.

        Raises:
            ValueError: not a key, of another algorithm, or not the one `kid` names.
        """
        # The vault authenticated these bytes, so the costly check of RSA numbers is left out.
        private = load_der_private_key(
            private_der, password=None, unsafe_skip_rsa_key_validation=True
        )
        kind = _KINDS.get(alg)
        if kind is None or not isinstance(private, kind):
            raise ValueError(f"signing key {kid} is no {alg} key")
        shown = _public_members(private, alg)
        if thumbprint(shown) != kid:
            raise ValueError(f"signing key {kid} is another key")
        return cls(
            kid=kid,
            alg=alg,
            head=text_of(msgspec.json.encode({"alg": alg, "kid": kid, "typ": TYP})),
            jwk={**shown, "kid": kid, "alg": alg, "use": "sig"},
            algorithm=jwt.get_algorithm_by_name(alg),
            public=private.public_key(),
            private=private,
        )

    def sign(self, message: bytes) -> bytes:
        """Answers the signature over `message`."""
        return self._algorithm.sign(message, self._private)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Tells whether this key made `signature` over `message`."""
        return self._algorithm.verify(message, self._public, signature)


@frozen
class JwtKeyMaker:
    """Implements KeyMaker."""

    def make(self, alg: str) -> KeyPair:
        """Answers a fresh pair; raises ValueError for an algorithm that is not ours."""
        private: PrivateKey
        match alg:
            case "EdDSA":
                private = Ed25519PrivateKey.generate()
            case "ES256":
                private = generate_private_key(SECP256R1())
            case "RS256":
                private = generate_rsa(public_exponent=65537, key_size=_RSA_BITS)
            case _:
                raise ValueError(f"{alg} is none of {', '.join(_KINDS)}")
        shown = _public_members(private, alg)
        return KeyPair(
            kid=thumbprint(shown),
            alg=alg,
            public_jwk=_canonical(shown).decode(),
            private=private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        )


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Answers the SHA-256 thumbprint of a public JWK (RFC 7638), 43 URL-safe signs."""
    return text_of(sha256(_canonical(jwk)).digest())


def text_of(raw: bytes) -> str:
    """Answers base64url without padding, as JOSE writes bytes."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _canonical(jwk: Mapping[str, str]) -> bytes:
    return msgspec.json.encode({name: jwk[name] for name in _PUBLIC_MEMBERS if name in jwk})


def _public_members(private: PrivateKey, alg: str) -> dict[str, str]:
    jwk = jwt.get_algorithm_by_name(alg).to_jwk(private.public_key(), as_dict=True)
    return {name: str(jwk[name]) for name in _PUBLIC_MEMBERS if name in jwk}
