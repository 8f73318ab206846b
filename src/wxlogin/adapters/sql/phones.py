"""Taking a phone from whoever has it. These run inside the transactions of others."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, null, select, update

from wxlogin.adapters.sql.faults import Raced
from wxlogin.adapters.sql.tables import users

_LOCK = (
    select(users.c.version, users.c.phone_index)
    .where(users.c.id == bindparam("p_user"), users.c.erased_at.is_(None))
    .with_for_update(key_share=True)
)
_HOLDER = select(users.c.id).where(
    users.c.phone_index.in_(bindparam("p_indexes", expanding=True)),
    users.c.id != bindparam("p_user"),
)
_FREE = (
    update(users)
    .where(users.c.id == bindparam("p_user"))
    .values(
        phone_sealed=null(),
        phone_index=null(),
        updated_at=bindparam("p_now"),
        version=users.c.version + 1,
    )
)


def holder(connection: Connection, indexes: Sequence[str], but: str) -> str | None:
    """Answers who else has the number of these indexes."""
    if not indexes:
        return None
    named = {"p_indexes": list(indexes), "p_user": but}
    return connection.execute(_HOLDER, named).scalar()


def locked(connection: Connection, user_ids: Iterable[str]) -> dict[str, tuple[int, str | None]]:
    """Locks living users, in the order of their ids, and answers each one's version and index."""
    found = {}
    for user_id in sorted(set(user_ids)):
        row = connection.execute(_LOCK, {"p_user": user_id}).first()
        if row is not None:
            found[user_id] = (row.version, row.phone_index)
    return found


def freed(
    connection: Connection, indexes: Sequence[str], user_id: str, version: int, now: int
) -> tuple[bool, str | None]:
    """Frees a number for a user of this version; answers whether they are, and who had it.

    Both are locked from then on. Somebody may still be quicker and break `uq_users_phone_index`.
    """
    former = holder(connection, indexes, user_id)
    there = locked(connection, [user_id] if former is None else [user_id, former])
    if user_id not in there or there[user_id][0] != version:
        return False, None
    if former is not None:
        if former not in there or there[former][1] not in indexes:
            raise Raced  # it moved on between the two looks
        connection.execute(_FREE, {"p_user": former, "p_now": now})
    return True, former
