"""verify_webhook: tells wxlogin's webhooks from forged and replayed ones (Standard Webhooks 1.0.0).

webhook = verify_webhook(os.environ["WXLOGIN_WEBHOOK_SECRET"], request.headers, body)
"""

import hmac
import json
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import field, frozen

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
_machine_clock: Callable[[], float] = time.time  # noqa: TID251 - who checks has no Clock port


class WebhookRejected(Exception):
    """Not wxlogin's, altered, or too old. `why` is for your log; answer 401 and nothing else."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@frozen
class Webhook:
    """What wxlogin tells. `id` is the same however often it is sent: heed each id once.

    `timestamp` is when it happened, RFC 3339 in UTC; `data` is as docs/webhooks.md has it.
    """

    id: str
    type: str
    timestamp: str
    data: Mapping[str, Any] = field(repr=False, hash=False)


def verify_webhook(
    secrets: str | Iterable[str],
    headers: Mapping[str, str],
    body: bytes,
    now: float | None = None,
) -> Webhook:
    """Answers a webhook that is wxlogin's, and was sent within five minutes.

    `secrets` as in WXLOGIN_WEBHOOK_SECRET: one, or several with commas between them, any of which
    will do. `headers` in any writing; `body` is what came, byte for byte. `now` is Unix time.

    Raises:
        WebhookRejected: it does not count.
        ValueError: a secret is not one.
    """
    keys = list(_keys(secrets))
    said = {name.lower(): value for name, value in headers.items()}
    webhook_id, sent = said.get("webhook-id", ""), said.get("webhook-timestamp", "")
    signatures = said.get("webhook-signature", "")
    if not (webhook_id and sent and signatures):
        raise WebhookRejected("headers are missing")
    if not (sent.isascii() and sent.isdigit() and len(sent) < 12):  # noqa: PLR2004 - for millennia
        raise WebhookRejected("the timestamp is no number")
    if abs((_machine_clock() if now is None else now) - int(sent)) > TOLERANCE_SECONDS:
        raise WebhookRejected("the timestamp is too old, or clocks differ")
    content = f"{webhook_id}.{sent}.".encode() + body
    if not _signed(signatures, content, keys):
        raise WebhookRejected("no signature fits")
    told = json.loads(body)
    return Webhook(webhook_id, told["type"], told["timestamp"], told["data"])


def _signed(signatures: str, content: bytes, keys: Iterable[bytes]) -> bool:
    good = [b64encode(hmac.digest(key, content, "sha256")) for key in keys]
    shown = [
        each.removeprefix("v1,").encode() for each in signatures.split() if each.startswith("v1,")
    ]
    return any(hmac.compare_digest(one, other) for one in good for other in shown)


def _keys(secrets: str | Iterable[str]) -> Iterator[bytes]:
    for each in secrets.split(",") if isinstance(secrets, str) else secrets:
        try:
            key = b64decode(each.strip().removeprefix(_PREFIX), validate=True)
        except NotBase64:
            key = b""
        if not key:
            raise ValueError("a webhook secret is whsec_ and base64")
        yield key
