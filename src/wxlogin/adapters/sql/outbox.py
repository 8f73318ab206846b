"""`Outbox` in SQL, and `put`, by which acts tell in their own commit what happened."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, bindparam, delete, func, insert, null, select, update

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import outbox
from wxlogin.domain.ports.outbox import Depth, Happened, Notice

MOST_COUNTED = 10_000
_WORD_MAX = 64
_columns = outbox.c
_earlier = outbox.alias("earlier")
_BEFORE = select(_earlier.c.seq).where(
    _earlier.c.due_at.is_not(None), _earlier.c.seq < _columns.seq
)
# Apart, so that each is a look into an index; as one question PostgreSQL reads far more.
_HEADS = (
    ~_BEFORE.where(_earlier.c.user_id == _columns.user_id).exists(),
    ~_BEFORE.where(_earlier.c.user_id == _columns.other_id).exists(),
    ~_BEFORE.where(_earlier.c.other_id == _columns.user_id).exists(),
    ~_BEFORE.where(_earlier.c.other_id == _columns.other_id).exists(),
)
_DUE = (
    select(outbox)
    .where(_columns.due_at <= bindparam("p_now"), *_HEADS)
    .order_by(_columns.due_at, _columns.seq)
    .limit(bindparam("p_limit"))
)
_STILL_TAKEN = (
    _columns.seq == bindparam("p_seq"),
    _columns.attempts == bindparam("p_attempts"),
    _columns.due_at.is_not(None),
)
# Of all that saw this try and this due time one finds the row still so; the others look again.
_TAKE = (
    update(outbox)
    .where(*_STILL_TAKEN, _columns.due_at == bindparam("p_due_at"))
    .values(attempts=_columns.attempts + 1, due_at=bindparam("p_until"))
)
_DONE = delete(outbox).where(*_STILL_TAKEN)
_PUT_OFF = (
    update(outbox)
    .where(*_STILL_TAKEN)
    .values(due_at=bindparam("p_until"), word=bindparam("p_word"))
)
_THE_REST = (
    update(outbox)
    .where(
        _columns.user_id == bindparam("p_user"),
        _columns.seq > bindparam("p_seq"),
        _columns.due_at < bindparam("p_until"),
    )
    .values(due_at=bindparam("p_until"))
)
_PARK = update(outbox).where(*_STILL_TAKEN).values(due_at=null(), word=bindparam("p_word"))
_OLDEST = select(outbox).order_by(_columns.seq).limit(bindparam("p_limit"))
_RETRY = (
    update(outbox)
    .where(_columns.due_at.is_(None))
    .values(due_at=bindparam("p_now"), attempts=0, word="")
)
_RETRY_ONE = _RETRY.where(_columns.seq == bindparam("p_seq"))
_WAITING = (
    select(_columns.seq, _columns.at)
    .where(_columns.due_at.is_not(None))
    .order_by(_columns.seq)
    .limit(MOST_COUNTED)
    .subquery("waiting")
)
_PARKED = (
    select(_columns.seq).where(_columns.due_at.is_(None)).limit(MOST_COUNTED).subquery("parked")
)
_DEPTH = select(
    select(func.count()).select_from(_WAITING).scalar_subquery(),
    select(func.count()).select_from(_PARKED).scalar_subquery(),
    select(func.min(_WAITING.c.at)).scalar_subquery(),
)
_OLD = (
    select(_columns.seq)
    .where(_columns.due_at.is_(None), _columns.at < bindparam("p_before"))
    .limit(bindparam("p_limit"))
)
_DROP = delete(outbox).where(_columns.seq.in_(bindparam("p_seqs", expanding=True)))
_PUT = insert(outbox).inline()


def put(
    connection: Connection,
    kind: Happened,
    user_id: str,
    at: int,
    *,
    sid: str | None = None,
    reason: str = "",
    other_id: str | None = None,
) -> None:
    """Tells in the transaction of `connection` what happened; `at` are microseconds.

    After the change itself, whose locks keep notices of one user in the order of their acts.
    """
    connection.execute(
        _PUT,
        {
            "event": kind.value,
            "user_id": user_id,
            "other_id": other_id,
            "sid": sid,
            "reason": reason,
            "at": at,
            "attempts": 0,
            "due_at": at,
            "word": "",
        },
    )


@frozen
class SqlOutbox:
    """Notices, each until it is delivered."""

    db: Database

    async def take(self, now: datetime, until: datetime, limit: int) -> Sequence[Notice]:
        """Takes notices that are due; those lost to others are left out."""
        named = {"p_now": rows.micros(now), "p_limit": limit}
        leased = rows.micros(until)
        while True:  # a look costs no write, so that who finds nothing to do disturbs nobody
            found = await self.db.read(lambda c: c.execute(_DUE, named).all())
            if not found:
                return []
            act = partial(_won, found=found, until=leased)
            if taken := await self.db.one(act):
                return [_notice(row, row.attempts + 1) for row in taken]

    async def done(self, taken: Notice) -> bool:
        """Deletes a delivered notice, if nobody took it since."""
        return await self._settle(_DONE, taken)

    async def put_off(self, taken: Notice, word: str, until: datetime) -> bool:
        """Gives a notice back for later, if nobody took it since.

        The user's later ones, which have to wait, are put off with it, so that nobody who looks
        for what is due has to pass them.
        """
        named = {"p_seq": taken.seq, "p_until": rows.micros(until)}
        own = {"p_attempts": taken.attempts, "p_word": _cut(word)}

        def act(connection: Connection) -> bool:
            if connection.execute(_PUT_OFF, named | own).rowcount != 1:
                return False
            connection.execute(_THE_REST, named | {"p_user": taken.user_id})
            return True

        return await self.db.together(act)

    async def park(self, taken: Notice, word: str) -> bool:
        """Leaves a notice to operators, if nobody took it since."""
        return await self._settle(_PARK, taken, p_word=_cut(word))

    async def oldest(self, limit: int) -> Sequence[Notice]:
        """Answers what was put first."""
        found = await self.db.read(lambda c: c.execute(_OLDEST, {"p_limit": limit}).all())
        return [_notice(row, row.attempts) for row in found]

    async def retry(self, now: datetime, seq: int | None = None) -> int:
        """Lets what is parked be taken again."""
        named = {"p_now": rows.micros(now)}
        one = _RETRY, named
        if seq is not None:
            one = _RETRY_ONE, named | {"p_seq": seq}
        return await self.db.one(lambda c: c.execute(*one).rowcount)

    async def depth(self) -> Depth:
        """Counts what is here, each kind up to `MOST_COUNTED`."""
        waiting, parked, oldest = await self.db.read(lambda c: c.execute(_DEPTH).one())
        return Depth(waiting, parked, None if oldest is None else rows.moment(oldest))

    async def sweep(self, before: datetime, limit: int) -> int:
        """Deletes some parked notices that nobody came for."""
        named = {"p_before": rows.micros(before), "p_limit": limit}

        def act(connection: Connection) -> int:
            old = connection.execute(_OLD, named).scalars().all()
            return connection.execute(_DROP, {"p_seqs": old}).rowcount if old else 0

        return await self.db.together(act)

    async def _settle(self, how: Any, taken: Notice, **values: Any) -> bool:
        named = {"p_seq": taken.seq, "p_attempts": taken.attempts, **values}
        return await self.db.one(lambda c: c.execute(how, named).rowcount == 1)


def _won(connection: Connection, *, found: Sequence[Any], until: int) -> list[Any]:
    """Takes each row that is still as it was found; answers those."""
    taken = []
    for row in found:
        seen = {"p_seq": row.seq, "p_attempts": row.attempts, "p_due_at": row.due_at}
        if connection.execute(_TAKE, seen | {"p_until": until}).rowcount == 1:
            taken.append(row)
    return taken


def _notice(row: Any, attempts: int) -> Notice:
    return Notice(
        seq=row.seq,
        kind=Happened(row.event),
        user_id=row.user_id,
        at=rows.moment(row.at),
        sid=row.sid,
        reason=row.reason,
        other_id=row.other_id,
        attempts=attempts,
        parked=row.due_at is None,
        word=row.word,
    )


def _cut(word: str) -> str:
    return word.encode("ascii", "replace").decode()[:_WORD_MAX]
