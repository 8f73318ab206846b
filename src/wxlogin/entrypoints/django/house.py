"""House: the wishes of this process, living in an event loop of their own.

Django may serve in threads, each with a loop of its own or none; connections must not wander
between loops. So one thread runs one loop, and every request is carried there.
"""

import asyncio
import atexit
import threading
from collections.abc import Coroutine, Iterable
from contextlib import AsyncExitStack, suppress
from typing import Any, TypeVar

from attrs import field, frozen

from wxlogin.entrypoints.container import Container, lifespan, prepare
from wxlogin.entrypoints.settings import load_settings
from wxlogin.entrypoints.web.asker import TrustedProxies
from wxlogin.entrypoints.web.door import Door
from wxlogin.entrypoints.web.wishes import Wishes

T = TypeVar("T")
_LAST_SECONDS = 5.0


@frozen
class House:
    """A door, the proxies it believes, the loop it lives in, and what keeps house there."""

    door: Door
    proxies: TrustedProxies
    loop: asyncio.AbstractEventLoop = field(repr=False)
    life: AsyncExitStack = field(factory=AsyncExitStack, repr=False)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Answers what `work` answers, done in the house's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()


_houses: list[House] = []
_building = threading.Lock()


def house() -> House:
    """Answers the house of this process; the first call builds it from the settings.

    Raises:
        SettingsRefused, CannotStart: what is wrong, as `wxlogin serve` would say it.
    """
    with _building:
        if not _houses:
            loop = _new_loop()
            _houses.append(asyncio.run_coroutine_threadsafe(_settled(loop), loop).result())
        return _houses[-1]


def serve(wishes: Wishes, trusted_proxies: Iterable[str] = ()) -> House:
    """Lets this process serve these wishes, whatever the settings say."""
    built = House(Door(wishes), TrustedProxies(trusted_proxies), _new_loop())
    with _building:
        _houses[:] = [built]
    return built


def _new_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="wxlogin", daemon=True).start()
    return loop


async def _settled(loop: asyncio.AbstractEventLoop) -> House:
    settings = load_settings().settings
    container = Container(settings=settings)
    await prepare(container)
    life = AsyncExitStack()
    await life.enter_async_context(lifespan(container))  # for as long as somebody holds it
    # Nobody tells a Django project that it ends. Connections are left to the end of the process.
    atexit.register(_write_the_rest, container, loop)
    proxies = TrustedProxies(settings.trusted_proxies)
    return House(Door(container.wishes()), proxies, loop, life)


def _write_the_rest(container: Container, loop: asyncio.AbstractEventLoop) -> None:
    writing = asyncio.run_coroutine_threadsafe(container.audit_journal().flush(), loop)
    with suppress(Exception):  # the end goes on without it
        writing.result(_LAST_SECONDS)
