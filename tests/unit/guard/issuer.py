"""A wxlogin for the guard's tests: keys, tokens, and the two routes the guard asks, in process."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from attrs import define, field
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.forge import SigningKey as Signing
from wxlogin.guard import Guard

ISSUER, AUDIENCE, SERVICE_TOKEN = "https://login.example.com", "wxlogin", "service-token"
NOW = 1_800_000_000
TTL = 900
USER, SID, APPID = "0190-user", "0190-session", "wx0123456789abcdef"


class SigningKey(Signing):
    """A key pair of this issuer."""

    def token(self, header: Any = None, payload: Any = None, **claims: Any) -> str:
        """Answer a token truly signed by this key; over anything, if so wished."""
        head = self.header if header is None else header
        return self.signed(head, said(**claims) if payload is None else payload)


def said(**claims: Any) -> dict[str, Any]:
    """Answer the claims of a good token, some of them changed; None leaves one out."""
    good = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": USER, "client_id": APPID, "sid": SID, "jti": "j1",
        "iat": NOW, "exp": NOW + TTL,
    }  # fmt: skip
    return {name: value for name, value in {**good, **claims}.items() if value is not None}


ED, ED_NEXT = (SigningKey(f"ed-{n}", "EdDSA", ed25519.Ed25519PrivateKey.generate()) for n in (1, 2))
EC = SigningKey("ec-1", "ES256", ec.generate_private_key(ec.SECP256R1()))
RSA = SigningKey("rsa-1", "RS256", rsa.generate_private_key(public_exponent=65537, key_size=2048))


@define
class SetClock:
    """A clock that moves when told to."""

    now: float = NOW

    def __call__(self) -> float:
        """Answer the time."""
        return self.now


@define
class FakeIssuer:
    """Answers JWKS and feed. `down` lets every call fail, `status` answers that instead."""

    keys: list[SigningKey] = field(factory=lambda: [ED])
    clock: SetClock = field(factory=SetClock)
    ended: list[Mapping[str, Any]] = field(factory=list)
    down: bool = False
    status: int = 200
    asked: list[str] = field(factory=list)
    not_modified: int = 0
    on_ask: Callable[[], None] = field(default=lambda: None)
    body: bytes | None = None

    def settings(self, **more: Any) -> dict[str, Any]:
        """Answer what makes a guard of this issuer, over no network."""
        transport = httpx.MockTransport(self.answer)
        settings = {
            "issuer": ISSUER, "clock": self.clock, "transport": transport,
            "async_transport": transport,
        }  # fmt: skip
        return {**settings, **more}

    def guard(self, **more: Any) -> Guard:
        """Answer a guard of this issuer, over no network."""
        return Guard(**self.settings(**more))

    def following(self, **more: Any) -> Guard:
        """Answer a guard that reads the feed when told to, not by itself."""
        guard = self.guard(service_token=SERVICE_TOKEN, **more)
        guard.stop()  # no thread; `refresh` polls
        return guard

    def end(self, kind: str, name: str, reason: str, at: str) -> None:
        """Put an entry into the feed."""
        self.ended.append({"kind": kind, "id": name, "reason": reason, "at": at})

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as wxlogin does."""
        self.asked.append(request.url.path)
        self.on_ask()
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        if self.status != 200 or self.body is not None:
            return httpx.Response(self.status, content=self.body or b"")
        if request.url.path == "/.well-known/jwks.json":
            return self._jwks(request)
        if request.url.path == "/v1/revocations":
            return self._feed(request)
        return httpx.Response(404)

    def _jwks(self, request: httpx.Request) -> httpx.Response:
        etag = '"' + ".".join(key.kid for key in self.keys) + '"'
        if request.headers.get("if-none-match") == etag:
            self.not_modified += 1
            return httpx.Response(304, headers={"etag": etag})
        keys = [key.jwk for key in self.keys]
        return httpx.Response(200, json={"keys": keys}, headers={"etag": etag})

    def _feed(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {SERVICE_TOKEN}":
            return httpx.Response(401)
        since = request.url.params.get("since", "0")
        if not since.isdigit():
            return httpx.Response(400)
        # The entry before the cursor comes again, as the service repeats some.
        told = self.ended[max(0, int(since) - 1) :]
        return httpx.Response(200, json={"revocations": told, "next": str(len(self.ended))})
