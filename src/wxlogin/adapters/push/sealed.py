"""The encryption of pushed messages: AES-256-CBC, padded to 32 bytes, the appid at the end.

    16 random bytes | length of the message, 4 B | message | appid | 1 to 32 bytes of padding

The key is the EncodingAESKey's 43 signs of base64, its first 16 bytes are the IV. The page does
not tell the IV; the published vector does.
"""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK, _IV = 32, 16
_RANDOM, _LENGTH = 16, 4
_HEAD = _RANDOM + _LENGTH


def key_of(encoding_aes_key: str) -> bytes:
    """Answers the 32 bytes of an EncodingAESKey."""
    return b64decode(encoding_aes_key + "=")


def opened(encrypted: str, key: bytes, appid: str) -> bytes:
    """Answers the message in an encrypted one that is for this app.

    Raises:
        ValueError: it was not made with this key, or for another app, or is broken.
    """
    try:
        sealed = b64decode(encrypted, validate=True)
    except (NotBase64, ValueError):
        raise ValueError("not base64") from None
    if not sealed or len(sealed) % _BLOCK:
        raise ValueError("not whole blocks")
    decryptor = Cipher(AES256(key), CBC(key[:_IV])).decryptor()
    plain = _unpadded(decryptor.update(sealed) + decryptor.finalize())
    end = _HEAD + int.from_bytes(plain[_RANDOM:_HEAD])
    if len(plain) < _HEAD or end > len(plain):
        raise ValueError("shorter than it says")
    if not hmac.compare_digest(plain[end:], appid.encode()):
        raise ValueError("for another app")
    return plain[_HEAD:end]


def _unpadded(plain: bytes) -> bytes:
    count = plain[-1]
    if not 1 <= count <= _BLOCK:
        raise ValueError("wrong padding")
    if not hmac.compare_digest(plain[-count:], bytes([count]) * count):
        raise ValueError("wrong padding")
    return plain[:-count]
