"""WeChatPush: tells WeChat's messages from others', and reads them."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Self

from attrs import field, frozen

from wxlogin.adapters.push import bodies, sealed
from wxlogin.domain.errors import NotFound
from wxlogin.domain.ports.push import Pushed, PushRefused, Shown
from wxlogin.domain.push_event import PushEvent

_ENCRYPTED = "Encrypt"


@frozen
class PushApp:
    """What the console's message push page and we agree on for one app."""

    token: str = field(repr=False)
    key: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, token: str, encoding_aes_key: str | None) -> Self:
        """Answers it from the texts of the settings."""
        return cls(token, None if encoding_aes_key is None else sealed.key_of(encoding_aes_key))


@frozen
class WeChatPush:
    """Implements PushReader. `apps` are those with a push token, by appid."""

    apps: Mapping[str, PushApp] = field(repr=False)

    def check_address(self, appid: str, shown: Shown) -> None:
        """See `PushReader.check_address`; the answer to WeChat is never encrypted."""
        app = self._app(appid)
        _check(shown.signature, app.token, shown)

    def read(self, appid: str, shown: Shown, body: bytes) -> Pushed:
        """See `PushReader.read`.

        Where an app has a key, what a compatible message says in the clear is not looked at. What
        is plain is signed without its content, so its signature may come with one event only:
        whoever sees such a request could make up others.
        """
        app, once = self._app(appid), None
        if app.key is None:
            # Before the body is looked at: strangers make us parse nothing.
            _check(shown.signature, app.token, shown)
            told = _fields(body)
            once = f"{appid} {shown.signature}".encode()
        else:
            encrypted = _fields(body).get(_ENCRYPTED)
            if not isinstance(encrypted, str):
                raise PushRefused("plain")
            encrypted = encrypted.strip()
            _check(shown.msg_signature, app.token, shown, encrypted)
            told = _fields(_opened(encrypted, app.key, appid))
        told = {name: value for name, value in told.items() if name != _ENCRYPTED}
        try:
            return Pushed(PushEvent.of(appid, told), once)
        except ValueError:
            raise PushRefused("no_event") from None

    def _app(self, appid: str) -> PushApp:
        app = self.apps.get(appid)
        if app is None:
            raise NotFound
        return app


def _check(signature: str, token: str, shown: Shown, *more: str) -> None:
    parts = sorted((token, shown.timestamp, shown.nonce, *more))
    expected = hashlib.sha1("".join(parts).encode(errors="replace")).hexdigest()  # noqa: S324 - WeChat's choice
    if not hmac.compare_digest(signature.encode(errors="replace"), expected.encode()):
        raise PushRefused("signature")


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        return bodies.read(body)
    except ValueError:
        raise PushRefused("unreadable") from None


def _opened(encrypted: str, key: bytes, appid: str) -> bytes:
    try:
        return sealed.opened(encrypted, key, appid)
    except ValueError:
        raise PushRefused("sealed_otherwise") from None
