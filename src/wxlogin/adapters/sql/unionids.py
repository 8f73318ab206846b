"""Who is one person across apps: the first user a unionid came with holds it.

These run inside the transactions of others. A unionid is taken by inserting it; whoever loses that
race breaks `pk_unionids`, is run again and then finds the holder.
"""

from sqlalchemy import Connection, bindparam, delete, insert, select

from wxlogin.adapters.sql.tables import identities, unionid_conflicts, unionids

_HOLDER = select(unionids.c.user_id).where(unionids.c.unionid == bindparam("p_unionid"))
_CONFLICT = select(unionid_conflicts.c.found_at).where(
    unionid_conflicts.c.unionid == bindparam("p_unionid"),
    unionid_conflicts.c.first_user_id == bindparam("p_first"),
    unionid_conflicts.c.second_user_id == bindparam("p_second"),
)
_HELD = select(unionids.c.unionid).where(unionids.c.user_id == bindparam("p_user"))
_NEXT = (
    select(identities.c.user_id)
    .where(identities.c.unionid == bindparam("p_unionid"))
    .order_by(identities.c.created_at, identities.c.appid, identities.c.openid)
    .limit(1)
)
_FORGET = delete(unionids).where(unionids.c.user_id == bindparam("p_user"))
_FORGET_CONFLICTS = delete(unionid_conflicts).where(
    (unionid_conflicts.c.first_user_id == bindparam("p_user"))
    | (unionid_conflicts.c.second_user_id == bindparam("p_user"))
)


def holder(connection: Connection, unionid: str) -> str | None:
    """Answers the id of the user who holds a unionid."""
    return connection.execute(_HOLDER, {"p_unionid": unionid}).scalar()


def take(connection: Connection, unionid: str, user_id: str) -> None:
    """Makes a user the holder of a unionid that nobody holds."""
    connection.execute(insert(unionids), {"unionid": unionid, "user_id": user_id})


def note(connection: Connection, unionid: str, user_id: str, found_at: int) -> None:
    """Takes a unionid for a user, or records that another holds it, once."""
    first = holder(connection, unionid)
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


def let_go(connection: Connection, user_id: str) -> None:
    """Frees what an erased user held, whose identities are gone already.

    A unionid that another user has too passes on to that user, the oldest identity first.
    """
    held = connection.execute(_HELD, {"p_user": user_id}).scalars().all()
    connection.execute(_FORGET_CONFLICTS, {"p_user": user_id})
    connection.execute(_FORGET, {"p_user": user_id})
    for unionid in held:
        following = connection.execute(_NEXT, {"p_unionid": unionid}).scalar()
        if following is not None:
            take(connection, unionid, following)
