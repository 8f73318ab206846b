"""Public keys as a JWK set shows them (RFC 7517), each pinned to one algorithm."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jwt
from attrs import field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from jwt.algorithms import Algorithm

_SHORTEST_RSA = 2048
# kty, crv → the one algorithm such a key may be used with here
_ALGORITHMS: Mapping[tuple[str, str | None], str] = {
    ("OKP", "Ed25519"): "EdDSA",
    ("EC", "P-256"): "ES256",
    ("RSA", None): "RS256",
}
_PRIVATE_MEMBERS = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})


@frozen
class PublicKey:
    """A key that verifies with one algorithm, whatever a token asks for."""

    kid: str
    alg: str
    jwk: Mapping[str, Any] = field(repr=False)
    _algorithm: Algorithm = field(repr=False, eq=False)
    _key: Any = field(repr=False, eq=False)

    @classmethod
    def of(cls, jwk: Mapping[str, Any]) -> "PublicKey":
        """Answers the key of a JWK.

        Raises:
            ValueError: not a signature key of an algorithm known here.
        """
        kid, kty, crv = jwk.get("kid"), jwk.get("kty"), jwk.get("crv")
        if not (isinstance(kid, str) and kid and isinstance(kty, str)):
            raise ValueError("no kid or kty")
        if not (crv is None or isinstance(crv, str)):
            raise ValueError("crv is no text")
        alg = _ALGORITHMS.get((kty, crv))
        if alg is None or jwk.get("alg", alg) != alg or jwk.get("use", "sig") != "sig":
            raise ValueError("not for signatures, or of another algorithm")
        if not _PRIVATE_MEMBERS.isdisjoint(jwk):
            raise ValueError("a secret key has no business here")
        algorithm = jwt.get_algorithm_by_name(alg)
        try:
            key = algorithm.from_jwk(dict(jwk))
        except (jwt.InvalidKeyError, UnsupportedAlgorithm, TypeError, KeyError) as unfit:
            raise ValueError("not a key") from unfit
        if alg == "RS256" and key.key_size < _SHORTEST_RSA:
            raise ValueError("an RSA key this short proves nothing")
        return cls(kid, alg, dict(jwk), algorithm, key)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Tells whether this key made `signature` over `message`."""
        return bool(self._algorithm.verify(message, self._key, signature))


@frozen
class KeySet:
    """The keys of an issuer as last seen; two sets are the same when all keys are."""

    by_kid: Mapping[str, PublicKey]

    @classmethod
    def of(cls, document: bytes) -> "KeySet":
        """Answers the usable keys of a JWK set; others are left out, as RFC 7517 wants.

        Raises:
            ValueError: no JWK set, or none of its keys can be used.
        """
        try:
            found = json.loads(document)
        except RecursionError as deep:
            raise ValueError("nested too deeply") from deep
        match found:
            case {"keys": list(jwks)}:
                # Of two keys with one name the first counts.
                keys = {key.kid: key for key in _usable(reversed(jwks))}
            case _:
                raise ValueError("not a JWK set")
        if not keys:
            raise ValueError("no key in it can be used")
        return cls(keys)


def _usable(jwks: Iterator[Any]) -> Iterator[PublicKey]:
    for jwk in jwks:
        if isinstance(jwk, dict):
            try:
                yield PublicKey.of(jwk)
            except ValueError:
                continue
