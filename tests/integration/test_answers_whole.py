"""Answers in one piece: one write each, in order, and by uvicorn's rules in every other case."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from uvicorn.server import ServerState

from wxlogin.entrypoints.cli.listening import configured
from wxlogin.entrypoints.cli.whole import WholeProtocol
from wxlogin.entrypoints.http.whole import EXTENSION

_GET = b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n"
_POST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n"


class Written(WholeProtocol):
    """Notes how often it wrote, when it was asked, and when the client left."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.headed, self.asked, self.left = asyncio.Event(), asyncio.Event(), asyncio.Event()
        super().connection_made(_Counting(transport))

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.headed.set()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.asked.set()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.left.set()

    @property
    def writes(self) -> int:
        return self.transport.writes


class _Counting:
    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self.writes = transport, 0

    def write(self, data: bytes) -> None:
        self.writes += 1
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


async def app(scope, receive, send):
    """Answers path and body, whole where it can; `/9` waits for the gate of its server."""
    if scope["path"] == "/9":
        await scope["state"]["gate"].wait()
    whole = scope["extensions"][EXTENSION]
    body = whole.body()
    how = b"whole"
    if body is None:
        how, body = b"piece", (await receive()).get("body", b"")
    told = scope["path"].encode() + b" " + how + b" " + body
    if not whole.answer(200, b"content-length: %d\r\n" % len(told), told):
        length = [(b"content-length", b"%d" % len(told))]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": told})


@pytest.fixture
async def opened() -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    """Opens connections to a server of the app: answers reader, writer and protocol."""
    config = configured(app)
    config.load()
    served: asyncio.Queue[Written] = asyncio.Queue()
    ended: list[asyncio.StreamWriter] = []

    def protocol() -> Written:
        made = Written(config, ServerState(), {"gate": asyncio.Event()})
        served.put_nowait(made)
        return made

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)

    async def connect() -> Any:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        ended.append(writer)
        return reader, writer, await served.get()

    async with server:
        yield connect
        for writer in ended:
            writer.close()
            await writer.wait_closed()


async def test_an_answer_is_one_write(opened):
    """Head and body leave together, however many requests the connection carries."""
    reader, writer, protocol = await opened()
    for number in range(3):
        writer.write(_GET % number)
        assert (await reader.readuntil(b"whole ")).startswith(b"HTTP/1.1 200 OK\r\n")
        assert protocol.writes == number + 1


async def test_pipelined_requests_are_answered_in_order(opened):
    """Three requests in one packet get three answers, first asked first answered."""
    reader, writer, _ = await opened()
    writer.write(b"".join(_GET % number for number in range(3)))
    for number in range(3):
        assert (await reader.readuntil(b"whole ")).endswith(b"\r\n\r\n/%d whole " % number)


async def test_a_body_in_pieces_is_waited_for(opened):
    """A body that came with its head is there at once; one that comes later is received."""
    reader, writer, _ = await opened()
    writer.write(_POST + b"1234")
    assert (await reader.readuntil(b"1234")).endswith(b"/ whole 1234")

    reader, writer, protocol = await opened()
    writer.write(_POST)
    await protocol.headed.wait()
    writer.write(b"5678")
    assert (await reader.readuntil(b"5678")).endswith(b"/ piece 5678")


async def test_a_connection_that_shall_close_is_told_and_closed(opened):
    """Whoever asks to close, or speaks HTTP/1.0, hears `connection: close` and is let go."""
    for asking in (b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n"):
        reader, writer, _ = await opened()
        writer.write(asking)
        answer = await reader.read()
        assert b"\r\nconnection: close\r\n\r\n/ whole " in answer


async def test_an_answer_to_who_does_not_read_waits(opened):
    """While the client takes nothing in, answers go uvicorn's way, which waits for room."""
    reader, writer, protocol = await opened()
    protocol.flow.pause_writing()
    writer.write(_GET % 7)
    await protocol.asked.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    assert protocol.writes == 0
    protocol.flow.resume_writing()
    assert (await reader.readuntil(b"whole ")).endswith(b"/7 whole ")
    assert protocol.writes == 2


async def test_nothing_is_sent_to_who_is_gone(opened):
    """A client that left before its answer gets none, and nothing fails."""
    _, writer, protocol = await opened()
    writer.write(_GET % 9)
    await protocol.asked.wait()
    writer.close()
    await protocol.left.wait()
    protocol.app_state["gate"].set()
    await asyncio.gather(*protocol.tasks)
    assert protocol.writes == 0
