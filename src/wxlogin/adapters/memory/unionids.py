"""Who is one person across apps, in memory: as the module of this name in the SQL store."""

from datetime import datetime

from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.domain.ports.users import UnionidConflict


def note(room: MemoryRoom, unionid: str, user_id: str, now: datetime) -> None:
    """Takes a unionid for a user, or records that another holds it, once."""
    holder = room.unionids.setdefault(unionid, user_id)
    if holder != user_id:
        conflict = UnionidConflict(unionid, holder, user_id, now)
        room.conflicts.setdefault((unionid, holder, user_id), conflict)


def carried(room: MemoryRoom, user_id: str) -> list[str]:
    """Answers the unionids of a user's identities."""
    found = {room.identities[key].unionid for key, owner in room.owners.items() if owner == user_id}
    return sorted(unionid for unionid in found if unionid is not None)


def about(room: MemoryRoom, unionid: str) -> list[UnionidConflict]:
    """Answers the conflicts about a unionid."""
    return [conflict for conflict in room.conflicts.values() if conflict.unionid == unionid]


def settle(room: MemoryRoom, unionid: str, now: datetime, first: str | None = None) -> None:
    """Makes what is kept of a unionid true again, once its identities changed hands."""
    carriers = list(
        dict.fromkeys(
            room.owners[key] for key, each in room.identities.items() if each.unionid == unionid
        )
    )
    held_by = room.unionids.pop(unionid, None)
    wanted = next((u for u in (first, held_by, *carriers) if u in carriers), None)
    if wanted is not None:
        room.unionids[unionid] = wanted
    for conflict in about(room, unionid):
        one, other = conflict.first_user_id, conflict.second_user_id
        if one != wanted or other not in carriers or one == other:
            del room.conflicts[unionid, one, other]
    for other in carriers:
        note(room, unionid, other, now)
