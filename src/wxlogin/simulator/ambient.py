"""The one file of the simulator that looks at the real clock and at real randomness."""

import hashlib
import secrets
import time
from string import ascii_lowercase, ascii_uppercase, digits

from attrs import define, field

ALNUM = digits + ascii_lowercase + ascii_uppercase
URLSAFE = ALNUM + "-_"
HEX = "0123456789abcdef"


def wall_clock() -> float:
    """Answer the time of this machine, in seconds since 1970."""
    return time.time()


@define
class Draws:
    """Draw codes, keys and tokens: at random, or always the same row of them for one seed."""

    seed: str | None = None
    _drawn: int = field(default=0, init=False)

    def octets(self, count: int) -> bytes:
        """Answer `count` fresh bytes."""
        if self.seed is None:
            return secrets.token_bytes(count)
        self._drawn += 1
        return hashlib.shake_256(f"{self.seed}/{self._drawn}".encode()).digest(count)

    def text(self, alphabet: str, length: int) -> str:
        """Answer `length` characters of `alphabet`; good enough for a stand-in, not for a vault."""
        return "".join(alphabet[octet % len(alphabet)] for octet in self.octets(length))
