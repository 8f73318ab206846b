"""AES-GCM and HMAC under keys that HKDF derives from the master key, one per purpose.

    version 1 B | key id 4 B | nonce 12 B | ciphertext | tag 16 B

The key id is itself derived, so it tells nothing about the master key; it finds the right key
during a rotation without trying them all. Nonces are random: one purpose of one master key may
seal about 4 billion times (NIST SP 800-38D), then the master key wants rotating.
"""

import hmac
import os
from collections.abc import Iterable

from attrs import Factory, field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from wxlogin.domain.refresh_token import MacKeys

KEY_BYTES = 32
_VERSION = b"\x01"
_ID_BYTES, _NONCE_BYTES, _TAG_BYTES = 4, 12, 16
_HEADER = len(_VERSION) + _ID_BYTES
_SHORTEST = _HEADER + _NONCE_BYTES + _TAG_BYTES


@frozen
class _MasterKey:
    """One master key and what was derived from it so far; purposes are few and named in code."""

    _key: bytes = field(repr=False)
    key_id: bytes = field(init=False, repr=False)
    _ciphers: dict[str, AESGCM] = field(factory=dict, init=False, repr=False)
    _indexes: dict[str, hmac.HMAC] = field(factory=dict, init=False, repr=False)

    @key_id.default
    def _derive_id(self) -> bytes:
        return self.derive("key id", _ID_BYTES)

    def derive(self, label: str, length: int = KEY_BYTES) -> bytes:
        info = f"wxlogin/1/{label}".encode()
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self._key)

    def cipher(self, purpose: str) -> AESGCM:
        found = self._ciphers.get(purpose)
        if found is None:
            found = self._ciphers[purpose] = AESGCM(self.derive(f"seal/{purpose}"))
        return found

    def index(self, plain: bytes, purpose: str) -> str:
        begun = self._indexes.get(purpose)
        if begun is None:
            key = self.derive(f"index/{purpose}")
            begun = self._indexes[purpose] = hmac.new(key, digestmod="sha256")
        index = begun.copy()
        index.update(plain)
        return index.hexdigest()


def _told_apart(keys: Iterable[bytes]) -> tuple[_MasterKey, ...]:
    ring = tuple(_MasterKey(key) for key in keys)
    if not ring:
        raise ValueError("at least one master key is needed")
    if len({key.key_id for key in ring}) < len(ring):
        raise ValueError("two master keys are the same or share a key id")
    return ring


def _all_long_enough(_vault: object, _field: object, keys: tuple[bytes, ...]) -> None:
    if any(len(key) != KEY_BYTES for key in keys):
        raise ValueError(f"a master key has {KEY_BYTES} bytes")


@frozen
class MasterVault:
    """Implements Vault over master keys, newest first, 32 bytes each.

    Raises:
        ValueError: no key, one of another length, or two that cannot be told apart.
    """

    _master_keys: tuple[bytes, ...] = field(repr=False, validator=_all_long_enough)
    _ring: tuple[_MasterKey, ...] = field(
        init=False,
        repr=False,
        default=Factory(lambda self: _told_apart(self._master_keys), takes_self=True),
    )
    _by_id: dict[bytes, _MasterKey] = field(
        init=False,
        repr=False,
        default=Factory(lambda self: {key.key_id: key for key in self._ring}, takes_self=True),
    )
    _mac_keys: MacKeys = field(
        init=False, repr=False, default=Factory(lambda self: self._derive_macs(), takes_self=True)
    )

    def seal(self, plain: bytes, *, purpose: str, row: str) -> bytes:
        """Encrypts and authenticates under the newest key."""
        newest = self._ring[0]
        head = _VERSION + newest.key_id
        # Not from the Ids port: a twin that repeated a nonce would break the cipher.
        nonce = os.urandom(_NONCE_BYTES)
        sealed = newest.cipher(purpose).encrypt(nonce, plain, _bound_to(head, purpose, row))
        return head + nonce + sealed

    def open(self, sealed: bytes, *, purpose: str, row: str) -> bytes:
        """Answers the plain bytes; raises ValueError when they are not what was sealed here."""
        if len(sealed) < _SHORTEST or sealed[:1] != _VERSION:
            raise ValueError("not something this vault sealed")
        head, body = sealed[:_HEADER], sealed[_HEADER:]
        key = self._by_id.get(head[1:])
        if key is None:
            raise ValueError("sealed with a master key that is no longer known")
        try:
            return key.cipher(purpose).decrypt(
                body[:_NONCE_BYTES], body[_NONCE_BYTES:], _bound_to(head, purpose, row)
            )
        except InvalidTag as wrong:
            raise ValueError("tampered with, or sealed for another purpose or row") from wrong

    def index(self, plain: bytes, *, purpose: str) -> str:
        """Answers HMAC-SHA256 under the newest key, 64 hex digits."""
        return self._ring[0].index(plain, purpose)

    def indexes(self, plain: bytes, *, purpose: str) -> tuple[str, ...]:
        """Answers the HMAC under every key, newest first."""
        return tuple(key.index(plain, purpose) for key in self._ring)

    def mac_keys(self) -> MacKeys:
        """Answers the keys that derive refresh tokens."""
        return self._mac_keys

    def _derive_macs(self) -> MacKeys:
        return MacKeys(
            newest=self._ring[0].key_id,
            keys={key.key_id: key.derive("refresh token") for key in self._ring},
        )


def _bound_to(head: bytes, purpose: str, row: str) -> bytes:
    """Answers the associated data; the length keeps `a` + `bc` apart from `ab` + `c`."""
    named = purpose.encode()
    return head + len(named).to_bytes(2, "big") + named + row.encode()
