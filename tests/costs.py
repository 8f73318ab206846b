"""What an operation costs our own code, counted: the same on every machine.

A production container on a SQLite file is asked without sockets, under a profiler that sees every
thread. `calls` are functions of ours that were entered; a coroutine counts again each time it goes
on, so one more `await` is seen too. `blocks` are pieces of memory that lines of ours took, each
counted from one call or return to the next. Run as a program it records both in `costs.json`.
"""

import asyncio
import gc
import json
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
from attrs import define, field, frozen
from dependency_injector.providers import Object

import wxlogin
from tests.world import APPID, START
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.sql import migrate
from wxlogin.entrypoints.cli.logs import configure_logs
from wxlogin.entrypoints.container import Container, prepare
from wxlogin.entrypoints.http import create_app
from wxlogin.entrypoints.settings import App, Environment, Settings

RECORDED = Path(__file__).with_name("costs.json")
_OURS = str(Path(wxlogin.__file__).parent)
NAMES = ("returning_login", "new_login", "refresh", "me", "update")
TIMES, WARM = 10, 3
_MADE_BY_ATTRS = "<attrs generated"
_INLINED_SINCE_312 = {"<listcomp>", "<dictcomp>", "<setcomp>"}


class Nearby(httpx.AsyncBaseTransport):
    """A WeChat that answers at once: the person is the code up to its `_`."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        person = str(request.url).rpartition("js_code=")[2].partition("_")[0]
        answer = {"openid": f"{person:o<28}", "session_key": "AAAAAAAAAAAAAAAAAAAAAA=="}
        return httpx.Response(200, content=json.dumps(answer))


@define
class Meter:
    """Counts what our own code does in every thread, from `start` to `stop`."""

    entered: Counter[str] = field(factory=Counter)
    blocks: int = 0
    _seen: int = 0

    def start(self) -> None:
        """Begins, also in threads that begin from now on."""
        gc.disable()  # it would give back in the middle of a count
        threading.setprofile(self._watch)
        sys.setprofile(self._watch)

    def stop(self) -> None:
        """Ends."""
        sys.setprofile(None)
        threading.setprofile(None)
        gc.enable()

    def clear(self) -> None:
        """Counts from nothing again."""
        self.entered.clear()
        self.blocks = 0

    def _watch(self, frame: FrameType, event: str, _: object) -> None:
        ran = frame.f_back if event == "call" else frame
        if _ours(ran):
            self.blocks += max(0, sys.getallocatedblocks() - self._seen)
        code = frame.f_code
        if event == "call" and code.co_name not in _INLINED_SINCE_312 and _ours(frame):
            self.entered[f"{code.co_filename} {code.co_name}"] += 1
        if _ours(frame.f_back if event == "return" else frame):  # goes on now
            self._seen = sys.getallocatedblocks()


def _ours(frame: FrameType | None) -> bool:
    if frame is None:
        return False
    file = frame.f_code.co_filename
    return file.startswith(_OURS) or (file.startswith(_MADE_BY_ATTRS) and "wxlogin" in file)


@frozen
class House:
    """A service on a fresh file, and how it is asked."""

    app: Any
    askers: Iterator[int] = field(factory=count)

    async def ask(self, method: str, path: str, body: object = None, token: str = "") -> Any:
        """Answers the JSON of an answer that is 200."""
        sent, told = json.dumps(body).encode() if body is not None else b"", []
        headers = [(b"host", b"login.example.com"), (b"content-length", b"%d" % len(sent))]
        headers += [(b"content-type", b"application/json")] if sent else []
        headers += [(b"authorization", b"Bearer " + token.encode())] if token else []
        scope = {
            "type": "http", "http_version": "1.1", "scheme": "http", "method": method, "path": path,
            "raw_path": path.encode(), "query_string": b"", "headers": headers,
            "client": (f"192.0.2.{next(self.askers)}", 5), "root_path": "",
            "server": ("login.example.com", 80),
        }  # fmt: skip

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            told.append(message)

        await self.app(scope, receive, send)
        whole = b"".join(message.get("body", b"") for message in told)
        assert told[0]["status"] == 200, whole
        return json.loads(whole)


class Operations:
    """The five operations, each asked with its number."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.codes = count()
        self.tokens: dict[str, str] = {}

    async def returning_login(self, number: int) -> None:
        self.tokens = await self._login(f"known{number}_{next(self.codes)}")

    async def new_login(self, number: int) -> None:
        await self._login(f"new{number}_{next(self.codes)}")

    async def refresh(self, _: int) -> None:
        body = {"refresh_token": self.tokens["refresh_token"]}
        self.tokens = await self.house.ask("POST", "/v1/token/refresh", body)

    async def me(self, _: int) -> None:
        await self.house.ask("GET", "/v1/me", token=self.tokens["access_token"])

    async def update(self, number: int) -> None:
        body = {"nickname": f"小明 {number}"}
        await self.house.ask("PUT", "/v1/me", body, self.tokens["access_token"])

    async def _login(self, code: str) -> dict[str, str]:
        return await self.house.ask("POST", "/v1/login", {"code": code})


async def measured(folder: Path) -> dict[str, dict[str, int]]:
    """Answers what each operation costs."""
    settings = Settings(
        apps=(App(APPID, "0" * 32),), env=Environment.DEVELOPMENT, data_dir=folder,
        database_url=f"sqlite:///{folder / 'costs.db'}", master_key=(b"m" * 32,),
        issuer="https://login.example.com",
    )  # fmt: skip
    await migrate.upgrade(settings.store_url)
    container = Container(settings=settings)
    container.clock.override(
        Object(SetClock(START))
    )  # no time passes: keys are not looked for anew
    container.wechat.add_kwargs(transport=Nearby)
    await prepare(container)
    operations, meter, found = Operations(House(create_app(container.wishes()))), Meter(), {}
    for number in range(WARM + TIMES):
        await operations.returning_login(number)
    await container.database().close()  # the next thread is a watched one
    meter.start()
    for name in NAMES:
        for number in range(WARM + TIMES):
            if number == WARM:
                meter.clear()
            await getattr(operations, name)(number)
        calls, blocks = round(meter.entered.total() / TIMES), round(meter.blocks / TIMES)
        found[name] = {"calls": calls, "blocks": blocks}
    meter.stop()
    await container.database().close()
    return found


def main(target: Path) -> None:
    """Measures and writes, in a process where nothing else happens."""
    configure_logs(level="warning", json=True)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measured(Path(folder)))
    target.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else RECORDED)
