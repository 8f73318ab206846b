"""Making room: ending the sessions idle the longest, so that a new one is among those kept."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    null,
    select,
    update,
)

from wxlogin.adapters.sql.tables import sessions, users
from wxlogin.domain.session import EndReason

_UNLIMITED = 1 << 31
_NOW = bindparam("p_now", type_=BigInteger)


def others(keep: int | None) -> int:
    """Answers how many sessions may live besides the one that begins."""
    return _UNLIMITED if keep is None else keep - 1


def idle(user_id: Any, now: Any, others: Any) -> Select[Any]:
    """Answers a query for a user's living sessions but for the `others` used last."""
    return (
        select(sessions.c.sid, sessions.c.last_used_at)
        .where(sessions.c.user_id == user_id, *_living(now))
        .order_by(sessions.c.last_used_at.desc(), sessions.c.sid.desc())
        .offset(others)
    )


def superseded(now: Any) -> dict[str, Any]:
    """Answers what an ended one is changed to."""
    return {
        "ended_at": now,
        "end_reason": EndReason.SUPERSEDED.value,
        "session_key_sealed": null(),
    }


def make_room(connection: Connection, user_id: str, now: int, keep: int | None) -> None:
    """Ends those sessions of a locked user that one more leaves no room for."""
    named = {"p_user": user_id, "p_now": now, "p_others": others(keep)}
    connection.execute(_MAKE_ROOM, named)


def _living(now: Any) -> tuple[ColumnElement[bool], ...]:
    return sessions.c.ended_at.is_(None), sessions.c.expires_at > now


def _make_room() -> Any:
    those = idle(bindparam("p_user"), _NOW, bindparam("p_others", type_=BigInteger))
    found = those.subquery("idle")
    return update(sessions).where(sessions.c.sid == found.c.sid).values(superseded(_NOW))


_MAKE_ROOM = _make_room()

CROWD = (
    select(func.count()).where(sessions.c.user_id == users.c.id, *_living(_NOW)).scalar_subquery()
)
"""How many sessions the user of a query has, at `p_now`."""
