"""Loading and advancing many sessions."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Text, any_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.at_once.asked import Asked, kinds
from wxlogin.adapters.sql.tables import sessions, users

_LOAD = (
    select(*rows.SESSION, *rows.USER)
    .join_from(sessions, users, users.c.id == sessions.c.user_id)
    .where(sessions.c.sid == any_(bindparam("p_sids", type_=ARRAY(Text()))))
)
_ASKED = Asked(
    kinds((sessions.c.sid, sessions.c.counter, sessions.c.last_used_at, sessions.c.expires_at))
    | {"max_life": BigInteger()}
)
_AT_LAST = sessions.c.created_at + _ASKED.c.max_life
_ADVANCE = (
    update(sessions)
    .where(
        sessions.c.sid == _ASKED.c.sid,
        sessions.c.counter == _ASKED.c.counter,
        sessions.c.ended_at.is_(None),
        func.least(sessions.c.expires_at, _AT_LAST) > _ASKED.c.last_used_at,
        users.c.id == sessions.c.user_id,
    )
    .values(
        counter=sessions.c.counter + 1,
        last_used_at=_ASKED.c.last_used_at,
        expires_at=func.least(_ASKED.c.expires_at, _AT_LAST),
    )
    .returning(*rows.SESSION, *rows.USER)
)


def load(connection: Connection, sids: Sequence[str]) -> list[Row[Any] | None]:
    """Answers session and user of each id."""
    found = {row[0]: row for row in connection.execute(_LOAD, {"p_sids": list(sids)})}
    return [found.get(sid) for sid in sids]


def advance(connection: Connection, asked: Sequence[Mapping[str, Any]]) -> list[Row[Any] | None]:
    """Moves each session on that stands where it is thought to; no two may be the same."""
    moved = {row[0]: row for row in connection.execute(_ADVANCE, _ASKED.values(asked))}
    return [moved.get(each["sid"]) for each in asked]
