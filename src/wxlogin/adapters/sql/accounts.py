"""`AccountRepository` in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, bindparam, delete, null, select, update

from wxlogin.adapters.sql import aside, inbox, rows, unionids
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import (
    audit_events,
    consents,
    identities,
    parted_identities,
    reviews,
    sessions,
    tickets,
    users,
)
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.session import EndReason

_LIVING_USER = (users.c.id == bindparam("p_user"), users.c.erased_at.is_(None))
_LOCK = select(users.c.id, users.c.leaves_at).where(*_LIVING_USER).with_for_update()
_BAN = update(users).where(*_LIVING_USER).values(banned_at=bindparam("p_now"))
_UNBAN = update(users).where(*_LIVING_USER).values(banned_at=null())
_END_ALL = (
    update(sessions)
    .where(
        sessions.c.user_id == bindparam("p_user"),
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > bindparam("p_now"),
    )
    .values(
        ended_at=bindparam("p_now"),
        end_reason=bindparam("p_reason"),
        session_key_sealed=null(),
    )
)
_LEAVE = (
    update(users)
    .where(*_LIVING_USER, users.c.leaves_at.is_(None))
    .values(leaves_at=bindparam("p_until"))
)
_STAY = update(users).where(*_LIVING_USER).values(leaves_at=null())
_LEFT = (
    select(users.c.id)
    .where(users.c.leaves_at < bindparam("p_before"))
    .order_by(users.c.leaves_at)
    .limit(bindparam("p_limit"))
)
_FORGET_DEVICES = (
    update(sessions)
    .where(sessions.c.user_id == bindparam("p_user"))
    .values(device_name="", device_platform="", device_model="", session_key_sealed=null())
)
_FORGET_ADDRESSES = (
    update(audit_events).where(audit_events.c.user_id == bindparam("p_user")).values(client="")
)
_NAMES = select(identities.c.appid, identities.c.openid).where(
    identities.c.user_id == bindparam("p_user")
)
_FORGET_TICKETS = delete(tickets).where(
    tickets.c.appid == bindparam("p_appid"), tickets.c.openid == bindparam("p_openid")
)
_FORGET_CONSENTS = delete(consents).where(consents.c.user_id == bindparam("p_user"))
_FORGET_PARTED = delete(parted_identities).where(parted_identities.c.user_id == bindparam("p_user"))
_FORGET_PARTED_NAME = delete(parted_identities).where(
    parted_identities.c.appid == bindparam("p_appid"),
    parted_identities.c.openid == bindparam("p_openid"),
)
_FORGET_REVIEWS = delete(reviews).where(reviews.c.user_id == bindparam("p_user"))
_FORGET_LAST_CONSENT = (
    update(users).where(users.c.id == bindparam("p_user")).values(consent_version=null())
)
_FORGET_IDENTITIES = delete(identities).where(identities.c.user_id == bindparam("p_user"))
_OVERWRITE = (
    update(users)
    .where(users.c.id == bindparam("p_user"))
    .values(
        nickname="",
        avatar_url="",
        gender=0,
        phone_sealed=null(),
        phone_index=null(),
        banned_at=null(),
        leaves_at=null(),
        updated_at=bindparam("p_now"),
        erased_at=bindparam("p_now"),
        version=users.c.version + 1,
    )
)


@frozen
class SqlAccounts:
    """Acts that change a user and all sessions of theirs together."""

    db: Database
    vault: Vault

    async def ban(self, user_id: str, now: datetime) -> bool:
        """Bans a user and ends every living session."""

        def act(connection: Connection, named: dict[str, Any]) -> None:
            connection.execute(_BAN, named)
            self._end_all(connection, named, EndReason.BANNED)

        return await self._on(user_id, now, act)

    async def unban(self, user_id: str, now: datetime) -> bool:
        """Lifts a ban."""
        return await self._on(user_id, now, self._unban)

    async def leave(self, user_id: str, now: datetime, until: datetime) -> bool:
        """Ends every living session and notes when the account will be erased."""
        end = {"p_until": rows.micros(until)}
        return await self._on(user_id, now, lambda c, named: self._leave(c, named | end))

    async def stay(self, user_id: str, now: datetime) -> bool:
        """Takes a leaving back that is not over."""
        if not rows.is_id(user_id):
            return False
        named = {"p_user": user_id, "p_now": rows.micros(now)}

        def act(connection: Connection) -> bool:
            row = connection.execute(_LOCK, {"p_user": user_id}).first()
            if row is not None and row.leaves_at is not None:
                if row.leaves_at <= named["p_now"]:
                    return False
                self._stay(connection, named)
            return row is not None

        return await self.db.together(act)

    async def left(self, before: datetime, limit: int) -> Sequence[str]:
        """Answers some of those whose time to come back was over before a moment."""
        named = {"p_before": rows.micros(before), "p_limit": limit}
        return await self.db.read(lambda c: c.execute(_LEFT, named).scalars().all())

    async def erase(self, user_id: str, now: datetime) -> bool:
        """Erases a person, and in an embedded database the traces in its log as well."""

        def act(connection: Connection, named: dict[str, Any]) -> None:
            person = {"p_user": named["p_user"]}
            self._end_all(connection, named, EndReason.ERASED)
            for each in (named["p_user"], *aside.absorbed(connection, named["p_user"])):
                connection.execute(_FORGET_DEVICES, {"p_user": each})
                connection.execute(_FORGET_ADDRESSES, {"p_user": each})
                connection.execute(_FORGET_CONSENTS, {"p_user": each})
                connection.execute(_FORGET_REVIEWS, {"p_user": each})
                connection.execute(_FORGET_LAST_CONSENT, {"p_user": each})
                connection.execute(_FORGET_PARTED, {"p_user": each})
                aside.forget(connection, each)
            shared = unionids.carried(connection, named["p_user"])
            for appid, openid in connection.execute(_NAMES, person).all():
                named_so = {"p_appid": appid, "p_openid": openid}
                connection.execute(_FORGET_TICKETS, named_so)
                connection.execute(_FORGET_PARTED_NAME, named_so)
                inbox.forget(connection, self.vault, appid, openid)
            connection.execute(_FORGET_IDENTITIES, person)
            for unionid in shared:
                unionids.settle(connection, unionid, named["p_now"])
            connection.execute(_OVERWRITE, named)

        done = await self._on(user_id, now, act)
        if done:
            await self.db.scrub()
        return done

    def _end_all(self, connection: Connection, named: dict[str, Any], reason: EndReason) -> None:
        self._end_sessions(connection, named, reason)

    def _end_sessions(
        self, connection: Connection, named: dict[str, Any], reason: EndReason
    ) -> None:
        those = {"p_user": named["p_user"], "p_now": named["p_now"]}
        connection.execute(_END_ALL, those | {"p_reason": reason.value})

    def _leave(self, connection: Connection, named: dict[str, Any]) -> None:
        connection.execute(_LEAVE, {"p_user": named["p_user"], "p_until": named["p_until"]})
        self._end_sessions(connection, named, EndReason.ERASED)

    def _stay(self, connection: Connection, named: dict[str, Any]) -> None:
        connection.execute(_STAY, {"p_user": named["p_user"]})

    def _unban(self, connection: Connection, named: dict[str, Any]) -> None:
        connection.execute(_UNBAN, {"p_user": named["p_user"]})

    async def _on(self, user_id: str, now: datetime, change: Any) -> bool:
        """Runs a change on a locked user; False when there is none."""
        if not rows.is_id(user_id):
            return False
        named = {"p_user": user_id, "p_now": rows.micros(now)}

        def act(connection: Connection) -> bool:
            if connection.execute(_LOCK, {"p_user": user_id}).first() is None:
                return False
            change(connection, named)
            return True

        return await self.db.together(act)
