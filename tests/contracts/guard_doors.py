"""What every door of the guard does with a token, whatever framework it stands in."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import httpx
import pytest

from tests.unit.guard.issuer import (
    ED,
    ED_NEXT,
    ISSUER,
    NOW,
    SID,
    TTL,
    USER,
    FakeIssuer,
)

WAYS = ["/needed", "/needed-in-a-thread"]
MOMENT = "2027-01-15T08:00:00Z"  # NOW, as the feed writes it


class GuardDoorContract:
    """Subclasses answer an ASGI app from `app`; its guard follows the feed when told to.

    `/needed` and `/needed-in-a-thread` want a token and answer `{sub, sid}`; `/optional` answers
    `{sub}`, null for nobody.
    """

    bad_token_is_nobody: ClassVar[bool]
    """Where a token is optional: whether a bad one counts as none, or is refused."""

    def app(self, issuer: FakeIssuer, *, token_header: bool = False) -> Any:
        raise NotImplementedError

    def poll(self) -> None:
        """Let the guard of the app read keys and feed."""
        raise NotImplementedError

    @pytest.fixture
    def issuer(self) -> FakeIssuer:
        return FakeIssuer()

    @pytest.fixture
    async def client(self, issuer: FakeIssuer) -> AsyncIterator[httpx.AsyncClient]:
        async with asking(self.app(issuer)) as client:
            yield client

    @pytest.mark.parametrize("path", WAYS)
    async def test_a_good_token_opens_and_says_who_asks(self, client, path):
        """The view is reached and knows user and session, whatever case the scheme is in."""
        for scheme in ("Bearer", "bearer"):
            answer = await client.get(path, headers={"authorization": f"{scheme} {ED.token()}"})
            assert (200, {"sub": USER, "sid": SID}) == (answer.status_code, answer.json())

    @pytest.mark.parametrize("path", WAYS)
    @pytest.mark.parametrize(
        "headers", [{}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer "}], ids=str
    )
    async def test_no_token_is_a_challenge_without_an_error(self, client, path, headers):
        """RFC 6750: who shows no token is asked for one, and told of no error."""
        answer = await client.get(path, headers=headers)

        assert_problem(answer, 401, "token_missing")
        assert 'Bearer realm="wxlogin"' == answer.headers["www-authenticate"]

    @pytest.mark.parametrize("path", WAYS)
    @pytest.mark.parametrize("token", ["a.b.c", ED_NEXT.token(), ED.token(aud="other")])
    async def test_an_invalid_token_is_refused(self, client, path, token):
        """Rubbish, a foreign key's token and one for another service are `token_invalid`."""
        answer = await client.get(path, headers=bearer(token))

        assert_problem(answer, 401, "token_invalid")
        assert_challenge(answer, "The access token is not valid")
        assert token not in answer.text

    @pytest.mark.parametrize("path", WAYS)
    async def test_a_token_past_its_end_is_refused(self, issuer, client, path):
        """From the second of its end on a token is `token_expired`, seen before or not."""
        token = ED.token()
        assert 200 == (await client.get(path, headers=bearer(token))).status_code

        issuer.clock.now = NOW + TTL
        for each in (token, ED.token(jti="unseen")):
            answer = await client.get(path, headers=bearer(each))
            assert_problem(answer, 401, "token_expired")
            assert_challenge(answer, "The access token has expired")

    @pytest.mark.parametrize("path", WAYS)
    @pytest.mark.parametrize(
        ("kind", "name", "reason"), [("session", SID, "logged_out"), ("user", USER, "banned")]
    )
    async def test_what_the_feed_ended_is_refused(self, issuer, client, path, kind, name, reason):
        """A session that ended and a user who was banned are refused with the reason."""
        token = ED.token()
        assert 200 == (await client.get(path, headers=bearer(token))).status_code

        issuer.end(kind, name, reason, MOMENT)
        self.poll()
        answer = await client.get(path, headers=bearer(token))
        assert_problem(answer, 401, "session_ended", reason=reason)
        assert_challenge(answer, "The session has ended")

    @pytest.mark.parametrize("path", WAYS)
    async def test_without_any_keys_it_is_a_503(self, issuer, path):
        """When keys were never to be had nobody is called a stranger: try later."""
        issuer.down = True
        async with asking(self.app(issuer)) as client:
            answer = await client.get(path, headers=bearer(ED.token()))

        assert_problem(answer, 503, "keys_unavailable", retry_after=1)
        assert "1" == answer.headers["retry-after"]
        assert "www-authenticate" not in answer.headers

    @pytest.mark.parametrize("path", WAYS)
    async def test_refusals_speak_the_asker_s_language(self, client, path):
        """Phones that want Chinese read Chinese."""
        answer = await client.get(path, headers={"accept-language": "zh-CN,en;q=0.8"})

        assert "缺少访问令牌" == answer.json()["title"]
        assert "zh-CN" == answer.headers["content-language"]

    @pytest.mark.parametrize("path", WAYS)
    async def test_the_tutorial_s_header_counts_when_wished(self, issuer, client, path):
        """`token: …` opens only where the door was told so; Authorization goes before it."""
        good = {"token": ED.token()}
        assert_problem(await client.get(path, headers=good), 401, "token_missing")

        async with asking(self.app(issuer, token_header=True)) as wishing:
            assert 200 == (await wishing.get(path, headers=good)).status_code
            both = {**good, "authorization": "Bearer a.b.c"}
            assert_problem(await wishing.get(path, headers=both), 401, "token_invalid")
            assert_problem(await wishing.get(path), 401, "token_missing")

    async def test_where_a_token_is_optional_nobody_may_ask(self, client):
        """Without a token the view is reached and knows nobody; with one it knows who."""
        nobody = await client.get("/optional")
        somebody = await client.get("/optional", headers=bearer(ED.token()))

        assert (200, {"sub": None}) == (nobody.status_code, nobody.json())
        assert (200, {"sub": USER}) == (somebody.status_code, somebody.json())

    async def test_where_a_token_is_optional_a_bad_one_names_nobody(self, client):
        """A bad token never counts: it is refused, or taken for none, as the door says."""
        answer = await client.get("/optional", headers=bearer("a.b.c"))

        if self.bad_token_is_nobody:
            assert (200, {"sub": None}) == (answer.status_code, answer.json())
        else:
            assert_problem(answer, 401, "token_invalid")


def asking(app: Any) -> httpx.AsyncClient:
    """Answer a client of an app."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://orders.example.com"
    )


async def opened(
    app: Any, token: str | None, extensions: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Answer what the app sends to a client that wants to open a WebSocket."""
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    scope = {
        "type": "websocket", "asgi": {"version": "3.0"}, "scheme": "wss", "path": "/socket",
        "raw_path": b"/socket", "query_string": b"", "root_path": "", "headers": headers,
        "subprotocols": [], "extensions": extensions or {},
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def bearer(token: str) -> dict[str, str]:
    """Answer the header that shows a token."""
    return {"authorization": f"Bearer {token}"}


def assert_problem(answer: httpx.Response, status: int, code: str, **more: object) -> None:
    """Assert that an answer is this problem, whole."""
    body = answer.json()
    assert (status, code, status) == (answer.status_code, body["code"], body["status"]), body
    assert "application/problem+json" == answer.headers["content-type"]
    assert "no-store" == answer.headers["cache-control"]
    assert f"{ISSUER}/docs#{code}" == body["type"]
    assert body["title"]
    assert body["detail"]
    assert more == {name: body.get(name) for name in more}


def assert_challenge(answer: httpx.Response, description: str) -> None:
    """Assert that the challenge is that of RFC 6750 for a bad token."""
    expected = f'Bearer realm="wxlogin", error="invalid_token", error_description="{description}"'
    assert expected == answer.headers["www-authenticate"]
