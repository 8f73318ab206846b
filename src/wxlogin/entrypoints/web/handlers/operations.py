"""What operators and browsers ask: health, metrics, pictures."""

import asyncio
from collections.abc import Awaitable, Callable

from wxlogin.domain.errors import NotFound
from wxlogin.domain.user import HELD_AVATARS, OWN_AVATARS
from wxlogin.entrypoints.web.answers_for_others import HealthJson
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.handlers.writing import names_tag
from wxlogin.entrypoints.web.wire import encode
from wxlogin.entrypoints.web.wishes import Wishes

_PING_SECONDS = 2.0
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_JUST_NOW = {"cache-control": "private, no-store"}


async def health(_call: Call, _wishes: Wishes) -> Answer:
    """Says that the process answers."""
    return Answer(200, encode(HealthJson("ok")))


async def readiness(_call: Call, wishes: Wishes) -> Answer:
    """Says whether everything the service needs answers too; names what does not.

    What only makes it do worse, such as a silent WeChat, is "degraded" and still 200: refresh and
    profile go on, and taken out of service nothing would.
    """
    found = await asyncio.gather(*(_checked(ping) for ping in wishes.pings.values()))
    checks = dict(zip(wishes.pings, found, strict=True))
    well = all(word == "ok" for word in found)
    conditions = wishes.conditions()
    best = all(word == "ok" for word in conditions.values())
    status = "unavailable" if not well else "ok" if best else "degraded"
    body = HealthJson(status, {**checks, **conditions})
    return Answer(200 if well else 503, encode(body))


async def metrics(_call: Call, wishes: Wishes) -> Answer:
    """Shows what was counted."""
    return Answer(200, wishes.metrics(), "text/plain; version=0.0.4; charset=utf-8")


async def avatar(call: Call, wishes: Wishes) -> Answer:
    """Shows a picture kept here. Its name changes with it, so it may be cached forever."""
    name = call.path_params["name"]
    picture = await wishes.avatars.read(OWN_AVATARS + name)
    if picture is None:
        raise NotFound
    how = {**_FOREVER, "etag": f'"{name}"'}  # a name shows one picture, and only while it is here
    if names_tag(call.headers.get("if-none-match", ""), how["etag"]):
        return Answer(304, headers=how)
    return Answer(200, picture, "image/webp", how)


async def held_avatar(call: Call, wishes: Wishes) -> Answer:
    """Shows its owner a picture that waits for a verdict; once it is out, that one."""
    name = call.path_params["name"]
    for path, how in ((HELD_AVATARS + name, _JUST_NOW), (OWN_AVATARS + name, _FOREVER)):
        picture = await wishes.avatars.read(path)
        if picture is not None:
            return Answer(200, picture, "image/webp", how)
    raise NotFound


async def _checked(ping: Callable[[], Awaitable[None]]) -> str:
    try:
        async with asyncio.timeout(_PING_SECONDS):
            await ping()
    except TimeoutError:
        return "no answer in time"
    except Exception:  # noqa: BLE001 - whatever it raised, it is not well, and the text may tell too much
        return "failed"
    return "ok"
