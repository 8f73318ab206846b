"""Two processes of one deployment inside the test, over a real database, with one clock."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar

import httpx
from dependency_injector import providers

from tests.world import APPID, START
from wxlogin.adapters.memory.ambient import ListJournal, SetClock
from wxlogin.adapters.memory.wechat import FakeWeChat
from wxlogin.adapters.sql import migrate
from wxlogin.entrypoints.container import Container
from wxlogin.entrypoints.http.app import create_app
from wxlogin.entrypoints.settings import App, Environment, Settings

T = TypeVar("T")


def settings_over(url: str, folder: Path, **policy: Any) -> Settings:
    """Answers the settings of a deployment over a database."""
    return Settings(
        apps=(App(APPID, "secret"),),
        env=Environment.DEVELOPMENT,
        data_dir=folder,
        database_url=url,
        master_key=(bytes(range(32)),),
        issuer="http://127.0.0.1:8000",
        rate_limit=False,
        **policy,
    )


class Process:
    """The whole service: parts, routes and connections of its own."""

    def __init__(self, settings: Settings, clock: SetClock, wechat: FakeWeChat) -> None:
        self.parts = Container(settings=settings)
        for name, twin in (("clock", clock), ("wechat", wechat), ("journal", ListJournal())):
            getattr(self.parts, name).override(providers.Object(twin))
        transport = httpx.ASGITransport(create_app(self.parts.wishes()))
        self.client = httpx.AsyncClient(transport=transport, base_url=settings.issuer)

    async def end(self) -> None:
        """Closes everything."""
        await self.client.aclose()
        await self.parts.database().close()


class Processes:
    """Two of them; each may be killed and started again while the database stays."""

    def __init__(self, url: str, folder: Path, **policy: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = SetClock(START)
        self.wechat = FakeWeChat(clock=self.clock)
        self.settings = settings_over(url, folder, **policy)
        self.run(migrate.upgrade(url))
        self.running = [self._started(), self._started()]
        self.run(self.running[0].parts.prepare_keys()(alg="EdDSA"))

    def run(self, awaitable: Awaitable[T]) -> T:
        """Waits for something."""
        return self.loop.run_until_complete(awaitable)

    def ask(self, place: int, method: str, path: str, **what: Any) -> httpx.Response:
        """Sends one request to a process and answers what comes back."""
        return self.run(self.running[place].client.request(method, path, **what))

    def ask_at_once(self, requests: list[tuple[int, str, str, Any]]) -> list[httpx.Response]:
        """Sends requests to processes at the same time, each a POST of JSON to a path."""

        async def all_of_them() -> list[httpx.Response]:
            return await asyncio.gather(
                *(
                    self.running[place].client.request(method, path, json=body)
                    for place, method, path, body in requests
                )
            )

        return self.run(all_of_them())

    def kill(self, place: int, turns: int, method: str, path: str, **what: Any) -> None:
        """Sends a request, kills the process after some turns of its loop, starts another.

        Whatever it was about to do stays undone; what the database has begun may get done.
        """
        self.run(self._killed(place, turns, method, path, what))
        self.running[place] = self._started()

    def close(self) -> None:
        """Ends both processes."""
        for process in self.running:
            self.run(process.end())
        self.loop.close()

    async def _killed(
        self, place: int, turns: int, method: str, path: str, what: dict[str, Any]
    ) -> None:
        asking = asyncio.ensure_future(self.running[place].client.request(method, path, **what))
        for _ in range(turns):
            await asyncio.sleep(0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(asking, *others, return_exceptions=True)
        await self.running[place].end()

    def _started(self) -> Process:
        return Process(self.settings, self.clock, self.wechat)
