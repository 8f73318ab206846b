"""`wxlogin push list`: what WeChat pushed, and what became of it."""

import sys
from typing import Any

import msgspec

from wxlogin.domain.ports.push import PushEntry
from wxlogin.entrypoints.cli.operating import columns, on_the_store
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.container import Container


def list_push(limit: int, *, as_json: bool) -> int:
    """Shows what was received last, newest first; as JSON with all an event says."""

    async def work(container: Container) -> None:
        found = await container.push.inbox().newest(limit)
        if as_json:
            told = msgspec.json.encode({"events": [_plain(each) for each in found]}).decode()
        else:
            told = columns([_row(each) for each in found]) or say("no push")
        sys.stdout.write(f"{told}\n")

    return on_the_store(work)


def _plain(entry: PushEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "received_at": entry.received_at,
        "created_at": entry.created_at,
        "appid": entry.appid,
        "event": entry.kind,
        "state": entry.state.value,
        "outcome": entry.word or None,
        "attempts": entry.attempts,
        "content": None if entry.event is None else entry.event.told,
    }


def _row(entry: PushEntry) -> dict[str, object]:
    """Answers the cells of a person's table; words a program would look for stay."""
    told = {
        "received": f"{entry.received_at:%Y-%m-%d %H:%M:%S}",
        "event": entry.kind,
        "app": entry.appid,
        "state": say(f"push {entry.state}"),
        "outcome": entry.word,
        "attempts": entry.attempts,
    }
    return {say(f"push column {name}"): value for name, value in told.items()}
