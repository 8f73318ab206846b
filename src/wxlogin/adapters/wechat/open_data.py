"""AES-128-CBC with PKCS#7, as WeChat encrypts open data (开放数据校验与解密)."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import frozen
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK = 16


@frozen
class OpenData:
    """Implements OpenDataReader."""

    def read(self, session_key: str, encrypted: bytes, iv: bytes) -> Mapping[str, Any] | None:
        """Answers the JSON object inside.

        A wrong key passes for good padding once in 256 times, so what comes out must be JSON; and
        the same work is done for good and bad padding.
        """
        try:
            key = b64decode(session_key, validate=True)
            if not encrypted or len(encrypted) % _BLOCK:
                return None
            decryptor = Cipher(AES128(key), CBC(iv)).decryptor()
        except ValueError:
            return None
        padded = decryptor.update(encrypted) + decryptor.finalize()
        length = min(max(padded[-1], 1), _BLOCK)
        good = padded.endswith(bytes([length]) * length)
        try:
            told = msgspec.json.decode(padded[:-length])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return told if good and isinstance(told, dict) else None
