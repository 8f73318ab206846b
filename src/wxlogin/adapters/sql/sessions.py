"""`SessionRepository` in SQL."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from attrs import field, frozen
from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Select,
    bindparam,
    case,
    delete,
    null,
    or_,
    select,
    update,
)

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.at_once import sessions as at_once
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.gathering import Gathering
from wxlogin.adapters.sql.tables import merges, sessions, users
from wxlogin.domain.ports.sessions import Live, Revocation
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.session import EndReason, Session

_LIVING = (sessions.c.ended_at.is_(None), sessions.c.expires_at > bindparam("p_now"))
_THIS = sessions.c.sid == bindparam("p_sid")
_LOAD = (
    select(*rows.SESSION, *rows.USER)
    .join_from(sessions, users, users.c.id == sessions.c.user_id)
    .where(_THIS)
)
_FOR_EVER = 1 << 62
_AT_LAST = sessions.c.created_at + bindparam("p_max_life", type_=BigInteger)
_SLIDING = bindparam("p_expires_at", type_=BigInteger)
_ADVANCE = (
    update(sessions)
    .where(
        _THIS,
        sessions.c.counter == bindparam("p_counter"),
        *_LIVING,
        bindparam("p_now") < _AT_LAST,
    )
    .values(
        counter=sessions.c.counter + 1,
        last_used_at=bindparam("p_now"),
        expires_at=case((_AT_LAST < _SLIDING, _AT_LAST), else_=_SLIDING),
    )
)
_ENDING: dict[str, Any] = {
    "ended_at": bindparam("p_now"),
    "end_reason": bindparam("p_reason"),
    "session_key_sealed": null(),
}
_END = update(sessions).where(_THIS, *_LIVING).values(_ENDING)
_END_ALL = (
    update(sessions)
    .where(
        sessions.c.user_id == bindparam("p_user"), sessions.c.sid != bindparam("p_but"), *_LIVING
    )
    .values(_ENDING)
)
_OWN = (
    select(*rows.SESSION)
    .where(sessions.c.user_id == bindparam("p_user"), *_LIVING)
    .order_by(sessions.c.last_used_at.desc(), sessions.c.sid.desc())
)
_KEYS = (
    select(sessions.c.sid, sessions.c.session_key_sealed)
    .where(
        sessions.c.user_id == bindparam("p_user"),
        sessions.c.appid == bindparam("p_appid"),
        sessions.c.session_key_sealed.is_not(None),
        *_LIVING,
    )
    .order_by(
        case((sessions.c.sid == bindparam("p_sid"), 0), else_=1),
        sessions.c.created_at.desc(),
        sessions.c.sid.desc(),
    )
    .limit(2)
)
_OVER = (
    select(*rows.SESSION)
    .where(
        sessions.c.user_id == bindparam("p_user"),
        or_(sessions.c.ended_at.is_not(None), sessions.c.expires_at <= bindparam("p_now")),
    )
    .order_by(sessions.c.last_used_at.desc(), sessions.c.sid.desc())
)
_ENDED = select(sessions.c.sid, sessions.c.end_reason, sessions.c.ended_at).where(
    sessions.c.ended_at >= bindparam("p_since")
)
_BANNED = select(users.c.id, users.c.banned_at).where(users.c.banned_at >= bindparam("p_since"))
_MERGED = (
    select(merges.c.id)
    .where(merges.c.gone_user_id == users.c.id, merges.c.undone_at.is_(None))
    .exists()
)
# Who became part of another user is none of them: their sessions are told one by one.
_ERASED = select(users.c.id, users.c.erased_at).where(
    users.c.erased_at >= bindparam("p_since"), ~_MERGED
)
_DUE = (
    select(sessions.c.sid, sessions.c.expires_at)
    .where(sessions.c.sweep_at < bindparam("p_before"))
    .limit(bindparam("p_limit"))
)
_LONG_ENDED = (
    select(sessions.c.sid)
    .where(sessions.c.ended_at < bindparam("p_before"))
    .limit(bindparam("p_limit"))
)
_THESE = sessions.c.sid.in_(bindparam("p_sids", expanding=True))
_DROP = delete(sessions).where(_THESE)
_PUT_OFF = update(sessions).where(_THESE).values(sweep_at=sessions.c.expires_at)
_WIDTH = len(rows.SESSION)


@frozen
class SqlSessions:
    """Sessions, one row each for their whole life."""

    db: Database
    vault: Vault
    _loads: Gathering[str, Row[Any] | None] = field(init=False, repr=False)
    _advances: Gathering[Mapping[str, Any], Row[Any] | None] = field(init=False, repr=False)

    @_loads.default
    def _loading(self) -> Gathering[str, Row[Any] | None]:
        return Gathering(lambda sids: self.db.read(lambda c: at_once.load(c, sids)), lanes=2)

    @_advances.default
    def _advancing(self) -> Gathering[Mapping[str, Any], Row[Any] | None]:
        return Gathering(
            lambda asked: self.db.one(lambda c: at_once.advance(c, asked)), apart=itemgetter("sid")
        )

    async def load(self, sid: str) -> Live | None:
        """Answers a session with its user."""
        if not rows.is_id(sid):
            return None
        if self.db.dialect == "postgresql":
            return self._live(await self._loads.ask(sid))
        return self._live(await self.db.read(lambda c: c.execute(_LOAD, {"p_sid": sid}).first()))

    async def advance(
        self,
        sid: str,
        counter: int,
        now: datetime,
        expires_at: datetime,
        max_life: timedelta | None = None,
    ) -> Live | None:
        """Moves a living session on, if it stands where the asker thinks."""
        if not rows.is_id(sid):
            return None
        named = {
            "sid": sid,
            "counter": counter,
            "last_used_at": rows.micros(now),
            "expires_at": rows.micros(expires_at),
            "max_life": _FOR_EVER if max_life is None else max_life // rows.MICROSECOND,
        }
        if self.db.dialect == "postgresql":
            return self._live(await self._advances.ask(named))
        values = {
            "p_sid": sid,
            "p_counter": counter,
            "p_now": named["last_used_at"],
            "p_expires_at": named["expires_at"],
            "p_max_life": named["max_life"],
        }

        def act(connection: Connection) -> Row[Any] | None:
            if connection.execute(_ADVANCE, values).rowcount != 1:
                return None
            return connection.execute(_LOAD, {"p_sid": sid}).first()

        return self._live(await self.db.together(act))

    async def end(self, sid: str, reason: EndReason, now: datetime) -> bool:
        """Ends a living session."""
        if not rows.is_id(sid):
            return False
        named = {"p_sid": sid, "p_reason": reason.value, "p_now": rows.micros(now)}
        return await self.db.one(lambda c: c.execute(_END, named).rowcount == 1)

    async def end_all(
        self, user_id: str, reason: EndReason, now: datetime, *, but: str | None = None
    ) -> int:
        """Ends every living session of a user except one."""
        if not rows.is_id(user_id):
            return 0
        named = {
            "p_user": user_id,
            "p_reason": reason.value,
            "p_now": rows.micros(now),
            "p_but": but or "",
        }
        return await self.db.one(lambda c: c.execute(_END_ALL, named).rowcount)

    async def living(self, user_id: str, now: datetime) -> Sequence[Session]:
        """Answers a user's living sessions, newest use first."""
        return await self._sessions(_OWN, user_id, now)

    async def ended(self, user_id: str, now: datetime) -> Sequence[Session]:
        """Answers a user's sessions that are over, newest use first."""
        return await self._sessions(_OVER, user_id, now)

    async def session_keys(self, session: Session, now: datetime) -> Sequence[str]:
        """Answers the keys kept for open data; one sealed with a key that is gone is none."""
        named = {
            "p_user": session.user_id,
            "p_appid": session.appid,
            "p_sid": session.sid,
            "p_now": rows.micros(now),
        }
        found = await self.db.read(lambda c: c.execute(_KEYS, named).all())
        keys = []
        for sid, sealed in found:
            with suppress(ValueError):
                plain = self.vault.open(bytes(sealed), purpose=rows.SESSION_KEY, row=sid)
                keys.append(plain.decode())
        return keys

    async def revoked_since(self, moment: datetime) -> Sequence[Revocation]:
        """Answers sessions and users ended since a moment, oldest first."""
        named = {"p_since": rows.micros(moment)}

        def act(connection: Connection) -> list[Revocation]:
            told = [
                Revocation("session", sid, EndReason(reason), rows.moment(at))
                for sid, reason, at in connection.execute(_ENDED, named)
            ]
            for query, reason in ((_BANNED, EndReason.BANNED), (_ERASED, EndReason.ERASED)):
                told += [
                    Revocation("user", user_id, reason, rows.moment(at))
                    for user_id, at in connection.execute(query, named)
                ]
            return sorted(told, key=lambda revocation: revocation.at)

        return await self.db.read(act)

    async def sweep(self, before: datetime, limit: int) -> int:
        """Deletes some sessions that were over before a moment, and puts off what is due but not.

        The index it looks in is thus touched once in a session's life, not at each refresh.
        """
        moment = rows.micros(before)

        def act(connection: Connection) -> int:
            due = connection.execute(_DUE, {"p_before": moment, "p_limit": limit}).all()
            over = {sid for sid, expires_at in due if expires_at < moment}
            used = [sid for sid, _ in due if sid not in over]
            left = {"p_before": moment, "p_limit": limit - len(over)}
            over.update(connection.execute(_LONG_ENDED, left).scalars())
            for what, sids in ((_PUT_OFF, used), (_DROP, sorted(over))):
                if sids:
                    connection.execute(what, {"p_sids": sids})
            return len(over) + len(used)

        return await self.db.together(act)

    async def _sessions(self, wanted: Select[Any], user_id: str, now: datetime) -> list[Session]:
        if not rows.is_id(user_id):
            return []
        named = {"p_user": user_id, "p_now": rows.micros(now)}
        found = await self.db.read(lambda c: c.execute(wanted, named).all())
        return [rows.session_from(row) for row in found]

    def _live(self, row: Row[Any] | None) -> Live | None:
        if row is None:
            return None
        return Live(rows.session_from(row[:_WIDTH]), rows.user_from(row[_WIDTH:], self.vault))
