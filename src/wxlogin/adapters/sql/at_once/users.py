"""Signing in, registering and saving many users."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.at_once.asked import Asked, kinds
from wxlogin.adapters.sql.making_room import idle, superseded
from wxlogin.adapters.sql.tables import identities, sessions, users

_OPENED = tuple(column for column in sessions.c if column.name != "user_id")
_SESSION = tuple(column.name for column in _OPENED)
_UNTOLD = {"banned_at", "erased_at", "leaves_at", "consent_version"}
_TOLD = tuple(column for column in users.c if column.name not in _UNTOLD)
_ENTERING = Asked(
    kinds(_OPENED)
    | {"in_appid": Text(), "openid": Text(), "unionid": Text(), "others": BigInteger()}
)
_COMING = Asked(kinds(_OPENED) | {"in_appid": Text(), "openid": Text()} | kinds(_TOLD, "user_"))
_SAVING = Asked(kinds(_TOLD))


def _sign_in() -> Any:
    """Sign in as one statement.

    The user is locked against a ban or erasure under way. A unionid that would have to be filled
    in keeps the session out: that takes a transaction.
    """
    asked = _ENTERING.c
    found = (
        select(
            *rows.USER,
            identities.c.unionid,
            asked.place,
            asked.unionid.label("asked_unionid"),
            asked.others,
            *(asked[name].label(f"asked_{name}") for name in _SESSION),
        )
        .join_from(
            _ENTERING.table,
            identities,
            (identities.c.appid == asked.in_appid) & (identities.c.openid == asked.openid),
        )
        .join(users, users.c.id == identities.c.user_id)
        .where(users.c.erased_at.is_(None))
        .with_for_update(read=True, of=users)
        .cte("found")
    )
    welcome = (
        found.c.banned_at.is_(None),
        or_(found.c.asked_unionid.is_(None), found.c.unionid.is_not(None)),
    )
    opened = (
        insert(sessions)
        .from_select(
            ["user_id", *_SESSION],
            select(found.c.id, *(found.c[f"asked_{name}"] for name in _SESSION)).where(*welcome),
        )
        .cte("opened")
    )
    shown = (found.c.place, *(found.c[column.name] for column in rows.USER), found.c.unionid)
    return select(*shown).add_cte(opened, _making_room(found, welcome))


def _making_room(found: CTE, welcome: tuple[ColumnElement[bool], ...]) -> CTE:
    """End the sessions idle the longest of whoever signs in.

    Those are spared that somebody is using or ending at this moment, so that no login waits.
    """
    now = found.c.asked_created_at
    those = idle(found.c.id, now, found.c.others).correlate_except(sessions).lateral("idle")
    free = (
        select(sessions.c.sid, now.label("now"))
        .join_from(found, those, true())
        .join(sessions, sessions.c.sid == those.c.sid)
        .where(
            *welcome,
            sessions.c.last_used_at == those.c.last_used_at,
            sessions.c.ended_at.is_(None),
        )
        .with_for_update(of=sessions, skip_locked=True)
        .cte("free")
    )
    ended = update(sessions).where(sessions.c.sid == free.c.sid)
    return ended.values(superseded(free.c.now)).cte("ended")


def _register() -> Any:
    """Register as one statement: whoever gets the identity in, gets user and session in."""
    asked = _COMING.c
    linked = (
        postgresql.insert(identities)
        .from_select(
            ["appid", "openid", "user_id", "created_at"],
            select(asked.in_appid, asked.openid, asked.user_id, asked.created_at).order_by(
                asked.in_appid, asked.openid
            ),
        )
        .on_conflict_do_nothing()
        .returning(identities.c.user_id)
        .cte("linked")
    )
    of_linked = linked.c.user_id == asked.user_id
    added = (
        insert(users)
        .from_select(
            [column.name for column in _TOLD],
            select(*(asked[f"user_{column.name}"] for column in _TOLD)).join_from(
                _COMING.table, linked, of_linked
            ),
        )
        .cte("added")
    )
    opened = (
        insert(sessions)
        .from_select(
            ["user_id", *_SESSION],
            select(asked.user_id, *(asked[name] for name in _SESSION)).join_from(
                _COMING.table, linked, of_linked
            ),
        )
        .cte("opened")
    )
    return select(linked.c.user_id).add_cte(added, opened)


_SIGN_IN = _sign_in()
_REGISTER = _register()
_SAVE = (
    update(users)
    .where(
        users.c.id == _SAVING.c.id,
        users.c.version == _SAVING.c.version - 1,
        users.c.erased_at.is_(None),
    )
    .values(
        {
            column.name: _SAVING.c[column.name]
            for column in _TOLD
            if column.name not in {"id", "created_at"}
        }
    )
    .returning(users.c.id)
)


def sign_in(
    connection: Connection, asked: Sequence[Mapping[str, Any]]
) -> list[Sequence[Any] | None]:
    """Opens sessions; answers each one's columns `rows.USER`, and the unionid known before."""
    found = {row[0]: row[1:] for row in connection.execute(_SIGN_IN, _ENTERING.values(asked))}
    return [found.get(place) for place in range(1, len(asked) + 1)]


def register(connection: Connection, asked: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Adds users, none of whom came with a unionid; tells of each whether they were new."""
    added = set(connection.execute(_REGISTER, _COMING.values(asked)).scalars())
    return [each["user_id"] in added for each in asked]


def save(connection: Connection, asked: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Writes each user whose version is the one before; no two may be the same."""
    saved = set(connection.execute(_SAVE, _SAVING.values(asked)).scalars())
    return [each["id"] in saved for each in asked]
