"""`wxlogin webhooks`: what is still to be told, sending again what was given up, and a test."""

import re
import sys
from typing import Any

import msgspec

from wxlogin.domain.ports.outbox import Happened, Notice
from wxlogin.entrypoints.cli.operating import columns, on_the_store
from wxlogin.entrypoints.cli.starting import WRONG, leave, tell
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.container import Container

_ID = re.compile(r"msg_[0-9a-f]{1,16}_([0-9]{1,18})")


def list_webhooks(limit: int, *, as_json: bool) -> int:
    """Shows what is not delivered yet, oldest first."""

    async def work(container: Container) -> None:
        found = await container.hooks.outbox().oldest(limit)
        if as_json:
            told = msgspec.json.encode({"webhooks": [_plain(each) for each in found]}).decode()
        else:
            told = columns([_row(each) for each in found]) or say("no webhooks")
        sys.stdout.write(f"{told}\n")

    return on_the_store(work)


def retry_webhooks(notice_id: str | None, *, as_json: bool) -> int:
    """Lets what was given up be sent again: one, or all."""
    named = None if notice_id is None else _ID.fullmatch(notice_id)
    if notice_id is not None and named is None:
        leave(say("no webhook id", id=notice_id))
    seq = None if named is None else int(named[1])
    retried = 0

    async def work(container: Container) -> None:
        nonlocal retried
        retried = await container.hooks.outbox().retry(container.clock().now(), seq)
        text = msgspec.json.encode({"retried": retried}).decode() if as_json else _retried(retried)
        sys.stdout.write(f"{text}\n")

    return on_the_store(work) or (WRONG if seq is not None and not retried else 0)


def test_webhook(*, as_json: bool) -> int:
    """Sends one signed test webhook and tells what came back."""
    delivered = False

    async def work(container: Container) -> None:
        nonlocal delivered
        if container.settings().webhook_url is None:
            tell(say("webhook not set"))
            return
        receiver, clock = container.hooks.receiver(), container.clock()
        begun = clock.now()
        try:
            reply = await receiver.tell(Notice(0, Happened.TEST, "", begun), None)
        finally:
            await receiver.close()
        delivered, ms = reply.well, round((clock.now() - begun).total_seconds() * 1000)
        plain = {
            "delivered": delivered,
            "status": reply.status or None,
            "met": reply.word,
            "ms": ms,
        }
        key = "webhook delivered" if delivered else "webhook failed"
        text = say(key, met=reply.word, ms=ms)
        sys.stdout.write((msgspec.json.encode(plain).decode() if as_json else text) + "\n")

    return on_the_store(work) or (0 if delivered else WRONG)


def _retried(number: int) -> str:
    return say("webhooks retried", number=number) if number else say("none parked")


def _plain(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "at": notice.at,
        "type": notice.kind.value,
        "user_id": notice.user_id,
        "merged_user_id": notice.other_id,
        "sid": notice.sid,
        "reason": notice.reason or None,
        "state": _state(notice),
        "attempts": notice.attempts,
        "met": notice.word or None,
    }


def _row(notice: Notice) -> dict[str, object]:
    """Answers the cells of a person's table; words a program would look for stay."""
    told = {
        "at": f"{notice.at:%Y-%m-%d %H:%M:%S}",
        "id": notice.id,
        "type": notice.kind.value,
        "user": notice.user_id,
        "state": say(f"webhook {_state(notice)}"),
        "met": notice.word,
        "attempts": notice.attempts,
    }
    return {say(f"webhooks column {name}"): value for name, value in told.items()}


def _state(notice: Notice) -> str:
    return "parked" if notice.parked else "waiting"
