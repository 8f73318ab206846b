"""`Ledger` in SQL."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, Row, bindparam, delete, null, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.at_once import claims as at_once
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.gathering import Gathering
from wxlogin.adapters.sql.tables import claims
from wxlogin.domain.ports.ledger import Claim, Outcome

_THIS = claims.c.spent == bindparam("p_spent")
_INSERT: dict[str, Any] = {
    "postgresql": postgresql.insert(claims).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(claims).on_conflict_do_nothing(),
    "mysql": mysql.insert(claims).prefix_with("IGNORE"),
}
_READ = select(claims).where(_THIS)
_TAKE_OVER = (
    update(claims)
    .where(_THIS, claims.c.expires_at <= bindparam("p_now"))
    .values(
        key=bindparam("p_key"),
        body=bindparam("p_body"),
        answer=null(),
        answer_until=null(),
        expires_at=bindparam("p_expires_at"),
    )
)
_SETTLE = (
    update(claims)
    .where(_THIS)
    .values(answer=bindparam("p_answer"), answer_until=bindparam("p_until"))
)
_RELEASE = delete(claims).where(_THIS)
_BLANK = (
    update(claims)
    .where(claims.c.answer.is_not(None), claims.c.answer_until <= bindparam("p_now"))
    .values(answer=null())
)
_PAST = claims.c.expires_at <= bindparam("p_now")
_OVER = select(claims.c.spent).where(_PAST).limit(bindparam("p_limit"))
# Asked a second time, for a claim may have been taken over since it was looked at.
_DROP = delete(claims).where(claims.c.spent.in_(bindparam("p_spent", expanding=True)), _PAST)
_POLL = 0.05
"""Seconds between two looks of somebody who waits for another process's answer."""


@frozen
class SqlLedger:
    """Remembers which credentials were spent, and for a minute what was answered."""

    db: Database
    _claims: Gathering[Mapping[str, Any], bool] = field(init=False, repr=False)

    @_claims.default
    def _claiming(self) -> Gathering[Mapping[str, Any], bool]:
        return Gathering(
            lambda asked: self.db.one(lambda c: at_once.claim(c, asked)), apart=itemgetter("spent")
        )

    async def claim(self, claim: Claim, now: datetime, expires_at: datetime) -> Outcome | None:
        """Claims a credential; None to the one who may go on."""
        row = {
            "spent": claim.spent,
            "key": claim.key,
            "body": claim.body,
            "expires_at": rows.micros(expires_at),
        }
        if self.db.dialect == "postgresql" and await self._claims.ask(row):
            return None
        moment = rows.micros(now)
        taking = {f"p_{name}": value for name, value in row.items()} | {"p_now": moment}

        def act(connection: Connection) -> Outcome | None:
            while True:
                if connection.execute(_INSERT[self.db.dialect], row).rowcount == 1:
                    return None
                kept = connection.execute(_READ, {"p_spent": claim.spent}).first()
                if kept is None:
                    continue  # released or swept in between
                if kept.expires_at > moment:
                    return _outcome(kept, moment)
                if connection.execute(_TAKE_OVER, taking).rowcount == 1:
                    return None

        return await self.db.one(act)

    async def settle(self, spent: str, answer: bytes | None, answer_until: datetime) -> None:
        """Notes the answer to a claim."""
        named = {"p_spent": spent, "p_answer": answer, "p_until": rows.micros(answer_until)}
        await self.db.one(lambda c: c.execute(_SETTLE, named))

    async def release(self, spent: str) -> None:
        """Takes a claim back."""
        await self.db.one(lambda c: c.execute(_RELEASE, {"p_spent": spent}))

    async def outcome(self, spent: str, now: datetime, patience: float) -> Outcome | None:
        """Waits for a claim to be settled, looking again and again."""
        moment = rows.micros(now)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience
        while True:
            row = await self.db.read(lambda c: c.execute(_READ, {"p_spent": spent}).first())
            if row is None or row.answer_until is not None or loop.time() >= deadline:
                return None if row is None else _outcome(row, moment)
            await asyncio.sleep(min(_POLL, max(deadline - loop.time(), 0)))

    async def sweep(self, now: datetime, limit: int) -> int:
        """Forgets answers past their time, deletes some claims past theirs."""
        named = {"p_now": rows.micros(now)}

        def act(connection: Connection) -> int:
            connection.execute(_BLANK, named)
            over = connection.execute(_OVER, named | {"p_limit": limit}).scalars().all()
            return connection.execute(_DROP, named | {"p_spent": over}).rowcount if over else 0

        return await self.db.together(act)


def _outcome(row: Row[Any], moment: int) -> Outcome:
    settled = row.answer_until is not None
    given = settled and row.answer is not None and moment < row.answer_until
    return Outcome(row.key, row.body, bytes(row.answer) if given else None, settled)
