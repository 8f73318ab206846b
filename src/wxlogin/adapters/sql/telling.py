"""The stores that also tell what happened, in the same commit, for deployments with a webhook.

They take the way of plain transactions on every database. Whoever sends is woken once an act is
committed, whatever it put.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Select, bindparam, null, select, update

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.accounts import SqlAccounts
from wxlogin.adapters.sql.links import SqlLinks
from wxlogin.adapters.sql.making_room import idle, others
from wxlogin.adapters.sql.merges import SqlMerges
from wxlogin.adapters.sql.outbox import put
from wxlogin.adapters.sql.sessions import SqlSessions
from wxlogin.adapters.sql.tables import sessions
from wxlogin.adapters.sql.users import SqlUsers, can_be
from wxlogin.domain.merge import Merge, MergeRefusal
from wxlogin.domain.ports.links import Detached
from wxlogin.domain.ports.outbox import Happened
from wxlogin.domain.ports.users import PhoneMoved
from wxlogin.domain.session import EndReason, Session
from wxlogin.domain.user import Identity, User

_LIVING = (sessions.c.ended_at.is_(None), sessions.c.expires_at > bindparam("p_now"))
_FOUND = select(sessions.c.sid, sessions.c.user_id).where(*_LIVING).order_by(sessions.c.sid)
_THESE = sessions.c.sid.in_(bindparam("p_sids", expanding=True))
_THIS = _FOUND.where(sessions.c.sid == bindparam("p_sid"))
_OWN = _FOUND.where(sessions.c.user_id == bindparam("p_user"), sessions.c.sid != bindparam("p_but"))
_OF_APP = _FOUND.where(
    sessions.c.user_id == bindparam("p_user"), sessions.c.appid == bindparam("p_appid")
)
_SPARED = _FOUND.where(_THESE)
_END = (
    update(sessions)
    .where(_THESE)
    .values(
        ended_at=bindparam("p_now"),
        end_reason=bindparam("p_reason"),
        session_key_sealed=null(),
    )
)


def end(
    connection: Connection, found: Select[Any], reason: EndReason, now: int, **named: Any
) -> int:
    """Ends the living sessions of a query, tells of each, and answers how many they were."""
    ended = connection.execute(found.with_for_update(), named | {"p_now": now}).all()
    if ended:
        sids = [sid for sid, _ in ended]
        connection.execute(_END, {"p_sids": sids, "p_now": now, "p_reason": reason.value})
    for sid, user_id in ended:
        put(connection, Happened.SESSION_ENDED, user_id, now, sid=sid, reason=reason.value)
    return len(ended)


@frozen
class TellingUsers(SqlUsers):
    """Users with their identities; made and changed ones are told."""

    ring: Callable[[], None]

    async def sign_in(
        self, identity: Identity, session: Session, keep: int | None = None
    ) -> User | None:
        """Opens a session; those that had to make room are told."""
        if not can_be(identity):
            return None
        user = await self.db.together(lambda c: self._sign_in(c, identity, session, keep))
        self.ring()
        return user

    async def register(
        self, user: User, identity: Identity, session: Session, keep: int | None = None
    ) -> User:
        """Adds a user, who is told, or joins the holder of the unionid."""
        owner = await self.db.together(lambda c: self._register(c, user, identity, session, keep))
        self.ring()
        return owner

    async def save(self, user: User) -> bool:
        """Writes profile, phone and times, and tells so."""
        older = rows.older_phone_indexes(user, self.vault)
        row = rows.row_from_user(user, self.vault)
        saved = await self.db.together(partial(self._save, user=user, row=row, older=older))
        self.ring()
        return saved

    async def save_taking_phone(self, user: User) -> PhoneMoved | None:
        """Writes as `save` does, and tells of who lost the phone too."""
        moved = await super().save_taking_phone(user)
        self.ring()
        return moved

    def _register(
        self,
        connection: Connection,
        user: User,
        identity: Identity,
        session: Session,
        keep: int | None,
    ) -> User:
        owner = super()._register(connection, user, identity, session, keep)
        if owner.id == user.id:
            at = rows.micros(session.created_at)
            put(connection, Happened.USER_CREATED, owner.id, at)
        return owner

    def _save(self, connection: Connection, *, user: User, row: Any, older: Any) -> bool:
        saved = super()._save(connection, user=user, row=row, older=older)
        if saved:
            put(connection, Happened.USER_UPDATED, user.id, row["updated_at"])
        return saved

    def _save_taking_phone(
        self, connection: Connection, *, user: User, row: Any, indexes: Any
    ) -> PhoneMoved | None:
        moved = super()._save_taking_phone(connection, user=user, row=row, indexes=indexes)
        if moved is not None:
            for each in (moved.former, user.id):
                if each is not None:
                    put(connection, Happened.USER_UPDATED, each, row["updated_at"])
        return moved

    def _make_room(self, connection: Connection, user_id: str, now: int, keep: int | None) -> None:
        spare = connection.execute(idle(user_id, now, others(keep))).all()
        if spare:
            sids = [sid for sid, _ in spare]
            end(connection, _SPARED, EndReason.SUPERSEDED, now, p_sids=sids)


@frozen
class TellingSessions(SqlSessions):
    """Sessions; ended ones are told."""

    ring: Callable[[], None]

    async def end(self, sid: str, reason: EndReason, now: datetime) -> bool:
        """Ends a living session and tells so."""
        if not rows.is_id(sid):
            return False
        at = rows.micros(now)
        ended = await self.db.together(lambda c: end(c, _THIS, reason, at, p_sid=sid))
        self.ring()
        return ended == 1

    async def end_all(
        self, user_id: str, reason: EndReason, now: datetime, *, but: str | None = None
    ) -> int:
        """Ends every living session of a user except one, and tells of each."""
        if not rows.is_id(user_id):
            return 0
        at, named = rows.micros(now), {"p_user": user_id, "p_but": but or ""}
        ended = await self.db.together(lambda c: end(c, _OWN, reason, at, **named))
        self.ring()
        return ended


@frozen
class TellingAccounts(SqlAccounts):
    """Acts on whole accounts; each is told, and so is each session it ends."""

    ring: Callable[[], None]

    async def stay(self, user_id: str, now: datetime) -> bool:
        """Takes a leaving back that is not over, and tells so."""
        stays = await super().stay(user_id, now)
        self.ring()
        return stays

    def _end_sessions(
        self, connection: Connection, named: dict[str, Any], reason: EndReason
    ) -> None:
        end(connection, _OWN, reason, named["p_now"], p_user=named["p_user"], p_but="")

    def _leave(self, connection: Connection, named: dict[str, Any]) -> None:
        super()._leave(connection, named)
        put(connection, Happened.USER_UPDATED, named["p_user"], named["p_now"], reason="leaving")

    def _stay(self, connection: Connection, named: dict[str, Any]) -> None:
        super()._stay(connection, named)
        put(connection, Happened.USER_UPDATED, named["p_user"], named["p_now"], reason="restored")

    def _end_all(self, connection: Connection, named: dict[str, Any], reason: EndReason) -> None:
        super()._end_all(connection, named, reason)
        user_id, now = named["p_user"], named["p_now"]
        if reason is EndReason.ERASED:
            put(connection, Happened.USER_ERASED, user_id, now)
        else:
            put(connection, Happened.USER_UPDATED, user_id, now, reason=reason.value)

    def _unban(self, connection: Connection, named: dict[str, Any]) -> None:
        super()._unban(connection, named)
        put(connection, Happened.USER_UPDATED, named["p_user"], named["p_now"], reason="unbanned")

    async def _on(self, user_id: str, now: datetime, change: Any) -> bool:
        done = await super()._on(user_id, now, change)
        self.ring()
        return done


@frozen
class TellingMerges(SqlMerges):
    """Merges, done and undone; each is told, and so is each session it ends."""

    ring: Callable[[], None]

    async def merge(
        self, merge_id: str, kept_id: str, gone_id: str, now: datetime
    ) -> Merge | MergeRefusal:
        """Makes one user part of another and tells so."""
        done = await super().merge(merge_id, kept_id, gone_id, now)
        self.ring()
        return done

    async def unmerge(self, merge_id: str, now: datetime) -> Merge | MergeRefusal:
        """Takes two users apart again and tells so."""
        done = await super().unmerge(merge_id, now)
        self.ring()
        return done

    def _tell(self, connection: Connection, merge: Merge) -> None:
        at, kind = merge.merged_at, Happened.USER_MERGED
        if merge.undone_at is not None:
            at, kind = merge.undone_at, Happened.USER_UNMERGED
        put(connection, kind, merge.kept_id, rows.micros(at), other_id=merge.gone_id)

    def _end_sessions(self, connection: Connection, user_id: str, at: int) -> None:
        end(connection, _OWN, EndReason.SUPERSEDED, at, p_user=user_id, p_but="")
        super()._end_sessions(connection, user_id, at)

    def _end_in_app(self, connection: Connection, user_id: str, appid: str, at: int) -> None:
        end(connection, _OF_APP, EndReason.SUPERSEDED, at, p_user=user_id, p_appid=appid)
        super()._end_in_app(connection, user_id, appid, at)


@frozen
class TellingLinks(SqlLinks):
    """The apps of a user; the sessions that end with one are told."""

    ring: Callable[[], None]

    async def detach(self, user_id: str, appid: str, now: datetime) -> Detached:
        """Takes an app away from a user and tells of each session it ends."""
        done = await super().detach(user_id, appid, now)
        self.ring()
        return done

    def _end_sessions(self, connection: Connection, named: dict[str, Any]) -> None:
        user_id, at, appid = named["p_user"], named["p_now"], named["p_appid"]
        end(connection, _OF_APP, EndReason.LOGGED_OUT, at, p_user=user_id, p_appid=appid)
