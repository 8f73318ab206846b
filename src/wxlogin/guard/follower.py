"""Follower: does one thing every few seconds, in a thread or as a task."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

from attrs import define, field


@define(eq=False)
class Follower:
    """Repeats `act` (in a thread) or `aact` (in a task) every `seconds`, first after that time."""

    seconds: float
    act: Callable[[], None]
    aact: Callable[[], Awaitable[None]]
    _thread: threading.Thread | None = field(default=None, init=False)
    _stopping: threading.Event = field(factory=threading.Event, init=False)
    _task: "asyncio.Task[None] | None" = field(default=None, init=False)
    _starting: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def lives(self) -> bool:
        """Tells whether it runs. After a fork it does not, in the child."""
        thread, task = self._thread, self._task
        return (thread is not None and thread.is_alive()) or (task is not None and not task.done())

    def start(self) -> None:
        """Begins in a thread of its own, unless it runs."""
        with self._starting:
            if not self.lives():
                stopping = self._stopping = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, args=(stopping,), name="wxlogin-guard", daemon=True
                )
                self._thread.start()

    async def astart(self) -> None:
        """Begins as a task of this event loop, unless it runs."""
        if not self.lives():
            self._task = asyncio.create_task(self._arun(), name="wxlogin-guard")

    def stop(self) -> None:
        """Ends the thread and waits for it: at most as long as one question takes."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    async def astop(self) -> None:
        """Ends the task, and the thread if there is one."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._thread is not None:
            await asyncio.to_thread(self.stop)

    def _run(self, stopping: threading.Event) -> None:
        while not stopping.wait(self.seconds):
            self.act()

    async def _arun(self) -> None:
        while True:
            await asyncio.sleep(self.seconds)
            await self.aact()
