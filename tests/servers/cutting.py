"""A TCP proxy that cuts a connection before a chosen piece of what goes through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from urllib.parse import urlsplit

from attrs import define, field


class Way(StrEnum):
    """Which way a piece goes."""

    ASKING = "asking"
    ANSWERING = "answering"


@define
class CuttingProxy:
    """Carries bytes between a client and a server on loopback; armed, it cuts once.

    A piece is what one read brought. Half of the fatal one is still carried when ``torn``.
    """

    server_port: int
    port: int = 0
    _left: dict[Way, int] = field(factory=dict)
    _torn: bool = False
    _writers: set[asyncio.StreamWriter] = field(factory=set)

    @classmethod
    @asynccontextmanager
    async def before(cls, url: str) -> AsyncIterator[tuple["CuttingProxy", str]]:
        """Stand before the server of an address; give the proxy and the address through it."""
        port = urlsplit(url).port
        assert port is not None
        proxy = cls(port)
        server = await asyncio.start_server(proxy._carry, "127.0.0.1", 0)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy, url.replace(f":{port}/", f":{proxy.port}/")
        finally:
            server.close()
            for writer in list(proxy._writers):
                writer.transport.abort()
            await server.wait_closed()

    def arm(self, way: Way, pieces: int, *, torn: bool = False) -> None:
        """Cut before the piece after so many more have gone that way."""
        self._left, self._torn = {way: pieces}, torn

    def gone(self, pieces: int) -> int:
        """Answer how many of the pieces it was armed for have gone by, and disarm."""
        (left,) = self._left.values()
        self._left = {}
        return pieces - left

    def disarm(self) -> bool:
        """Carry everything again; tell whether it had cut."""
        cut, self._left = not self._left, {}
        return cut

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
            both = {writer, far_writer}
            self._writers |= both
            try:
                await asyncio.gather(
                    self._pump(Way.ASKING, reader, far_writer, both),
                    self._pump(Way.ANSWERING, far_reader, writer, both),
                )
            finally:
                self._writers -= both

    async def _pump(
        self,
        way: Way,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        both: set[asyncio.StreamWriter],
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(65536):
                if way in self._left:
                    if self._left[way] == 0:
                        await self._cut(piece, writer, both)
                        return
                    self._left[way] -= 1
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def _cut(
        self, piece: bytes, writer: asyncio.StreamWriter, both: set[asyncio.StreamWriter]
    ) -> None:
        self._left = {}
        if self._torn:
            writer.write(piece[: len(piece) // 2])
            await writer.drain()
        for each in both:
            each.transport.abort()
