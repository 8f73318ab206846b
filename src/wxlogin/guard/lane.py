"""Lane: questions of one kind, one under way at a time."""

import asyncio
import os
import threading
from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary

from attrs import define, field

from wxlogin.guard.wire import Answer, Ask, Wire


class Source(Protocol):
    """Knows what to ask and what to make of the answer."""

    def ask(self) -> Ask:
        """Answers the question."""

    def took(self, answer: Answer, now: float) -> None:
        """Takes the answer to a question put at `now`."""


@define(eq=False)
class Lane:
    """Carries the questions of a source, from threads and event loops alike.

    Who comes while one is under way waits for its answer, or goes on at once when `patient` is
    False; it is asked again only when still due then.
    """

    wire: Wire
    source: Source
    clock: Callable[[], float]
    _thread: threading.Lock = field(factory=threading.Lock, init=False, repr=False)
    _taking: threading.Lock = field(factory=threading.Lock, init=False, repr=False)
    _process: int = field(factory=os.getpid, init=False, repr=False)
    _loops: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = field(
        factory=WeakKeyDictionary, init=False, repr=False
    )

    def go(self, due: Callable[[float], bool], *, patient: bool = True) -> None:
        """Asks, from a thread."""
        if self._process != os.getpid():
            # A fork may have copied the lock while a thread held it that is not here.
            self._thread, self._taking = threading.Lock(), threading.Lock()
            self._process = os.getpid()
        lock = self._thread
        if not lock.acquire(blocking=patient):
            return
        try:
            if due(now := self.clock()):
                self._take(self.wire.send(self.source.ask()), now)
        finally:
            lock.release()

    async def ago(self, due: Callable[[float], bool], *, patient: bool = True) -> None:
        """Asks, from an event loop; others of this loop wait for the one under way."""
        lock = self._loops.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        if lock.locked() and not patient:
            return
        async with lock:
            if due(now := self.clock()):
                self._take(await self.wire.asend(self.source.ask()), now)

    def _take(self, answer: Answer, now: float) -> None:
        with self._taking:  # a thread and a loop may both have asked
            self.source.took(answer, now)
