"""Pushed messages as WeChat writes, signs and encrypts them ("消息推送").

Written for the simulator alone, so that whoever reads such messages is tested by somebody else's
understanding of the page.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import msgspec
from attrs import field, frozen
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MODES = ("plain", "compatible", "safe")
FORMATS = ("json", "xml")
_TYPES = {"json": "application/json", "xml": "text/xml"}
_PAD_TO = 32


@frozen
class Console:
    """What is set on the console's message push page, and what makes a message look random."""

    token: str = field(repr=False)
    aes_key: str | None = field(repr=False)
    appid: str
    nonce: str
    random: bytes = field(repr=False)


@frozen
class Letter:
    """One request that WeChat sends: the query to add to the address, and the body."""

    query: str = field(repr=False)
    body: bytes = field(repr=False)
    content_type: str


def signed(token: str, timestamp: str, nonce: str, *more: str) -> str:
    """Answer the signature: SHA-1 over the texts in order, put together."""
    texts = sorted([token, timestamp, nonce, *more])
    return hashlib.sha1("".join(texts).encode(), usedforsecurity=False).hexdigest()


def seal(message: bytes, aes_key: str, appid: str, random: bytes) -> str:
    """Encrypt: 16 random bytes, length, message and appid, padded to 32, AES-256-CBC, base64."""
    key = b64decode(aes_key + "=")
    plain = random + len(message).to_bytes(4, "big") + message + appid.encode()
    missing = _PAD_TO - len(plain) % _PAD_TO
    plain += bytes([missing]) * missing
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    return b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def letter(
    fields: Mapping[str, Any], console: Console, *, mode: str, form: str, timestamp: str
) -> Letter:
    """Write a message as a request, in a mode (`MODES`) and a format (`FORMATS`).

    Raises ValueError where a mode needs an AES key and there is none.
    """
    query = {
        "signature": signed(console.token, timestamp, console.nonce),
        "timestamp": timestamp,
        "nonce": console.nonce,
    }
    envelope = dict(fields)
    if mode != "plain":
        if console.aes_key is None:
            raise ValueError(f"mode {mode} needs an AES key")
        encrypted = seal(written(fields, form), console.aes_key, console.appid, console.random)
        envelope = {"ToUserName": fields.get("ToUserName", ""), "Encrypt": encrypted}
        if mode == "compatible":
            envelope = {**fields, "Encrypt": encrypted}
        query |= {
            "openid": str(fields.get("FromUserName", "")),
            "encrypt_type": "aes",
            "msg_signature": signed(console.token, timestamp, console.nonce, encrypted),
        }
    return Letter(urlencode(query), written(envelope, form), _TYPES[form])


def written(fields: Mapping[str, Any], form: str) -> bytes:
    """Write a message in a format."""
    return _xml("xml", fields).encode() if form == "xml" else msgspec.json.encode(fields)


def _xml(name: str, value: Any) -> str:
    match value:
        case dict():
            inner = "".join(_xml(each, value[each]) for each in value)
        case list():
            return "".join(_xml(name, each) for each in value)
        case str() if "]]>" not in value:
            inner = f"<![CDATA[{value}]]>"
        case _:
            inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"
