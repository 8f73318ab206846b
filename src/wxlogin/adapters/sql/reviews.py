"""`ReviewRepository` in SQL: the values lie sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import reviews, users
from wxlogin.adapters.sql.users import SqlUsers
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.review import UNDECIDED, Review, ReviewKind, ReviewState
from wxlogin.domain.user import User

_PURPOSE = "review"
_columns = reviews.c
_OPEN = _columns.state.in_([each.value for each in sorted(UNDECIDED)])
_DECIDED = _columns.state.in_([each.value for each in ReviewState if each not in UNDECIDED])
_LOCK = (
    select(users.c.id)
    .where(users.c.id == bindparam("p_user"), users.c.erased_at.is_(None))
    .with_for_update()
)
_REPLACED = (
    update(reviews)
    .where(_columns.user_id == bindparam("p_user"), _columns.kind == bindparam("p_kind"), _OPEN)
    .values(state=ReviewState.REFUSED.value, at=bindparam("p_now"))
)
_GET = select(reviews).where(_columns.id == bindparam("p_id"))
_OF = (
    select(reviews)
    .where(_columns.user_id == bindparam("p_user"))
    .order_by(_columns.at, _columns.id)
)
_BY_TRACE = (
    select(reviews)
    .where(_columns.appid == bindparam("p_appid"), _columns.trace_id == bindparam("p_trace"))
    .order_by(_columns.at.desc(), _columns.id.desc())
    .limit(1)
)
_DECIDE = (
    update(reviews)
    .where(_columns.id == bindparam("p_id"), _OPEN, _columns.state != bindparam("p_state"))
    .values(state=bindparam("p_state"), at=bindparam("p_now"))
)
_DECIDE_WITH_LABEL = _DECIDE.values(label=bindparam("p_label"))
_WAITING = (
    select(reviews)
    .where(_columns.state == ReviewState.WAITING.value)
    .order_by(_columns.at, _columns.id)
    .limit(bindparam("p_limit"))
)
_ASKED = (
    select(reviews)
    .where(_columns.state == ReviewState.ASKED.value, _columns.at < bindparam("p_before"))
    .order_by(_columns.at, _columns.id)
    .limit(bindparam("p_limit"))
)
_OLD = (
    select(_columns.id)
    .where(_DECIDED, _columns.at < bindparam("p_before"))
    .limit(bindparam("p_limit"))
)
_DROP = delete(reviews).where(_columns.id.in_(bindparam("p_ids", expanding=True)))


@frozen
class SqlReviews:
    """Reviews, one row each."""

    db: Database
    vault: Vault
    users: SqlUsers

    async def add(self, review: Review) -> bool:
        """Adds a review in place of an undecided one, under the user's lock."""
        if not rows.is_id(review.user_id):
            return False
        row = self._row(review)
        older = {"p_user": review.user_id, "p_kind": row["kind"], "p_now": row["at"]}

        def act(connection: Connection) -> bool:
            if connection.execute(_LOCK, {"p_user": review.user_id}).first() is None:
                return False
            connection.execute(_REPLACED, older)
            connection.execute(insert(reviews), row)
            return True

        return await self.db.together(act)

    async def get(self, review_id: str) -> Review | None:
        """Answers a review."""
        if not rows.is_id(review_id):
            return None
        row = await self.db.read(lambda c: c.execute(_GET, {"p_id": review_id}).first())
        return None if row is None else self._review(row)

    async def by_trace(self, appid: str, trace_id: str) -> Review | None:
        """Answers the review of a trace id; anything but ASCII text names none."""
        if not (appid.isprintable() and trace_id.isascii() and trace_id.isprintable()):
            return None
        named = {"p_appid": appid, "p_trace": trace_id}
        row = await self.db.read(lambda c: c.execute(_BY_TRACE, named).first())
        return None if row is None else self._review(row)

    async def decide(
        self, review_id: str, state: ReviewState, now: datetime, label: int | None = None
    ) -> bool:
        """Changes the row if it is undecided still."""
        if not rows.is_id(review_id):
            return False
        named = {"p_id": review_id, "p_state": state.value, "p_now": rows.micros(now)}
        how = _DECIDE
        if label is not None:
            how, named = _DECIDE_WITH_LABEL, named | {"p_label": label}
        return await self.db.one(lambda c: c.execute(how, named).rowcount == 1)

    async def pass_nickname(self, review_id: str, named: User) -> bool:
        """Changes the user's row, then the review's: in the order in which all lock them."""
        if not rows.is_id(review_id):
            return False
        passed = {"p_id": review_id, "p_state": ReviewState.PASSED.value}
        passed_now = passed | {"p_now": rows.micros(named.updated_at)}

        def act(connection: Connection) -> bool:
            if not self.users.write(connection, named):
                return False
            if connection.execute(_DECIDE, passed_now).rowcount != 1:
                raise _Decided
            return True

        try:
            return await self.db.together(act)
        except _Decided:
            return False

    async def withdraw(self, user_id: str, kind: ReviewKind, now: datetime) -> None:
        """Refuses what is undecided."""
        if rows.is_id(user_id):
            named = {"p_user": user_id, "p_kind": kind.value, "p_now": rows.micros(now)}
            await self.db.one(lambda c: c.execute(_REPLACED, named))

    async def of(self, user_id: str) -> Sequence[Review]:
        """Answers the reviews of a user."""
        return await self._all(_OF, p_user=user_id) if rows.is_id(user_id) else []

    async def waiting(self, limit: int) -> Sequence[Review]:
        """Answers what waits for an operator."""
        return await self._all(_WAITING, p_limit=limit)

    async def asked_before(self, moment: datetime, limit: int) -> Sequence[Review]:
        """Answers what WeChat has not answered."""
        return await self._all(_ASKED, p_before=rows.micros(moment), p_limit=limit)

    async def sweep(self, before: datetime, limit: int) -> int:
        """Deletes some decided ones."""
        named = {"p_before": rows.micros(before), "p_limit": limit}

        def act(connection: Connection) -> int:
            old = connection.execute(_OLD, named).scalars().all()
            return connection.execute(_DROP, {"p_ids": old}).rowcount if old else 0

        return await self.db.together(act)

    async def _all(self, how: Any, **named: Any) -> list[Review]:
        found = await self.db.read(lambda c: c.execute(how, named).all())
        return [self._review(row) for row in found]

    def _row(self, review: Review) -> dict[str, Any]:
        return {
            "id": review.id,
            "user_id": review.user_id,
            "appid": review.appid,
            "kind": review.kind.value,
            "sealed": self.vault.seal(review.value.encode(), purpose=_PURPOSE, row=review.id),
            "state": review.state.value,
            "at": rows.micros(review.at),
            "trace_id": review.trace_id,
            "label": review.label,
        }

    def _review(self, row: Any) -> Review:
        try:
            value = self.vault.open(bytes(row.sealed), purpose=_PURPOSE, row=row.id).decode()
        except ValueError:
            value = ""  # its master key is gone
        return Review(
            id=row.id,
            user_id=row.user_id,
            appid=row.appid,
            kind=ReviewKind(row.kind),
            value=value,
            state=ReviewState(row.state),
            at=rows.moment(row.at),
            trace_id=row.trace_id,
            label=row.label,
        )


class _Decided(Exception):
    """Somebody was quicker; undoes what was written."""
