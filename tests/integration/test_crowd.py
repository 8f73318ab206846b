"""A crowd at the real protocol: refused at once, and served again when it has gone."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest
from attrs import define, field
from uvicorn.server import ServerState

from tests.world import ISSUER
from wxlogin.adapters.memory.ambient import SerialIds
from wxlogin.entrypoints.cli.crowded import STATE, CrowdedProtocol
from wxlogin.entrypoints.cli.listening import configured
from wxlogin.entrypoints.web import crowd
from wxlogin.entrypoints.web.crowd import Crowd
from wxlogin.entrypoints.web.wishes import DoorPolicy

MOST = 3
_BODY = b'{"code":"x"}'
_LOGIN = b"POST /v1/login HTTP/1.1\r\nhost: x\r\ncontent-length: 12\r\n"
LOGIN = _LOGIN + b"\r\n" + _BODY
CHINESE = _LOGIN + b"Accept-Language: zh-CN\r\nX-Request-Id: mine-1\r\n\r\n" + _BODY
HEALTH = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0)


@define
class Service:
    """Answers each request when it is let go, except those that need not wait."""

    at_wechat: int = 0
    port: int = 0
    heard: int = 0
    go_on: asyncio.Event = field(factory=asyncio.Event)
    connections: set[CrowdedProtocol] = field(factory=set)
    opened: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(factory=list)

    crowd: Crowd = field(init=False)

    @crowd.default
    def _around(self) -> Crowd:
        return Crowd(DoorPolicy(ISSUER), SerialIds(), lambda *_: None, lambda: self.at_wechat)

    async def __call__(self, scope, _receive, send) -> None:
        self.heard += 1
        if scope["path"] == "/v1/login":
            await self.go_on.wait()
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    async def connect(self, *pieces: bytes):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.opened.append((reader, writer))
        for piece in pieces:
            writer.write(piece)
        return reader, writer

    async def crowded(self) -> None:
        """Comes back when as many wait as make a crowd."""
        for _ in range(MOST):
            await self.connect(LOGIN)
        await until(lambda: len(self.crowd.under_way) == MOST)


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """Answers a service that has room for few."""
    monkeypatch.setattr(crowd, "MOST", MOST)
    app = Service()
    here = app.crowd
    config = configured(app)
    config.load()
    state, loop = ServerState(), asyncio.get_running_loop()
    app.connections = state.connections
    server = await loop.create_server(
        lambda: CrowdedProtocol(config, state, {STATE: here}), "127.0.0.1", 0
    )
    async with server:
        app.port = server.sockets[0].getsockname()[1]
        yield app
        app.go_on.set()
        for _, writer in app.opened:
            writer.close()
        await until(lambda: not state.connections and not state.tasks)


async def answered(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    async with asyncio.timeout(5):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.lower().split("\r\n")[1:-2]
        headers = dict(line.split(": ", 1) for line in lines)
        body = await reader.readexactly(int(headers["content-length"]))
    return int(head[9:12]), headers, body


async def test_one_more_than_there_is_room_for_is_refused_unheard(service: Service):
    """At once, in the asker's language, with its id and a time to come back."""
    await service.crowded()
    reader, _ = await service.connect(CHINESE)

    status, headers, body = await answered(reader)
    told = json.loads(body)

    assert status == 503
    assert "application/problem+json" == headers["content-type"]
    assert str(told["retry_after"]) == headers["retry-after"]
    assert ("overloaded", "服务繁忙", "mine-1") == (told["code"], told["title"], told["request_id"])
    assert "mine-1" == headers["x-request-id"]
    assert MOST == service.heard


@pytest.mark.parametrize(
    "pieces",
    [
        (_LOGIN + b"\r\n", _BODY),
        (LOGIN[:30], LOGIN[30:]),
        (_LOGIN + b"transfer-encoding: chunked\r\n\r\n",),
        (LOGIN.replace(b"1.1", b"1.0", 1),),
    ],
    ids=["head-then-body", "head-in-two", "two-lengths", "http-1.0"],
)
async def test_no_shape_of_a_request_comes_past(service: Service, pieces: tuple[bytes, ...]):
    """In pieces, in the old protocol, or ambiguous: nothing of it reaches the app."""
    await service.crowded()
    reader, writer = await service.connect()
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.02)

    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"\r\n"))[9:12] in {b"503", b"400"}
    assert MOST == service.heard


async def test_the_answer_to_head_has_no_body(service: Service):
    """What follows on the connection is the next answer, not the rest of this one."""
    await service.crowded()
    reader, writer = await service.connect(b"HEAD /v1/me HTTP/1.1\r\nhost: x\r\n\r\n")
    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 503")

    writer.write(HEALTH)

    assert (await answered(reader))[0] == 200


async def test_requests_in_one_breath_get_an_answer_each(service: Service):
    """Two logins written together are both refused, in order."""
    await service.crowded()
    reader, _ = await service.connect(CHINESE + LOGIN)

    first, second = await answered(reader), await answered(reader)

    assert (503, 503) == (first[0], second[0])
    assert "mine-1" == first[1]["x-request-id"] != second[1]["x-request-id"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/wechat/push/wx1?nonce=1"])
async def test_operators_and_wechats_pushes_come_through(service: Service, path: str):
    """What watches the service, and what does not come a second time, is served in any crowd."""
    await service.crowded()
    reader, _ = await service.connect(HEALTH.replace(b"/healthz", path.encode()))

    assert (await answered(reader))[0] == 200


async def test_when_the_crowd_has_gone_all_goes_on(service: Service):
    """Those under way get their answers, and the refused connection serves again."""
    await service.crowded()
    reader, writer = await service.connect(LOGIN)
    assert (await answered(reader))[0] == 503
    waiting = [reader for reader, _ in service.opened[:MOST]]

    service.go_on.set()

    assert [200] * MOST == [(await answered(one))[0] for one in waiting]
    writer.write(LOGIN)
    assert (await answered(reader))[0] == 200


async def test_a_connection_that_was_only_refused_may_rest(service: Service):
    """It is kept alive like any other: not given up for a head that never came, nor for ever."""
    await service.crowded()
    reader, _ = await service.connect(LOGIN)
    assert (await answered(reader))[0] == 503

    (protocol,) = [one for one in service.connections if one.cycle is None]

    assert protocol._head_due is None
    assert protocol.timeout_keep_alive_task is not None


async def test_who_waits_for_wechat_keeps_nobody_out(service: Service):
    """However many wait there, the next one is served."""
    service.at_wechat = 1
    await service.crowded()
    await service.connect(LOGIN)

    await until(lambda: service.heard > MOST)


async def test_slow_bodies_keep_nobody_out(service: Service):
    """Who sends a body slowly takes no room until it is whole, and none when he leaves."""
    for _ in range(2 * MOST):
        await service.connect(LOGIN[:-3])
    await until(lambda: 2 * MOST == service.crowd.unread == len(service.crowd.under_way))
    reader, _ = await service.connect(HEALTH.replace(b"healthz", b"v1/me"))
    assert (await answered(reader))[0] == 200

    for _, writer in service.opened[:MOST]:
        writer.write(LOGIN[-3:])
    await until(lambda: MOST == service.crowd.unread)
    reader, _ = await service.connect(HEALTH.replace(b"healthz", b"v1/me"))
    assert (await answered(reader))[0] == 503

    for _, writer in service.opened[MOST : 2 * MOST]:
        writer.close()
    await until(lambda: service.crowd.unread == 0)


async def test_an_answer_before_the_body_is_whole_takes_no_room(service: Service):
    """Who is answered early and goes on to send is counted once, and no more afterwards."""
    service.go_on.set()
    reader, writer = await service.connect(LOGIN[:-3])

    assert (await answered(reader))[0] == 200
    await until(lambda: not service.crowd.under_way)
    assert 0 == service.crowd.unread

    writer.write(LOGIN[-3:] + HEALTH)
    assert (await answered(reader))[0] == 200
    assert 0 == service.crowd.unread
