"""Counts living sessions slice by slice, so that no statement looks at more than a few rows."""

from datetime import datetime

from attrs import frozen
from sqlalchemy import BigInteger, Connection, Row, String, bindparam, case, func, select

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import sessions

SLICE = 2000
"""On SQLite about a millisecond, during which nothing else is done."""

_SLICE = (
    select(sessions.c.sid, sessions.c.ended_at, sessions.c.expires_at)
    .where(sessions.c.sid > bindparam("p_after", type_=String))
    .order_by(sessions.c.sid)
    .limit(bindparam("p_most"))
    .subquery("slice")
)
_LIVES = _SLICE.c.ended_at.is_(None) & (_SLICE.c.expires_at > bindparam("p_now", type_=BigInteger))
_COUNT = select(
    func.count().label("seen"),
    func.coalesce(func.sum(case((_LIVES, 1), else_=0)), 0).label("living"),
    func.max(_SLICE.c.sid).label("last"),
).select_from(_SLICE)


@frozen
class Slice:
    """How many sessions of a slice live, and where the next slice begins: None after the last."""

    living: int
    last: str | None


async def count_slice(database: Database, after: str, now: datetime, most: int = SLICE) -> Slice:
    """Counts among the next sessions after a sid; `""` is before all."""
    named = {"p_after": after, "p_most": most, "p_now": rows.micros(now)}

    def act(connection: Connection) -> Row[tuple[int, int, str]]:
        return connection.execute(_COUNT, named).one()

    row = await database.read(act)
    return Slice(int(row.living), row.last if row.seen == most else None)
