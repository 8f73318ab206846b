"""`LinkRepository` in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, bindparam, delete, func, insert, null, select, update

from wxlogin.adapters.sql import phones, rows, unionids
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import identities, parted_identities, sessions
from wxlogin.domain.ports.links import Detached, Link
from wxlogin.domain.session import EndReason

_LINKED = (
    select(identities.c.appid, func.min(identities.c.created_at).label("since"))
    .where(identities.c.user_id == bindparam("p_user"))
    .group_by(identities.c.appid)
    .order_by(func.min(identities.c.created_at), identities.c.appid)
)
_NAMES = (
    select(identities.c.appid, identities.c.openid)
    .where(identities.c.user_id == bindparam("p_user"))
    .order_by(identities.c.appid, identities.c.openid)
)
_TAKE_AWAY = delete(identities).where(
    identities.c.appid == bindparam("p_appid"), identities.c.openid == bindparam("p_openid")
)
_FORGET_PARTED = delete(parted_identities).where(
    parted_identities.c.appid == bindparam("p_appid"),
    parted_identities.c.openid == bindparam("p_openid"),
)
_END_SESSIONS = (
    update(sessions)
    .where(
        sessions.c.user_id == bindparam("p_user"),
        sessions.c.appid == bindparam("p_appid"),
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > bindparam("p_now"),
    )
    .values(
        ended_at=bindparam("p_now"),
        end_reason=EndReason.LOGGED_OUT.value,
        session_key_sealed=null(),
    )
)


@frozen
class SqlLinks:
    """The apps of a user."""

    db: Database

    async def linked(self, user_id: str) -> Sequence[Link]:
        """Answers the apps a user is known in."""
        if not rows.is_id(user_id):
            return []
        found = await self.db.read(lambda c: c.execute(_LINKED, {"p_user": user_id}).all())
        return [Link(row.appid, rows.moment(row.since)) for row in found]

    async def detach(self, user_id: str, appid: str, now: datetime) -> Detached:
        """Takes an app away from a user."""
        if not (rows.is_id(user_id) and rows.is_text(appid)):
            return Detached.NOTHING
        at = rows.micros(now)
        done = await self.db.together(lambda c: self._detach(c, user_id, appid, at))
        if done is Detached.DONE:  # once more: a login that waited for the lock came in after it
            await self.db.together(lambda c: self._end_late(c, user_id, appid, at))
        return done

    def _end_late(self, connection: Connection, user_id: str, appid: str, at: int) -> None:
        if phones.locked(connection, [user_id]):
            self._end_sessions(connection, {"p_user": user_id, "p_appid": appid, "p_now": at})

    def _detach(self, connection: Connection, user_id: str, appid: str, at: int) -> Detached:
        if not phones.locked(connection, [user_id]):
            return Detached.NOTHING
        own = connection.execute(_NAMES, {"p_user": user_id}).all()
        parting = [(each, openid) for each, openid in own if each == appid]
        if not parting:
            return Detached.NOTHING
        if len(parting) == len(own):
            return Detached.LAST
        shared = unionids.carried(connection, user_id)
        self._end_sessions(connection, {"p_user": user_id, "p_appid": appid, "p_now": at})
        for _, openid in parting:
            name = {"p_appid": appid, "p_openid": openid}
            connection.execute(_TAKE_AWAY, name)
            connection.execute(_FORGET_PARTED, name)
            connection.execute(
                insert(parted_identities),
                {"appid": appid, "openid": openid, "user_id": user_id, "parted_at": at},
            )
        for unionid in shared:
            unionids.settle(connection, unionid, at)
        return Detached.DONE

    def _end_sessions(self, connection: Connection, named: dict[str, Any]) -> None:
        connection.execute(_END_SESSIONS, named)
