"""`AuditTrail` in SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import mysql, postgresql, sqlite

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import audit_events, users
from wxlogin.domain.ports.audit import Actor, AuditEvent, AuditQuery, AuditWord

_ADD: dict[str, Any] = {
    "postgresql": postgresql.insert(audit_events).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(audit_events).on_conflict_do_nothing(),
    "mysql": mysql.insert(audit_events).prefix_with("IGNORE"),
}
_ERASED = select(users.c.id).where(users.c.erased_at >= bindparam("p_since"))
_CLOCKS_DIFFER = timedelta(minutes=1)
_NEWEST = (
    select(audit_events)
    .order_by(audit_events.c.at.desc(), audit_events.c.id.desc())
    .limit(bindparam("p_limit"))
)
_OLDEST = (
    select(audit_events.c.at, audit_events.c.id)
    .where(audit_events.c.at < bindparam("p_before"))
    .order_by(audit_events.c.at, audit_events.c.id)
    .limit(bindparam("p_limit"))
)
# The moment keeps the search at the old end of the key, of which the id is the second part.
_DROP = delete(audit_events).where(
    audit_events.c.at <= bindparam("p_last"),
    audit_events.c.id.in_(bindparam("p_ids", expanding=True)),
)


@frozen
class SqlAudit:
    """The audit trail."""

    db: Database

    async def append(self, events: Sequence[AuditEvent]) -> None:
        """Adds entries in one transaction."""
        if not events:
            return
        since = rows.micros(min(event.at for event in events) - _CLOCKS_DIFFER)
        add = _ADD[self.db.dialect]

        def act(connection: Connection) -> None:
            # Whoever was erased before has no later entries that an address could be in.
            erased = set(connection.execute(_ERASED, {"p_since": since}).scalars())
            connection.execute(add, [_row(event, erased) for event in events])

        await self.db.together(act)

    async def find(self, query: AuditQuery) -> Sequence[AuditEvent]:
        """Answers the entries wanted, newest first."""
        if not all(rows.is_id(text) for text in (query.user_id, query.sid) if text is not None):
            return []
        columns = audit_events.c
        wanted = _NEWEST
        if query.user_id is not None:
            wanted = wanted.where(columns.user_id == query.user_id)
        if query.sid is not None:
            wanted = wanted.where(columns.sid == query.sid)
        if query.event is not None:
            wanted = wanted.where(columns.event == query.event.value)
        if query.since is not None:
            wanted = wanted.where(columns.at >= rows.micros(query.since))
        named = {"p_limit": query.limit}
        found = await self.db.read(lambda c: c.execute(wanted, named).all())
        return [_event(row) for row in found]

    async def sweep(self, before: datetime, limit: int) -> int:
        """Deletes some of the oldest entries."""
        named = {"p_before": rows.micros(before), "p_limit": limit}

        def act(connection: Connection) -> int:
            old = connection.execute(_OLDEST, named).all()
            if not old:
                return 0
            these = {"p_last": old[-1].at, "p_ids": [row.id for row in old]}
            return connection.execute(_DROP, these).rowcount

        return await self.db.together(act)


def _row(event: AuditEvent, erased: set[str]) -> dict[str, Any]:
    return {
        "at": rows.micros(event.at),
        "id": event.id,
        "event": event.event.value,
        "reason": event.reason,
        "actor": event.actor.value,
        "appid": event.appid,
        "user_id": event.user_id,
        "sid": event.sid,
        "client": "" if event.user_id in erased else event.client,
    }


def _event(row: rows.Values) -> AuditEvent:
    at, event_id, event, reason, actor, appid, user_id, sid, client = row
    return AuditEvent(
        id=event_id,
        at=rows.moment(at),
        event=AuditWord(event),
        actor=Actor(actor),
        reason=reason,
        appid=appid,
        user_id=user_id,
        sid=sid,
        client=client,
    )
