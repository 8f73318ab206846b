"""Wire: one question to wxlogin over httpx, from a thread or from an event loop.

What to ask and what to make of the answer is decided elsewhere (`jwks`, `revocations`), once.
"""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx
from attrs import define, field, frozen


@frozen
class Ask:
    """A question: a path of the service, its query and its headers."""

    path: str
    query: Mapping[str, str] = field(factory=dict)
    headers: Mapping[str, str] = field(factory=dict, repr=False)


@frozen
class Answer:
    """What came back. Status 0: nothing did, and `error` names what stood in the way."""

    status: int
    body: bytes = field(default=b"", repr=False)
    etag: str | None = None
    error: str = ""


@define(eq=False)
class Wire:
    """Carries questions to `base_url`; never raises because of the network.

    Each question opens and closes a connection: they are seconds or minutes apart, longer than
    servers keep one, and so nothing is tied to an event loop or shared after a fork.
    """

    base_url: str
    timeout: float
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    transport: httpx.BaseTransport | None = None
    async_transport: httpx.AsyncBaseTransport | None = None

    def send(self, ask: Ask) -> Answer:
        """Answers what the service says, waiting in this thread."""
        try:
            with httpx.Client(transport=self.transport, **self._settings()) as client:
                return _answer(client.get(ask.path, params=ask.query, headers=ask.headers))
        except (httpx.HTTPError, OSError) as failure:
            return _failed(failure)

    async def asend(self, ask: Ask) -> Answer:
        """Answers what the service says, waiting in this event loop."""
        try:
            async with httpx.AsyncClient(
                transport=self.async_transport, **self._settings()
            ) as client:
                return _answer(await client.get(ask.path, params=ask.query, headers=ask.headers))
        except (httpx.HTTPError, OSError) as failure:
            return _failed(failure)

    def _settings(self) -> dict[str, Any]:
        if self.tls is None:
            self.tls = httpx.create_ssl_context()  # costs 20 ms, so once
        return {"base_url": self.base_url, "timeout": self.timeout, "verify": self.tls}


def _answer(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.content, response.headers.get("etag"))


def _failed(failure: Exception) -> Answer:
    # Only the kind: the text may hold an address with a password in it.
    return Answer(0, error=type(failure).__name__)
