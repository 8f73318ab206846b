"""`wxlogin audit`: what the trail holds, for a person or line by line for a program."""

import re
import sys
from datetime import UTC, datetime, timedelta

import click
import msgspec

from wxlogin.domain.ports.audit import AuditEvent, AuditQuery, AuditWord
from wxlogin.entrypoints.cli.operating import columns, on_the_store
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.container import Container

_AGO = re.compile(r"([1-9][0-9]{0,5})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def audit(
    user: str | None,
    session: str | None,
    event: str | None,
    since: str | None,
    limit: int,
    *,
    as_json: bool,
) -> int:
    """Shows the newest entries for which everything given holds, newest first."""
    start = None if since is None else beginning(since)

    async def work(container: Container) -> None:
        query = AuditQuery(
            user_id=user,
            sid=session,
            event=None if event is None else AuditWord(event),
            since=container.clock().now() - start if isinstance(start, timedelta) else start,
            limit=limit,
        )
        found = await container.audit().find(query)
        if as_json:
            lines = [msgspec.json.encode(_plain(each)).decode() + "\n" for each in found]
            sys.stdout.write("".join(lines))
        else:
            table = columns([_row(each) for each in found])
            sys.stdout.write((table or say("no events")) + "\n")

    return on_the_store(work)


def beginning(text: str) -> datetime | timedelta:
    """Answers the moment meant, or how long ago: `2026-11-24`, `2026-11-24T08:00Z`, `90m`, `7d`.

    Raises:
        click.UsageError: it is neither.
    """
    if ago := _AGO.fullmatch(text):
        return timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise click.UsageError(say("bad since", value=text)) from None


def _plain(event: AuditEvent) -> dict[str, object]:
    return {
        "at": event.at,
        "event": event.event.value,
        "reason": event.reason or None,
        "actor": event.actor.value,
        "appid": event.appid,
        "user_id": event.user_id,
        "sid": event.sid,
        "client": event.client or None,
    }


def _row(event: AuditEvent) -> dict[str, object]:
    """Answers the cells of a person's table; words one can filter by stay, explained."""
    told = {
        "at": f"{event.at:%Y-%m-%d %H:%M:%S}",
        "event": say(f"event {event.event}"),
        "reason": event.reason,
        "actor": say(f"actor {event.actor}"),
        "user": event.user_id,
        "session": event.sid,
        "app": event.appid,
        "client": event.client,
    }
    return {say(f"column {name}"): value for name, value in told.items()}
