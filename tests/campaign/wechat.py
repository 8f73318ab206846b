"""A WeChat that answers cheaply, fails often and remembers everything: its own process.

A code is `person_app_number_u`, with `n` for `u` where WeChat gives no unionid.
`python -m tests.campaign.wechat PORT RATE SEED`; `GET /record` tells all calls, `GET /away?3`
breaks every conversation for three seconds.
"""

import asyncio
import random
import sys
import time

import uvloop
from attrs import define, field

FAULTS = ("busy", "minute", "hang", "reset_before", "reset_after", "half", "bad_status")
"""What goes wrong. The code is spent by hang, reset_after and half only."""
_SPENDS = frozenset({"ok", "hang", "reset_after", "half"})
_KEY = "AAAAAAAAAAAAAAAAAAAAAA=="


def openid(person: str, app: str) -> str:
    """Answers the openid of a person in an app."""
    return f"o{app}{person}".ljust(28, "x")


def unionid(person: str) -> str:
    """Answers a person's unionid."""
    return f"u{person}".ljust(28, "x")


@define
class World:
    """Who was asked what."""

    rate: float
    chance: random.Random
    spent: set[str] = field(factory=set)
    record: list[str] = field(factory=list)
    away_until: float = 0.0

    def verdict(self, code: str) -> str:
        now = time.monotonic()
        if code in self.spent:
            verdict = "used"
        elif now < self.away_until:
            verdict = "reset_before"
        elif self.chance.random() < self.rate:
            verdict = self.chance.choice(FAULTS)
        else:
            verdict = "ok"
        if verdict in _SPENDS:
            self.spent.add(code)
        self.record.append(f"{code} {now} {verdict}")
        return verdict


@define(eq=False)
class Conversation(asyncio.Protocol):
    """One connection; answers in turn."""

    world: World
    transport: asyncio.Transport = field(init=False)
    heard: bytes = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.heard += data
        while (end := self.heard.find(b"\r\n\r\n")) >= 0:
            target = self.heard.split(b" ", 2)[1].decode()
            self.heard = self.heard[end + 4 :]
            self._hear(target)

    def _hear(self, target: str) -> None:
        if target.startswith("/record"):
            self._say("\n".join(self.world.record))
        elif target.startswith("/away"):
            self.world.away_until = time.monotonic() + float(target.partition("?")[2])
            self._say("")
        elif "js_code=" in target:
            self._answer(target.partition("js_code=")[2].partition("&")[0])
        else:
            self._say("ready")

    def _answer(self, code: str) -> None:
        match self.world.verdict(code):
            case "ok":
                self._say(_session(code))
            case "used":
                self._say('{"errcode":40163,"errmsg":"code been used"}')
            case "busy":
                self._say('{"errcode":-1,"errmsg":"system error"}')
            case "minute":
                self._say('{"errcode":45011,"errmsg":"api minute-quota reach limit"}')
            case "half":
                self._say(_session(code), cut=True)
            case "bad_status":
                self._say("<html>bad gateway</html>", status=502)
            case "reset_before" | "reset_after":
                self.transport.abort()
            case "hang":
                pass

    def _say(self, text: str, *, status: int = 200, cut: bool = False) -> None:
        body = text.encode()
        head = f"HTTP/1.1 {status} .\r\nContent-Length: {len(body)}\r\n\r\n"
        if not cut:
            self.transport.write(head.encode() + body)
            return
        self.transport.write(head.encode() + body[: len(body) // 2])
        self.transport.close()


def _session(code: str) -> str:
    person, app, _, union = code.split("_")
    more = f',"unionid":"{unionid(person)}"' if union == "u" else ""
    return f'{{"session_key":"{_KEY}","openid":"{openid(person, app)}"{more}}}'


async def serve(port: int, rate: float, seed: int) -> None:
    """Serves until it is stopped."""
    world = World(rate, random.Random(seed))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(world), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
