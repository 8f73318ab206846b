"""What the master key is for."""

from typing import Protocol

from wxlogin.domain.refresh_token import MacKeys


class Vault(Protocol):
    """Seals what is sensitive at rest and derives keys, each for one purpose.

    The master key comes from outside and is never stored. Several master keys mean rotation: the
    newest seals, all open.
    """

    def seal(self, plain: bytes, *, purpose: str, row: str) -> bytes:
        """Encrypts and authenticates; `purpose` and `row` must be the same to open it again."""

    def open(self, sealed: bytes, *, purpose: str, row: str) -> bytes:
        """Answers the plain bytes.

        Raises:
            ValueError: tampered with, of another purpose or row, or of a key no longer known.
        """

    def index(self, plain: bytes, *, purpose: str) -> str:
        """Answers a keyed hash as hex, by which a sealed value can be looked up (newest key)."""

    def indexes(self, plain: bytes, *, purpose: str) -> tuple[str, ...]:
        """Answers the keyed hashes under every known master key, newest first."""

    def mac_keys(self) -> MacKeys:
        """Answers the keys that derive refresh tokens."""
