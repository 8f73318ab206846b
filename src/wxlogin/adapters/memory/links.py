"""MemoryLinks."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from wxlogin.adapters.memory import unionids
from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.adapters.memory.sessions import end
from wxlogin.domain.ports.links import Detached, Link
from wxlogin.domain.session import EndReason


@frozen
class MemoryLinks:
    """The link repository in memory."""

    room: MemoryRoom

    async def linked(self, user_id: str) -> Sequence[Link]:
        """See `LinkRepository.linked`."""
        since: dict[str, datetime] = {}
        for key, owner in self.room.owners.items():
            if owner == user_id:
                moment = self.room.linked_at[key]
                since[key[0]] = min(moment, since.get(key[0], moment))
        return [Link(*each) for each in sorted(since.items(), key=lambda each: each[::-1])]

    async def detach(self, user_id: str, appid: str, now: datetime) -> Detached:
        """See `LinkRepository.detach`."""
        room = self.room
        own = [key for key, owner in room.owners.items() if owner == user_id]
        parting = [key for key in own if key[0] == appid]
        if not parting:
            return Detached.NOTHING
        if len(parting) == len(own):
            return Detached.LAST
        shared = unionids.carried(room, user_id)
        for session in list(room.sessions.values()):
            if (session.user_id, session.appid, session.over(now)) == (user_id, appid, None):
                end(room, session, EndReason.LOGGED_OUT, now)
        for key in parting:
            del room.owners[key], room.identities[key], room.linked_at[key]
            room.parted[key] = user_id
        for unionid in shared:
            unionids.settle(room, unionid, now)
        return Detached.DONE
