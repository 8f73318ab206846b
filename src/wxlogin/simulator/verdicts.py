"""Verdicts on pictures that come by themselves, some time after the question.

WeChat fetches the picture, looks at it and pushes `wxa_media_check` ("音视频内容安全识别"). The
simulator fetches it as well: who hands in an address nobody can open learns of it here.
"""

import asyncio
from contextlib import suppress

import httpx
from attrs import define, field

from wxlogin.simulator.control import ControlError
from wxlogin.simulator.door import Pause
from wxlogin.simulator.push_acts import Pusher

_NOT_DOWNLOADED = -1008


@define
class Verdicts:
    """Looks at what was handed in and pushes what it found, where the rules say how soon."""

    pusher: Pusher
    pause: Pause
    _under_way: set[asyncio.Task[None]] = field(factory=set, init=False, repr=False)

    def expect(self, trace_id: str) -> None:
        """Begin to look at a picture, or leave it to whoever pushes by hand."""
        seconds = self.pusher.world.rules.verdict_seconds
        if seconds >= 0:
            looking = asyncio.create_task(self._look(trace_id, seconds))
            self._under_way.add(looking)
            looking.add_done_callback(self._under_way.discard)

    async def _look(self, trace_id: str, seconds: float) -> None:
        await self.pause(seconds)
        world = self.pusher.world
        check = world.media_checks[trace_id]
        errcode = 0 if await self._found(check["media_url"]) else _NOT_DOWNLOADED
        appid, user = world.people.whose(check["openid"]) or (check["appid"], "")
        about = {"appid": appid, "user": user, "trace_id": trace_id, "errcode": errcode}
        with suppress(ControlError):  # no push address is set: WeChat could not tell either
            await self.pusher.push({"event": "wxa_media_check", **about})

    async def _found(self, url: str) -> bool:
        try:
            status, _ = await self.pusher.post(url, None)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return status == httpx.codes.OK
