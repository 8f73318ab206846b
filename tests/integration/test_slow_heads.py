"""Connections whose request does not come: given up in time, and no others."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from uvicorn.server import ServerState

from wxlogin.entrypoints.cli import bounded
from wxlogin.entrypoints.cli.listening import configured

_OK = b"HTTP/1.1 200 "
_LENGTH = [(b"content-length", b"2")]
_ASK = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


class Watched(bounded.BoundedProtocol):
    """Tells when its connection is over."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.ended = asyncio.Event()
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.ended.set()


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Answers the port of a server that gives a head a fifth of a second."""
    monkeypatch.setattr(bounded, "MOST_SECONDS_OF_HEAD", 0.2)

    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": _LENGTH})
        await send({"type": "http.response.body", "body": b"ok"})

    config = configured(app)
    config.load()
    opened: list[Watched] = []

    def protocol() -> bounded.BoundedProtocol:
        opened.append(Watched(config, ServerState(), {}))
        return opened[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for each in opened:
            each.transport.abort()
            await each.ended.wait()


async def told(port: int, *pieces: bytes) -> bytes:
    """Sends pieces, each after an answer to the one before, and answers all until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = b""
    for piece in pieces[:-1]:
        writer.write(piece)
        answers += await reader.readuntil(b"ok")
    writer.write(pieces[-1])
    async with asyncio.timeout(10):
        answers += await reader.read()
    writer.close()
    await writer.wait_closed()
    return answers


@pytest.mark.parametrize("head", [b"", b"G", b"GET / HTTP/1.1\r\nx: "])
async def test_a_head_that_does_not_come_is_given_up(port: int, head: bytes):
    """Who says nothing, or begins and does not end, is answered 408 and let go."""
    assert (await told(port, head)).startswith(b"HTTP/1.1 408 ")


async def test_a_later_head_that_does_not_come_is_given_up_too(port: int):
    """A good request before buys no time for a bad one after."""
    answers = await told(port, _ASK, b"GET / HTTP/1.1\r\nx: ")

    assert answers.startswith(_OK)
    assert b"HTTP/1.1 408 " in answers


async def test_a_connection_at_rest_is_left_to_keep_alive(port: int):
    """After an answer a connection may rest longer than a head may take."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_ASK)
    await reader.readuntil(b"ok")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await reader.read(1)

    writer.write(_ASK)
    assert (await reader.readuntil(b"ok")).startswith(_OK)
    writer.close()
    await writer.wait_closed()
