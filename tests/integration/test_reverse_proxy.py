"""The nginx of docs/deployment.md, the file itself, in front of the service and of a stand-in."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from attrs import define, field

from tests.contracts.avatars import picture
from tests.servers.deployment import Deployment
from tests.servers.nginx import NAME, Nginx, nginx_before
from wxlogin.domain.errors import LoginError, Overloaded
from wxlogin.entrypoints.web.errors import PayloadTooLarge, problem
from wxlogin.entrypoints.web.limits import FAILED_LOGINS

ISSUER = f"https://{NAME}"
PLACES, PLACES_FOR_WECHAT = 64, 128
MOST_OF_A_PICTURE = 5 * 1024 * 1024


def own_words(error: LoginError, language: str) -> dict[str, object]:
    """Answers what the service itself would say."""
    answer = problem(error, issuer=ISSUER, request_id="mine-1", accept_language=language)
    told: dict[str, object] = json.loads(answer.body)
    return told


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    settings = {"WXLOGIN_ISSUER": ISSUER, "WXLOGIN_TRUSTED_PROXIES": "127.0.0.1"}
    made = Deployment(tmp_path_factory.mktemp("front"), settings)
    with made.simulator(), made.service():
        yield made


@pytest.fixture(scope="module")
def front(deployment: Deployment) -> Iterator[Nginx]:
    with nginx_before(deployment.port) as nginx:
        yield nginx


def client(front: Nginx, address: str = "127.0.0.1") -> httpx.Client:
    """Answers a client that comes from one of loopback's many addresses."""
    assert front.trust is not None
    way = httpx.HTTPTransport(verify=front.trust, local_address=address)
    return httpx.Client(base_url=front.url, transport=way, timeout=30)


def test_a_login_goes_through(deployment: Deployment, front: Nginx):
    """Over https, with the client's own request id, and the token counts there too."""
    with client(front) as phone:
        shown = {"x-request-id": "mine-1"}
        entered = phone.post("/v1/login", json={"code": deployment.code()}, headers=shown)
        token = {"authorization": f"Bearer {entered.json()['access_token']}"}

        assert (200, "mine-1") == (entered.status_code, entered.headers["x-request-id"])
        assert 200 == phone.get("/v1/me", headers=token).status_code
        assert 401 == phone.get("/v1/me").status_code


def test_each_client_is_counted_by_its_true_address(front: Nginx):
    """Who wrote other addresses into X-Forwarded-For is limited all the same, and nobody else."""
    with client(front, "127.0.0.2") as bad, client(front, "127.0.0.3") as good:

        def tries(phone: httpx.Client, number: int) -> int:
            claimed = {"x-forwarded-for": f"198.51.100.{number}"}
            made_up = {"login_ticket": "made up"}
            return phone.post("/v1/login", json=made_up, headers=claimed).status_code

        assert {401} == {tries(bad, number) for number in range(FAILED_LOGINS.times)}
        assert 429 == tries(bad, 250)
        assert 401 == tries(good, 250)


def test_the_greatest_picture_goes_through_and_no_greater_one(deployment: Deployment, front: Nginx):
    """As large as the service takes; what is larger is refused at the door, in its words."""
    small = picture()
    with client(front) as phone:
        tokens = phone.post("/v1/login", json={"code": deployment.code()}).json()
        headers = {"authorization": f"Bearer {tokens['access_token']}", "x-request-id": "mine-1"}

        def upload(size: int) -> httpx.Response:
            files = {"avatar": ("a.png", small.ljust(size, b"\0"), "image/png")}
            return phone.post("/v1/me/avatar", files=files, headers=headers)

        taken, refused = upload(MOST_OF_A_PICTURE), upload(MOST_OF_A_PICTURE + 128 * 1024)
        shown = phone.get(taken.json()["avatar_url"].removeprefix(ISSUER))

    assert (200, "image/webp") == (shown.status_code, shown.headers["content-type"])
    assert (413, own_words(PayloadTooLarge(), "en")) == (refused.status_code, refused.json())


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "//metrics", "/%6detrics", "/x/../readyz"])
def test_what_is_the_operators_is_not_public(front: Nginx, path: str):
    """However it is written; health is."""
    with client(front) as here, client(front, "127.0.0.2") as stranger:
        assert 200 == here.get(f"/{path.rpartition('/')[2]}").status_code
        assert 403 == stranger.get(f"{front.url}{path}").status_code
        assert 200 == stranger.get("/healthz").status_code


@define
class StandIn:
    """A service that answers what it is asked only when it is let go, but health and pushes."""

    port: int = 0
    connections: int = 0
    heard: list[str] = field(factory=list)
    go_on: asyncio.Event = field(factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while head := await reader.readline():
            path = head.split()[1].decode()
            rest = await reader.readuntil(b"\r\n\r\n")
            self.heard.append(path)
            if path.startswith("/v1/"):
                await self.go_on.wait()
            status = path.rpartition("=")[2] if "answers=" in path else "200"
            writer.write(b"HTTP/1.1 %s Own\r\nContent-Length: 3\r\n\r\nown" % status.encode())
            if b"connection: close" in rest.lower():
                break
        writer.close()


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    made = StandIn()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    async with server:
        made.port = server.sockets[0].getsockname()[1]
        yield made
        made.go_on.set()


@define
class Phone:
    """Asks nginx, each time over a connection of its own."""

    port: int
    trust: ssl.SSLContext

    async def ask(self, path: str, *headers: str, method: str = "GET") -> httpx.Response:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.trust)
        lines = [f"{method} {path} HTTP/1.1", "Host: x", "Content-Length: 0", *headers]
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        first, *rest = head.decode().split("\r\n")
        pairs = [(name, text) for name, _, text in (line.partition(": ") for line in rest)]
        return httpx.Response(int(first.split()[1]), headers=pairs, content=body)


@pytest.fixture
def phone(stand_in: StandIn) -> Iterator[Phone]:
    with nginx_before(stand_in.port) as nginx:
        assert nginx.trust is not None
        yield Phone(nginx.port, nginx.trust)


async def hold(phone: Phone, path: str, method: str, places: int, stand_in: StandIn):
    """Comes back when so many requests are with the service."""
    asking = [asyncio.ensure_future(phone.ask(path, method=method)) for _ in range(places)]
    async with asyncio.timeout(20):
        while stand_in.heard.count(path) < places:  # noqa: ASYNC110 - nginx tells nobody
            await asyncio.sleep(0.01)
    return asking


async def test_the_surplus_is_refused_in_the_services_own_words(stand_in: StandIn, phone: Phone):
    """At once and unheard, with a time to come back; what watches and pushes come through."""
    asking = await hold(phone, "/v1/me", "GET", PLACES, stand_in)

    for language in ("en", "zh-CN"):
        told = await phone.ask("/v1/me", f"Accept-Language: {language}", "X-Request-Id: mine-1")
        seconds = int(told.headers["retry-after"])
        own = own_words(Overloaded(seconds), language)

        assert (503, "application/problem+json") == (told.status_code, told.headers["content-type"])
        assert (language, "mine-1") == tuple(
            told.headers[name] for name in ("content-language", "x-request-id")
        )
        assert own.keys() == told.json().keys()
        assert {**own, "detail": told.json()["detail"]} == told.json()
        assert f" {seconds} " in told.json()["detail"]
    assert PLACES == stand_in.heard.count("/v1/me")
    for path in ("/healthz", "/readyz", "/metrics", "/wechat/push/wx1?nonce=1"):
        assert 200 == (await phone.ask(path)).status_code

    stand_in.go_on.set()

    assert {200} == {answer.status_code for answer in await asyncio.gather(*asking)}
    assert 200 == (await phone.ask("/v1/me")).status_code


async def test_logins_that_wait_for_wechat_take_no_other_place(stand_in: StandIn, phone: Phone):
    """When their places are full the next login is refused, and a refresh is served."""
    asking = await hold(phone, "/v1/login", "POST", PLACES_FOR_WECHAT, stand_in)

    assert 503 == (await phone.ask("/v1/code/exchange", method="POST")).status_code
    others = await hold(phone, "/v1/token/refresh", "POST", 1, stand_in)

    stand_in.go_on.set()
    assert {200} == {answer.status_code for answer in await asyncio.gather(*asking, *others)}


async def test_what_the_service_says_goes_through(stand_in: StandIn, phone: Phone):
    """Its own errors are its own, also those that nginx knows too."""
    statuses = ["404", "413", "429", "502", "503", "504"]
    told = [await phone.ask(f"/x?answers={status}") for status in statuses]

    assert [(int(status), "own") for status in statuses] == [
        (each.status_code, each.text) for each in told
    ]


async def test_connections_to_the_service_are_kept(stand_in: StandIn, phone: Phone):
    """One after another, requests of many phones take one."""
    before = stand_in.connections
    for _ in range(5):
        await phone.ask("/x")

    assert 1 == stand_in.connections - before


async def test_a_service_that_is_away_is_said_to_be_away():
    """While it is started again: 503 with a time to come back, at once, for any number of phones.

    A request id that would break JSON or log is not repeated.
    """
    with nginx_before(9) as nginx:
        assert nginx.trust is not None
        phone = Phone(nginx.port, nginx.trust)
        shown = 'X-Request-Id: a","code":"x'
        answers = [await phone.ask("/v1/login", shown, method="POST") for _ in range(3)]

    assert {(503, "overloaded")} == {(each.status_code, each.json()["code"]) for each in answers}
    assert all("restarted" in each.json()["detail"] for each in answers)
    assert all(int(each.headers["retry-after"]) in range(1, 6) for each in answers)
    named = {(each.json()["request_id"], each.headers["x-request-id"]) for each in answers}
    assert all(said == headed and len(said) == 32 for said, headed in named)
    assert 3 == len(named)
