"""Who is one person across apps: the first user a unionid came with holds it.

These run inside the transactions of others. A unionid is taken by inserting it; whoever loses that
race breaks `pk_unionids`, is run again and then finds the holder.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from wxlogin.adapters.sql.tables import (
    identities,
    parted_identities,
    unionid_conflicts,
    unionids,
)
from wxlogin.domain.user import Identity

_HOLDER = select(unionids.c.user_id).where(unionids.c.unionid == bindparam("p_unionid"))
_CONFLICT = select(unionid_conflicts.c.found_at).where(
    unionid_conflicts.c.unionid == bindparam("p_unionid"),
    unionid_conflicts.c.first_user_id == bindparam("p_first"),
    unionid_conflicts.c.second_user_id == bindparam("p_second"),
)
_CONFLICTS = (
    select(
        unionid_conflicts.c.first_user_id,
        unionid_conflicts.c.second_user_id,
        unionid_conflicts.c.found_at,
    )
    .where(unionid_conflicts.c.unionid == bindparam("p_unionid"))
    .order_by(unionid_conflicts.c.first_user_id, unionid_conflicts.c.second_user_id)
)
_TO_JOIN = select(
    unionids.c.user_id,
    select(parted_identities.c.user_id)
    .where(
        parted_identities.c.appid == bindparam("p_appid"),
        parted_identities.c.openid == bindparam("p_openid"),
    )
    .exists()
    .label("parted"),
).where(unionids.c.unionid == bindparam("p_unionid"))
_HOLDER_LOCKED = _HOLDER.with_for_update()
_CARRIED = (
    select(identities.c.unionid)
    .where(identities.c.user_id == bindparam("p_user"), identities.c.unionid.is_not(None))
    .distinct()
)
_CARRIERS = (
    select(identities.c.user_id)
    .where(identities.c.unionid == bindparam("p_unionid"))
    .order_by(identities.c.created_at, identities.c.appid, identities.c.openid)
)
_FREE = delete(unionids).where(unionids.c.unionid == bindparam("p_unionid"))
_FORGET_CONFLICT = delete(unionid_conflicts).where(
    unionid_conflicts.c.unionid == bindparam("p_unionid"),
    unionid_conflicts.c.first_user_id == bindparam("p_first"),
    unionid_conflicts.c.second_user_id == bindparam("p_second"),
)


def holder(connection: Connection, unionid: str) -> str | None:
    """Answers the id of the user who holds a unionid."""
    return connection.execute(_HOLDER, {"p_unionid": unionid}).scalar()


def to_join(connection: Connection, identity: Identity) -> tuple[str | None, bool]:
    """Answers who holds a unionid that came with a new identity, and whether that parted once."""
    named = {
        "p_unionid": identity.unionid,
        "p_appid": identity.appid,
        "p_openid": identity.openid,
    }
    row = connection.execute(_TO_JOIN, named).first()
    return (None, False) if row is None else (row.user_id, row.parted)


def take(connection: Connection, unionid: str, user_id: str) -> None:
    """Makes a user the holder of a unionid that nobody holds."""
    connection.execute(insert(unionids), {"unionid": unionid, "user_id": user_id})


def note(connection: Connection, unionid: str, user_id: str, found_at: int) -> None:
    """Takes a unionid for a user, or records that another holds it, once."""
    first = connection.execute(_HOLDER_LOCKED, {"p_unionid": unionid}).scalar()
    if first is None:
        take(connection, unionid, user_id)
    elif first != user_id:
        pair = {"p_unionid": unionid, "p_first": first, "p_second": user_id}
        if connection.execute(_CONFLICT, pair).first() is None:
            connection.execute(
                insert(unionid_conflicts),
                {
                    "unionid": unionid,
                    "first_user_id": first,
                    "second_user_id": user_id,
                    "found_at": found_at,
                },
            )


def carried(connection: Connection, user_id: str) -> list[str]:
    """Answers the unionids of a user's identities."""
    return sorted(connection.execute(_CARRIED, {"p_user": user_id}).scalars())


def standing(connection: Connection, unionid: str) -> tuple[str | None, list[tuple[str, str, int]]]:
    """Answers who holds a unionid, and the conflicts about it."""
    conflicts = connection.execute(_CONFLICTS, {"p_unionid": unionid}).all()
    return holder(connection, unionid), [(first, second, at) for first, second, at in conflicts]


def settle(connection: Connection, unionid: str, found_at: int, first: str | None = None) -> None:
    """Makes what is kept of a unionid true again, once its identities changed hands.

    It is held by one of those who have it: by `first`, by who held it, or by who had it first, in
    this order. Each other one of them is in conflict with the holder, once, and nobody else is.
    """
    carriers = list(dict.fromkeys(connection.execute(_CARRIERS, {"p_unionid": unionid}).scalars()))
    held_by = connection.execute(_HOLDER_LOCKED, {"p_unionid": unionid}).scalar()
    wanted = next((u for u in (first, held_by, *carriers) if u in carriers), None)
    if wanted != held_by:
        connection.execute(_FREE, {"p_unionid": unionid})
        if wanted is not None:
            take(connection, unionid, wanted)
    missing = set(carriers) - {wanted}
    for one, other, _ in standing(connection, unionid)[1]:
        if one == wanted and other in missing:
            missing.discard(other)
        else:
            pair = {"p_unionid": unionid, "p_first": one, "p_second": other}
            connection.execute(_FORGET_CONFLICT, pair)
    for other in sorted(missing):
        note(connection, unionid, other, found_at)


def restore(
    connection: Connection, unionid: str, conflicts: Sequence[tuple[str, str, int]]
) -> None:
    """Puts conflicts back that were found in the past; `settle` then says which of them hold."""
    there = {(first, second) for first, second, _ in standing(connection, unionid)[1]}
    for first, second, found_at in conflicts:
        if (first, second) not in there:
            connection.execute(
                insert(unionid_conflicts),
                {
                    "unionid": unionid,
                    "first_user_id": first,
                    "second_user_id": second,
                    "found_at": found_at,
                },
            )
