"""Doors: cheap HTTP to each of the service's processes, over lines that are kept or cut."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple
from weakref import WeakSet

from attrs import define, field

PATIENCE = 10.0
"""Seconds a phone waits for an answer, as our client does."""


class Heard(NamedTuple):
    """An answer, as it came."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> str | None:
        """Answers a header by its name in lower case."""
        _, found, rest = self.head.partition(b"\r\n" + name + b": ")
        return rest.partition(b"\r\n")[0].decode() if found else None


class Line(asyncio.Protocol):
    """One kept connection, one request at a time."""

    def __init__(self) -> None:
        self.free = False
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Heard] | None = None
        self._heard = b""

    def connection_made(self, transport) -> None:
        self._transport, self.free = transport, True

    def connection_lost(self, exc) -> None:
        self.free = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError())

    def data_received(self, data: bytes) -> None:
        self._heard += data
        end = self._heard.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._heard[:end].lower()
        length = int((head.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]) or b"0")
        body = self._heard[end + 4 :]
        if len(body) < length or self._answer is None or self._answer.done():
            return
        self._heard = b""
        if b"\r\nconnection: close" not in head:
            self.free = True
        self._answer.set_result(Heard(int(head[9:12]), head + b"\r\n", body))

    async def ask(self, raw: bytes) -> Heard:
        """Sends and answers; raises ConnectionError or TimeoutError."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        self.free, self._heard, self._answer = False, b"", loop.create_future()
        self._transport.write(raw)
        late = loop.call_later(PATIENCE, self._give_up)
        try:
            return await self._answer
        finally:
            late.cancel()

    async def cut(self, raw: bytes, after: float) -> None:
        """Sends and goes away without having listened."""
        assert self._transport is not None
        self.free = False
        self._transport.write(raw)
        await asyncio.sleep(after)
        self._transport.abort()

    def _give_up(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(TimeoutError())
        self.hang_up()

    def hang_up(self) -> None:
        self.free = False
        if self._transport is not None:
            self._transport.abort()


@define(eq=False)
class Doors:
    """The way to every process. One request in `cuts` is cut off somewhere; `most` at a time."""

    ports: Sequence[int]
    chance: random.Random
    cuts: float
    most: int = 64
    _turns: asyncio.Semaphore = field(init=False)
    _all: "WeakSet[Line]" = field(factory=WeakSet, init=False)
    _lines: dict[int, deque[Line]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.most)

    async def turn(self) -> None:
        """Waits until one more request may be under way; `over` ends it."""
        await self._turns.acquire()

    def over(self) -> None:
        self._turns.release()

    async def ask(self, raw: bytes, told: Callable[[int], None]) -> Heard | None:
        """Answers what came back from a process, or None where nothing did.

        Which one it is chance decides, and `told` hears; one that takes no connection is passed
        over, as a proxy in front of them does.
        """
        places = self.chance.sample(range(len(self.ports)), len(self.ports))
        try:
            line = await self._some_line(places, told)
            place = places[0]
            if self.chance.random() < self.cuts:
                await self._cut(line, raw)
                return None
            heard = await line.ask(raw)
        except OSError:  # TimeoutError and ConnectionError among them
            return None
        if line.free:
            self._lines[place].append(line)
        else:
            line.hang_up()
        return heard

    async def close(self) -> None:
        """Hangs up everywhere."""
        for line in tuple(self._all):
            line.hang_up()
        await asyncio.sleep(0.01)  # lets them hear of it

    async def _cut(self, line: Line, raw: bytes) -> None:
        if self.chance.random() < 0.25:
            await line.cut(raw[: self.chance.randrange(1, len(raw))], 0)
        else:
            await line.cut(raw, self.chance.random() ** 2 * 0.03)

    async def _some_line(self, places: list[int], told: Callable[[int], None]) -> Line:
        while True:
            try:
                told(places[0])
                return await self._line(places[0])
            except ConnectionRefusedError:
                if len(places) == 1:
                    raise
                del places[0]

    async def _line(self, place: int) -> Line:
        kept = self._lines.setdefault(place, deque())
        while kept:
            line = kept.pop()
            if line.free:
                return line
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            _, line = await loop.create_connection(Line, "127.0.0.1", self.ports[place])
        self._all.add(line)
        return line
