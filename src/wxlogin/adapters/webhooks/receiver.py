"""WebhookReceiver: posts notices to the address of an application, signed, and hears its answer.

Headers, signature and body follow the Standard Webhooks specification 1.0.0.
"""

import asyncio
import hmac
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import msgspec
from attrs import define, field

from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.outbox import Notice, Reply
from wxlogin.domain.user import User

SECONDS, CONNECT_SECONDS = 15.0, 5.0
LANES = 8
"""So many may be under way from one process."""
ANSWER_MAX = 16 * 1024
"""What is read of an answer, so that the connection can be used again; nobody looks at it."""
_LONGEST_WISH_DIGITS = 9


@define(eq=False)
class WebhookReceiver:
    """Implements `Receiver`. Constructing opens nothing; `close` ends the connections.

    `secrets` all sign, newest first, so that a receiver that knows any of them is content. `show`
    makes of a user what the outside may see. `transport` replaces the network, in tests.
    """

    url: str = field(repr=False)
    secrets: Sequence[bytes] = field(repr=False)
    clock: Clock
    show: Callable[[User], Any] = field(repr=False)
    seconds: float = SECONDS
    transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)
    _client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)

    async def tell(self, notice: Notice, user: User | None) -> Reply:
        """See `Receiver.tell`."""
        body = msgspec.json.encode(self._said(notice, user))
        headers = self._signed(notice.id, body)
        try:
            async with (
                asyncio.timeout(self.seconds),
                self._opened().stream("POST", self.url, content=body, headers=headers) as response,
            ):
                await _heard_out(response)
                return _reply(response)
        except (TimeoutError, httpx.TimeoutException):
            return Reply(0, "timeout")
        except Exception as failure:  # noqa: BLE001 - whatever it is, the notice is not lost by it
            return Reply(0, type(failure).__name__)

    async def close(self) -> None:
        """Ends the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _said(self, notice: Notice, user: User | None) -> dict[str, Any]:
        data: dict[str, Any] = {}
        if notice.user_id:
            data["user"] = {"id": notice.user_id} if user is None else self.show(user)
        told = {"sid": notice.sid, "reason": notice.reason, "merged_user_id": notice.other_id}
        data |= {name: value for name, value in told.items() if value}
        at = notice.at.astimezone(UTC)
        return {"type": notice.kind.value, "timestamp": at, "data": data}

    def _signed(self, notice_id: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self.clock.now().timestamp()))
        content = f"{notice_id}.{timestamp}.".encode() + body
        return {
            "content-type": "application/json",
            "user-agent": "wxlogin",
            "webhook-id": notice_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(_signature(each, content) for each in self.secrets),
        }

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self.transport,
                timeout=httpx.Timeout(self.seconds, connect=CONNECT_SECONDS),
                limits=httpx.Limits(max_connections=LANES, max_keepalive_connections=LANES),
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def _signature(secret: bytes, content: bytes) -> str:
    return "v1," + b64encode(hmac.digest(secret, content, "sha256")).decode()


async def _heard_out(response: httpx.Response) -> None:
    """Reads the answer as it comes, never unpacked; a longer one costs the connection."""
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > ANSWER_MAX:
            return


def _reply(response: httpx.Response) -> Reply:
    wish = response.headers.get("retry-after", "")
    known = wish.isascii() and wish.isdigit() and len(wish) <= _LONGEST_WISH_DIGITS
    return Reply(response.status_code, str(response.status_code), int(wish) if known else None)
