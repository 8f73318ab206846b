"""From what an operator wrote to a value, or to a word about what is wrong with it."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.domain.use_cases.open_data import KINDS
from wxlogin.domain.use_cases.phone import PhonePolicy
from wxlogin.entrypoints.settings.bucket import bucket
from wxlogin.entrypoints.settings.model import Environment, LogFormat
from wxlogin.entrypoints.settings.problems import Wrong

Reader = Callable[[str], Any]

_TEN_YEARS = 315_360_000
_KEY_BYTES = 32
# 32 random bytes hold about 30 different ones; fewer than 16 do not happen by chance.
_FEWEST_DIFFERENT = 16
_SHOWN = 60
_VERSION_MAX = 64
_FEWEST_SECRET_BYTES, _MOST_SECRET_BYTES = 24, 64
"""Of a webhook secret (Standard Webhooks 1.0.0)."""


def one_of(**values: Any) -> Reader:
    """Answers a reader that knows these words only."""

    def read(text: str) -> Any:
        if text.lower() not in values:
            raise Wrong("not_one_of", value=_shown(text), options=", ".join(values))
        return values[text.lower()]

    return read


def number(low: int, high: int) -> Reader:
    """Answers a reader of whole numbers in a range."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise Wrong("not_a_number", value=_shown(text), low=low, high=high)
        return int(text)

    return read


def seconds(low: int, high: int = _TEN_YEARS) -> Reader:
    """Answers a reader of durations in seconds; fractions are welcome."""

    def read(text: str) -> timedelta:
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text) or not low <= float(text) <= high:
            raise Wrong("not_a_number", value=_shown(text), low=low, high=high)
        return timedelta(seconds=float(text))

    return read


def days(low: int, high: int) -> Reader:
    """Answers a reader of durations in whole days."""
    whole = number(low, high)
    return lambda text: timedelta(days=whole(text))


def word(text: str) -> str:
    """Reads visible ASCII signs without a space, as in a token or a host."""
    if not re.fullmatch(r"[!-~]+", text):
        raise Wrong("spaces")
    return text


def appid(text: str) -> str:
    """Reads an AppID; the tools' own test ids do not all begin with wx."""
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", text):
        raise Wrong("appid_shape")
    return text


def version(text: str) -> str:
    """Reads the name of a version: what a client can send as one."""
    if len(word(text)) > _VERSION_MAX:
        raise Wrong("too_long", high=_VERSION_MAX)
    return text


def open_data(text: str) -> frozenset[str]:
    """Reads kinds of open data with commas or spaces between them."""
    return frozenset(_kind(each) for each in re.split(r"[,\s]+", text.strip(", ")))


def push_aes_key(text: str) -> str:
    """Reads an EncodingAESKey: 43 signs of base64 (wechat docs: 消息推送)."""
    if not re.fullmatch(r"[0-9A-Za-z+/]{43}", text):
        raise Wrong("aes_key_shape")
    return text


def web_address(text: str) -> str:
    """Reads an http(s) address and answers it without a final slash."""
    parts = _split(text)
    if (
        parts is None
        or parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.username is not None
        or parts.query
        or parts.fragment
        or not re.fullmatch(r"[!-~]+", text)
    ):
        raise Wrong("not_http", value=_shown(_without_user(text)))
    return text.rstrip("/")


def webhook_address(text: str) -> str:
    """Reads an http(s) address and answers it as it was written: a final slash matters."""
    web_address(text)
    return text


def webhook_secrets(text: str) -> tuple[bytes, ...]:
    """Reads comma-separated secrets, newest first: whsec_ and 24 to 64 bytes in base64."""
    found = tuple(_webhook_secret(part.strip()) for part in text.split(","))
    if len(set(found)) < len(found):
        raise Wrong("key_twice")
    return found


def _webhook_secret(part: str) -> bytes:
    try:
        key = b64decode(part.removeprefix("whsec_").encode("ascii", "replace"), validate=True)
    except NotBase64:
        key = b""
    if not _FEWEST_SECRET_BYTES <= len(key) <= _MOST_SECRET_BYTES:
        raise Wrong("webhook_secret_shape")
    return key


def is_https(address: str) -> bool:
    """Tells whether an address read by `web_address` is encrypted."""
    return urlsplit(address).scheme == "https"


def is_loopback(address: str) -> bool:
    """Tells whether an address read by `web_address` leads to this very machine."""
    host = urlsplit(address).hostname or ""
    try:
        found = ip_address(host)
    except ValueError:
        return host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
    mapped = getattr(found, "ipv4_mapped", None) or found
    return bool(mapped.is_loopback or mapped.is_unspecified)


def database(text: str) -> str:
    """Reads a database address: a SQLite file, PostgreSQL, MySQL or MariaDB."""
    parts = _split(text)
    if parts is None or parts.scheme not in {
        "sqlite", "postgresql", "postgres", "mysql", "mariadb",
    }:  # fmt: skip
        raise Wrong("database_scheme")
    if parts.scheme == "sqlite":
        if text in {"sqlite:", "sqlite://", "sqlite:///"} or ":memory:" in text:
            raise Wrong("database_memory")
        if not text.startswith("sqlite:///"):
            raise Wrong("database_scheme")
    elif not parts.path.strip("/"):
        raise Wrong("database_unnamed")
    return text


def redis(text: str) -> str:
    """Reads a Redis address."""
    parts = _split(text)
    if parts is None or parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise Wrong("redis_scheme")
    return text


def networks(text: str) -> tuple[str, ...]:
    """Reads IP addresses and networks with commas or spaces between them."""
    found = tuple(re.split(r"[,\s]+", text.strip(", ")))
    for each in found:
        try:
            ip_network(each, strict=False)
        except ValueError:
            raise Wrong("not_an_address", value=_shown(each)) from None
    return found


def names(text: str) -> tuple[str, ...]:
    """Reads names with commas between them, Chinese ones too."""
    return tuple(name for each in re.split("[,，、]", text) if (name := each.strip()))


def master_keys(text: str) -> tuple[bytes, ...]:
    """Reads comma-separated base64, 32 bytes each, newest first; no key is ever quoted."""
    keys = tuple(_master_key(part.strip(), at) for at, part in enumerate(text.split(","), start=1))
    if len(set(keys)) < len(keys):
        raise Wrong("key_twice")
    return keys


def _master_key(part: str, at: int) -> bytes:
    if not part:
        raise Wrong("key_empty", at=at)
    try:
        key = b64decode(
            part.encode("ascii", "replace").translate(bytes.maketrans(b"-_", b"+/")), validate=True
        )
    except NotBase64:
        raise Wrong("key_not_base64", at=at) from None
    if len(key) != _KEY_BYTES:
        raise Wrong("key_length", at=at, length=len(key))
    if len(set(key)) < _FEWEST_DIFFERENT or key == bytes(range(_KEY_BYTES)):
        raise Wrong("key_weak", at=at)
    return key


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # is parsed only when asked for
    except ValueError:
        return None
    return parts


def _without_user(address: str) -> str:
    """Hides what stands before an @, which may be a password."""
    return re.sub(r"//.*@", "//…@", address)


def _shown(text: str) -> str:
    """Answers a value as one printable line of bounded length."""
    clean = "".join(sign if sign.isprintable() else "?" for sign in text)
    return clean if len(clean) <= _SHOWN else clean[:_SHOWN] + "…"


ON_OFF = one_of(on=True, off=False)
_kind = one_of(**{kind: kind for kind in KINDS})

READERS: dict[str, Reader] = {
    "appid": appid,
    "appsecret": word,
    "database_url": database,
    "data_dir": Path,
    "master_key": master_keys,
    "wechat_base_url": web_address,
    "wechat_timeout": seconds(1, 60),
    "wechat_calls_per_minute": number(1, 10_000_000),
    "push_token": word,
    "push_aes_key": push_aes_key,
    "open_data": open_data,
    "service_token": word,
    "rate_limit": ON_OFF,
    "content_check": ON_OFF,
    "content_check_fail": one_of(closed=ContentPolicy.FAIL_CLOSED, open=ContentPolicy.FAIL_OPEN),
    "phone_taken": one_of(refuse=PhonePolicy.REFUSE, move=PhonePolicy.MOVE),
    "reserved_names": names,
    "issuer": web_address,
    "audience": word,
    "signing_alg": one_of(eddsa="EdDSA", es256="ES256", rs256="RS256"),
    "key_rotation_days": days(0, 3650),
    "trusted_proxies": networks,
    "host": word,
    "port": number(1, 65535),
    "workers": number(1, 256),
    "access_ttl": seconds(1),
    "refresh_ttl": seconds(1),
    "refresh_reuse_seconds": seconds(0),
    "tutorial_ttl": seconds(1),
    "session_max_days": days(0, 3650),
    "sessions_per_user": number(1, 1000),
    "audit_days": days(1, 3650),
    "erasure_grace_days": days(0, 90),
    "consent_version": version,
    "consent_required": ON_OFF,
    "redis_url": redis,
    "avatar_store": bucket,
    "s3_access_key": word,
    "s3_secret": word,
    "webhook_url": webhook_address,
    "webhook_secret": webhook_secrets,
    "log_level": one_of(debug="debug", info="info", warning="warning", error="error"),
    "log_format": one_of(json=LogFormat.JSON, text=LogFormat.TEXT),
    "env": one_of(production=Environment.PRODUCTION, development=Environment.DEVELOPMENT),
}
"""Every setting by its name, and how it is read."""

SECRETS = frozenset({
    "appsecret", "database_url", "master_key", "push_token", "push_aes_key", "service_token",
    "redis_url", "webhook_secret", "s3_access_key", "s3_secret",
})  # fmt: skip
"""Settings that may come from a file, and whose value is never shown."""

APP_READERS: dict[str, Reader] = {
    "appid": appid,
    "secret": word,
    "push_token": word,
    "push_aes_key": push_aes_key,
    "open_data": open_data,
}
"""What an [[apps]] table may hold."""
APP_SECRETS = frozenset(APP_READERS) - {"appid", "open_data"}
