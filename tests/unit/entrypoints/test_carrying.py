"""Carrying ASGI to the door: who asks, bodies that never end, and requests that are cancelled."""

import asyncio
import json

import httpx
import pytest

from tests.world import ISSUER, World
from wxlogin.adapters.memory.ambient import FixedLimits
from wxlogin.entrypoints.http import create_app
from wxlogin.entrypoints.http.endpoint import head_of
from wxlogin.entrypoints.web.call import Answer
from wxlogin.entrypoints.web.limits import OTHERS
from wxlogin.entrypoints.web.texts_of_fields import PROBLEMS

PROXY = "10.0.0.1"
CHUNK, CHUNKS_OVER_64_KIB, ENDLESS = b" " * 10_000, 7, 50


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        (PROXY, ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (PROXY, ["1.1.1.1, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        (PROXY, ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        (PROXY, [], PROXY),
        ("198.51.100.7", ["1.1.1.1"], "198.51.100.7"),
    ],
)
async def test_the_client_is_the_last_hop_nobody_vouches_for(peer, forwarded, counted):
    """Limits count the right-most address that is no trusted proxy, and believe no stranger."""
    wishes = World(limited=True).wishes()
    app = create_app(wishes, trusted_proxies=["10.0.0.0/8"])
    transport = httpx.ASGITransport(app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        await client.get("/v1/me", headers=[("x-forwarded-for", each) for each in forwarded])

    assert isinstance(wishes.limiter, FixedLimits)
    assert [(OTHERS.name, counted)] == [key[:2] for key in wishes.limiter.counts]


async def asked(receive, *headers):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/login",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), *headers],
        "client": None,
    }
    await create_app(World().wishes())(scope, receive, send)
    return sent


async def test_a_body_that_breaks_off_is_a_400():
    """What a leaving client had sent so far is not taken for its request, even if it reads well."""
    messages = [
        {"type": "http.request", "body": b'{"login_ticket": "t"}', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive():
        return messages.pop(0)

    start, body = await asked(receive)

    assert 400 == start["status"]
    assert PROBLEMS["incomplete"].en == json.loads(body["body"])["errors"][0]["message"]


async def test_a_body_without_a_length_is_limited_too():
    """Chunk after chunk ends with 413 as soon as the limit is passed."""
    read = 0

    async def receive():
        nonlocal read
        read += 1
        return {"type": "http.request", "body": CHUNK, "more_body": read < ENDLESS}

    start, _ = await asked(receive)

    assert (413, CHUNKS_OVER_64_KIB) == (start["status"], read)


async def test_an_announced_giant_is_refused_unread():
    """Content-Length is enough to refuse; nothing is read, and the connection closes."""

    async def receive():
        pytest.fail("the body was read")

    start, _ = await asked(receive, (b"content-length", b"999999999"))

    assert 413 == start["status"]
    assert (b"connection", b"close") in start["headers"]


async def test_cancelling_a_request_is_left_alone():
    """A server that cancels gets its CancelledError, not an answer."""
    begun = asyncio.Event()

    async def receive():
        begun.set()
        await asyncio.Event().wait()

    request = asyncio.create_task(asked(receive))
    await begun.wait()
    request.cancel()

    with pytest.raises(asyncio.CancelledError):
        await request


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_no_header_begins_another(end):
    """A value with a line end in it stops the answer, also where it goes out in one piece."""
    with pytest.raises(ValueError, match="line end"):
        head_of(Answer(200, headers={"location": f"/a{end}set-cookie: b"}))
