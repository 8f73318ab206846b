"""`MergeRepository` in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import Connection, Row, bindparam, insert, null, select, update
from sqlalchemy.exc import IntegrityError

from wxlogin.adapters.sql import aside, phones, rows, unionids
from wxlogin.adapters.sql.aside import Aside, Held
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.faults import Raced
from wxlogin.adapters.sql.tables import identities, merges, sessions, users
from wxlogin.domain.merge import Merge, MergeRefusal, Taken
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.session import EndReason
from wxlogin.domain.user import User

_USER = select(users).where(users.c.id == bindparam("p_user")).with_for_update(key_share=True)
_IDENTITIES = (
    select(identities.c.appid, identities.c.openid)
    .where(identities.c.user_id == bindparam("p_user"))
    .order_by(identities.c.appid, identities.c.openid)
)
_HAND_OVER = (
    update(identities)
    .where(identities.c.user_id == bindparam("p_from"))
    .values(user_id=bindparam("p_to"))
)
_HAND_BACK = _HAND_OVER.where(
    identities.c.appid == bindparam("p_appid"), identities.c.openid == bindparam("p_openid")
)
_END_SESSIONS = (
    update(sessions)
    .where(sessions.c.user_id == bindparam("p_user"), sessions.c.ended_at.is_(None))
    .values(
        ended_at=bindparam("p_now"),
        end_reason=EndReason.SUPERSEDED.value,
        session_key_sealed=null(),
    )
)
_END_IN_APP = _END_SESSIONS.where(sessions.c.appid == bindparam("p_appid"))
_EMPTY = (
    update(users)
    .where(users.c.id == bindparam("p_user"))
    .values(
        nickname="",
        avatar_url="",
        gender=0,
        phone_sealed=null(),
        phone_index=null(),
        leaves_at=null(),
        updated_at=bindparam("p_now"),
        erased_at=bindparam("p_now"),
        version=users.c.version + 1,
    )
)
_TOLD = (
    "updated_at", "version", "nickname", "avatar_url", "gender", "phone_sealed", "phone_index",
)  # fmt: skip
_CHANGE = (
    update(users)
    .where(users.c.id == bindparam("p_id"))
    .values({name: bindparam(f"p_{name}") for name in _TOLD})
)
_MERGE = select(merges).where(merges.c.id == bindparam("p_id"))
_UNDO = (
    update(merges)
    .where(merges.c.id == bindparam("p_id"))
    .values(undone_at=bindparam("p_now"), sealed=null())
)
_FORGET = update(merges).where(merges.c.id == bindparam("p_id")).values(sealed=null())
_NEWEST = select(merges).order_by(merges.c.merged_at.desc(), merges.c.id.desc())
_OF = _NEWEST.where(
    (merges.c.kept_user_id == bindparam("p_user")) | (merges.c.gone_user_id == bindparam("p_user"))
)
_DUE = (
    select(merges)
    .where(merges.c.sealed.is_not(None), merges.c.merged_at < bindparam("p_before"))
    .order_by(merges.c.merged_at)
    .limit(bindparam("p_limit"))
)


@frozen
class SqlMerges:
    """Acts that concern two users and all that is theirs together.

    Both users are locked, in the order of their ids, before anything is changed.
    """

    db: Database
    vault: Vault

    async def merge(
        self, merge_id: str, kept_id: str, gone_id: str, now: datetime
    ) -> Merge | MergeRefusal:
        """Makes one user part of another."""
        if kept_id == gone_id or not (rows.is_id(kept_id) and rows.is_id(gone_id)):
            return MergeRefusal.UNKNOWN
        wish = Merge(merge_id, kept_id, gone_id, rows.moment(rows.micros(now)))
        done = await self.db.together(lambda c: self._merge(c, wish))
        if isinstance(done, Merge):
            await self.db.scrub()
        return done

    async def unmerge(self, merge_id: str, now: datetime) -> Merge | MergeRefusal:
        """Takes two users apart again."""
        if not rows.is_id(merge_id):
            return MergeRefusal.UNKNOWN
        done = await self.db.together(lambda c: self._unmerge(c, merge_id, now))
        if isinstance(done, Merge):  # once more: a login that waited for the lock came in after it
            await self.db.together(lambda c: self._end_late(c, done, rows.micros(now)))
        return done

    async def of(self, user_id: str | None = None) -> Sequence[Merge]:
        """Answers the merges of a user, or all."""
        if user_id is None:
            return await self._read(_NEWEST, {})
        return await self._read(_OF, {"p_user": user_id}) if rows.is_id(user_id) else []

    async def absorbed(self, user_id: str) -> Sequence[str]:
        """Answers who is part of a user."""
        return await self.db.read(lambda c: aside.absorbed(c, user_id))

    async def due(self, before: datetime, limit: int) -> Sequence[Merge]:
        """Answers some merges whose time to be undone is over."""
        return await self._read(_DUE, {"p_before": rows.micros(before), "p_limit": limit})

    async def forget(self, merge_id: str) -> None:
        """Overwrites what undoing would need."""
        await self.db.one(lambda c: c.execute(_FORGET, {"p_id": merge_id}))
        await self.db.scrub()

    async def _read(self, query: Any, named: dict[str, Any]) -> list[Merge]:
        found = await self.db.read(lambda c: c.execute(query, named).all())
        return [_record(row) for row in found]

    def _merge(self, connection: Connection, wish: Merge) -> Merge | MergeRefusal:
        there = _locked(connection, wish)
        if any(row is None or row.erased_at is not None for row in there.values()):
            return MergeRefusal.UNKNOWN
        if any(row.banned_at is not None for row in there.values()):
            return MergeRefusal.BANNED
        if any(row.leaves_at is not None for row in there.values()):
            return MergeRefusal.LEAVING
        kept, gone = (self._user(there[user_id]) for user_id in (wish.kept_id, wish.gone_id))
        taken = Taken.over(kept, gone)
        changed = taken.put_on(kept, wish.merged_at)
        gone_row, gone_phone = aside.of_row(there[wish.gone_id])
        shared = unionids.carried(connection, wish.gone_id)
        kept_aside = Aside(
            gone=gone_row,
            gone_phone=gone_phone,
            took=aside.taken_over(taken),
            kept_updated_at=there[wish.kept_id].updated_at,
            identities=[(appid, openid) for appid, openid in _names(connection, wish.gone_id)],
            unionids={each: Held(*unionids.standing(connection, each)) for each in shared},
        )
        at = rows.micros(wish.merged_at)
        self._end_sessions(connection, wish.gone_id, at)
        connection.execute(_EMPTY, {"p_user": wish.gone_id, "p_now": at})
        self._write(connection, changed, there[wish.kept_id])
        connection.execute(_HAND_OVER, {"p_from": wish.gone_id, "p_to": wish.kept_id})
        for unionid in shared:
            unionids.settle(connection, unionid, at)
        connection.execute(
            insert(merges),
            {
                "id": wish.id,
                "kept_user_id": wish.kept_id,
                "gone_user_id": wish.gone_id,
                "merged_at": at,
                "undone_at": None,
                "sealed": kept_aside.seal(wish.id, self.vault),
            },
        )
        self._tell(connection, wish)
        return wish

    def _unmerge(
        self, connection: Connection, merge_id: str, now: datetime
    ) -> Merge | MergeRefusal:
        found = connection.execute(_MERGE, {"p_id": merge_id}).first()
        if found is None:
            return MergeRefusal.UNKNOWN
        there = _locked(connection, _record(found))
        found = connection.execute(_MERGE, {"p_id": merge_id}).one()  # as it is under the locks
        merge = _record(found)
        at, kept_row = rows.micros(now), there[merge.kept_id]
        if refusal := _standing_in_the_way(connection, merge, kept_row, now):
            return refusal
        back = Aside.opened(bytes(found.sealed), merge.id, self.vault)
        own = set(_names(connection, merge.kept_id))
        returning = [name for name in back.identities if name in own]
        if not returning or len(returning) == len(own):
            return MergeRefusal.NO_IDENTITY
        for appid in sorted({appid for appid, _ in returning}):
            self._end_in_app(connection, merge.kept_id, appid, at)
        self._give_back(connection, merge, back, kept_row, at)
        for appid, openid in returning:
            connection.execute(
                _HAND_BACK,
                {
                    "p_from": merge.kept_id,
                    "p_to": merge.gone_id,
                    "p_appid": appid,
                    "p_openid": openid,
                },
            )
        _divide(connection, merge, back, at)
        connection.execute(_UNDO, {"p_id": merge.id, "p_now": at})
        undone = evolve(merge, undone_at=rows.moment(at), restorable=False)
        self._tell(connection, undone)
        return undone

    def _give_back(
        self, connection: Connection, merge: Merge, back: Aside, kept_row: Row[Any], at: int
    ) -> None:
        """Writes both users; a phone that is somebody else's by now stays theirs."""
        kept = self._user(kept_row)
        changed = back.taken(self.vault).taken_off(kept, rows.moment(at))
        if changed is not kept:
            self._write(connection, changed, kept_row)
            if kept.updated_at == merge.merged_at:  # nothing happened to them since
                times = {"p_user": merge.kept_id, "p_at": back.kept_updated_at}
                connection.execute(_TIMES, times)
        row = back.row()
        indexes = rows.phone_indexes(back.user(self.vault), self.vault)
        if phones.holder(connection, indexes, merge.gone_id) is not None:
            row |= {"phone_sealed": None, "phone_index": None}
        now = connection.execute(_USER, {"p_user": merge.gone_id}).one()
        row["version"] = now.version + 1
        known = {name: value for name, value in row.items() if name in users.c}
        try:
            connection.execute(update(users).where(users.c.id == merge.gone_id).values(known))
        except IntegrityError as taken:
            raise Raced from taken  # somebody binds that phone at this moment

    def _tell(self, connection: Connection, merge: Merge) -> None:
        """Tells nobody. Here, in the act's own transaction, is the place for those who do."""

    def _user(self, row: Any) -> User:
        return rows.user_from([getattr(row, c.name) for c in rows.USER], self.vault)

    def _end_sessions(self, connection: Connection, user_id: str, at: int) -> None:
        connection.execute(_END_SESSIONS, {"p_user": user_id, "p_now": at})

    def _end_late(self, connection: Connection, merge: Merge, at: int) -> None:
        _locked(connection, merge)
        for appid in sorted({appid for appid, _ in _names(connection, merge.gone_id)}):
            self._end_in_app(connection, merge.kept_id, appid, at)

    def _end_in_app(self, connection: Connection, user_id: str, appid: str, at: int) -> None:
        named = {"p_user": user_id, "p_appid": appid, "p_now": at}
        connection.execute(_END_IN_APP, named)

    def _write(self, connection: Connection, user: User, before: Row[Any]) -> None:
        """Writes what changed since `before`; a phone that did not stays sealed as it is."""
        row = rows.row_from_user(user, self.vault)
        if user.phone == self._user(before).phone:
            row |= {"phone_sealed": before.phone_sealed, "phone_index": before.phone_index}
        connection.execute(_CHANGE, {f"p_{name}": row[name] for name in ("id", *_TOLD)})


_MERGED_ON = select(merges.c.id).where(
    merges.c.gone_user_id == bindparam("p_user"), merges.c.undone_at.is_(None)
)
_TIMES = update(users).where(users.c.id == bindparam("p_user")).values(updated_at=bindparam("p_at"))


def _locked(connection: Connection, merge: Merge) -> dict[str, Any]:
    """Locks both users and answers their rows, erased or not."""
    return {
        user_id: connection.execute(_USER, {"p_user": user_id}).first()
        for user_id in sorted((merge.kept_id, merge.gone_id))
    }


def _standing_in_the_way(
    connection: Connection, merge: Merge, kept_row: Row[Any], now: datetime
) -> MergeRefusal | None:
    if merge.undone_at is not None:
        return MergeRefusal.UNDONE
    if connection.execute(_MERGED_ON, {"p_user": merge.kept_id}).first() is not None:
        return MergeRefusal.MERGED_ON
    if kept_row.erased_at is not None or not merge.can_be_undone(now):
        return MergeRefusal.TOO_LATE
    if kept_row.banned_at is not None:
        return MergeRefusal.BANNED
    return None if kept_row.leaves_at is None else MergeRefusal.LEAVING


def _names(connection: Connection, user_id: str) -> list[tuple[str, str]]:
    found = connection.execute(_IDENTITIES, {"p_user": user_id})
    return [(appid, openid) for appid, openid in found]


def _divide(connection: Connection, merge: Merge, back: Aside, at: int) -> None:
    """Settles the unionids of both, as they were before where that still holds."""
    theirs = unionids.carried(connection, merge.gone_id)
    for unionid in sorted({*theirs, *back.unionids}):
        before = back.unionids.get(unionid, Held(None, []))
        unionids.restore(connection, unionid, before.conflicts)
        unionids.settle(connection, unionid, at, before.holder)


def _record(row: Any) -> Merge:
    return Merge(
        id=row.id,
        kept_id=row.kept_user_id,
        gone_id=row.gone_user_id,
        merged_at=rows.moment(row.merged_at),
        undone_at=None if row.undone_at is None else rows.moment(row.undone_at),
        restorable=row.sealed is not None,
    )
