"""Open data as a phone has it: WeChat's published vector, and pieces of our own."""

import json
from base64 import b64decode, b64encode
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC

VECTOR_KEY, VECTOR_IV = "tiihtNczf5v6AKRyjwEUhQ==", "r7BXXKkLb8qrSNn05n0qiA=="
VECTOR = (
    "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC"
    "+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poO"
    "FtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8"
    "xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB"
    "6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJd"
    "NiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOy"
    "uxINew=="
)
"""开放数据校验与解密: encryptedData of the published sample."""
VECTOR_SHA1 = "1bb53e6dd18d9ce69f530c3ca014a1ac5d7534dd"
IV = b"iv of 16 bytes.."


def encrypted(key: str, plain: bytes, iv: bytes = IV, padding: bytes | None = None) -> bytes:
    """Encrypt as WeChat does; `padding` where it is to be wrong."""
    missing = 16 - len(plain) % 16
    encryptor = Cipher(AES128(b64decode(key)), CBC(iv)).encryptor()
    padded = plain + (bytes([missing]) * missing if padding is None else padding)
    return encryptor.update(padded) + encryptor.finalize()


def piece(key: str, appid: str, timestamp: float, **told: Any) -> dict[str, str]:
    """Answer what a phone sends of something WeChat tells, marked for an app and a moment."""
    marked = {**told, "watermark": {"timestamp": int(timestamp), "appid": appid}}
    content = encrypted(key, json.dumps(marked).encode())
    return {"encrypted_data": b64encode(content).decode(), "iv": b64encode(IV).decode()}
