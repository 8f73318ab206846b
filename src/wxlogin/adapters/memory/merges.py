"""MemoryMerges."""

from collections.abc import Container, Sequence
from datetime import UTC, datetime

from attrs import evolve, frozen

from wxlogin.adapters.memory import unionids
from wxlogin.adapters.memory.room import Key, MemoryRoom, MergeRow
from wxlogin.adapters.memory.sessions import end
from wxlogin.domain.merge import Merge, MergeRefusal, Taken
from wxlogin.domain.ports.outbox import Happened
from wxlogin.domain.ports.users import UnionidConflict
from wxlogin.domain.session import EndReason
from wxlogin.domain.user import Profile, User


@frozen
class Aside:
    """What undoing a merge needs."""

    gone: User
    taken: Taken
    kept_updated_at: datetime
    keys: list[Key]
    holders: dict[str, str]
    conflicts: list[UnionidConflict]


@frozen
class MemoryMerges:
    """The merge repository in memory."""

    room: MemoryRoom

    async def merge(
        self, merge_id: str, kept_id: str, gone_id: str, now: datetime
    ) -> Merge | MergeRefusal:
        """See `MergeRepository.merge`."""
        room, now = self.room, now.astimezone(UTC)
        kept, gone = room.users.get(kept_id), room.users.get(gone_id)
        if kept is None or gone is None or kept is gone or kept.erased or gone.erased:
            return MergeRefusal.UNKNOWN
        if kept.banned or gone.banned:
            return MergeRefusal.BANNED
        if kept.leaves_at is not None or gone.leaves_at is not None:
            return MergeRefusal.LEAVING
        taken = Taken.over(kept, gone)
        changed = taken.put_on(kept, now)
        shared = unionids.carried(room, gone_id)
        keys = self._keys(gone_id)
        aside = Aside(
            gone=gone,
            taken=taken,
            kept_updated_at=kept.updated_at,
            keys=keys,
            holders={each: room.unionids[each] for each in shared},
            conflicts=[conflict for each in shared for conflict in unionids.about(room, each)],
        )
        merge = Merge(merge_id, kept_id, gone_id, now)
        self._end_sessions(gone_id, now)
        room.users[gone_id] = evolve(
            gone,
            profile=Profile(),
            phone=None,
            erased=True,
            updated_at=now,
            version=gone.version + 1,
        )
        room.users[kept_id] = changed
        room.owners.update(dict.fromkeys(keys, kept_id))
        for unionid in shared:
            unionids.settle(room, unionid, now)
        room.merges[merge_id] = MergeRow(merge, aside)
        room.tell(Happened.USER_MERGED, kept_id, now, other_id=gone_id)
        return merge

    async def unmerge(self, merge_id: str, now: datetime) -> Merge | MergeRefusal:
        """See `MergeRepository.unmerge`."""
        room, now, row = self.room, now.astimezone(UTC), self.room.merges.get(merge_id)
        if row is None:
            return MergeRefusal.UNKNOWN
        merge = row.merge
        if refusal := self._refusal(merge, now):
            return refusal
        assert isinstance(row.aside, Aside)
        aside, own = row.aside, self._keys(merge.kept_id)
        returning = [key for key in aside.keys if key in own]
        if not returning or len(returning) == len(own):
            return MergeRefusal.NO_IDENTITY
        self._end_sessions(merge.kept_id, now, {appid for appid, _ in returning})
        self._give_back(merge, aside, now)
        room.owners.update(dict.fromkeys(returning, merge.gone_id))
        for conflict in aside.conflicts:
            pair = conflict.first_user_id, conflict.second_user_id
            room.conflicts.setdefault((conflict.unionid, *pair), conflict)
        for unionid in sorted({*unionids.carried(room, merge.gone_id), *aside.holders}):
            unionids.settle(room, unionid, now, aside.holders.get(unionid))
        row.merge = evolve(merge, undone_at=now, restorable=False)
        row.aside = None
        room.tell(Happened.USER_UNMERGED, merge.kept_id, now, other_id=merge.gone_id)
        return row.merge

    async def of(self, user_id: str | None = None) -> Sequence[Merge]:
        """See `MergeRepository.of`."""
        found = [
            row.merge
            for row in self.room.merges.values()
            if user_id in {None, row.merge.kept_id, row.merge.gone_id}
        ]
        return sorted(found, key=lambda merge: (merge.merged_at, merge.id), reverse=True)

    async def absorbed(self, user_id: str) -> Sequence[str]:
        """See `MergeRepository.absorbed`."""
        return self.room.absorbed(user_id)

    async def due(self, before: datetime, limit: int) -> Sequence[Merge]:
        """See `MergeRepository.due`."""
        old = [
            row.merge
            for row in self.room.merges.values()
            if row.aside is not None and row.merge.merged_at < before
        ]
        return sorted(old, key=lambda merge: merge.merged_at)[:limit]

    async def forget(self, merge_id: str) -> None:
        """See `MergeRepository.forget`."""
        if row := self.room.merges.get(merge_id):
            row.forget()

    def _keys(self, user_id: str) -> list[Key]:
        return [key for key, owner in self.room.owners.items() if owner == user_id]

    def _refusal(self, merge: Merge, now: datetime) -> MergeRefusal | None:
        kept = self.room.users[merge.kept_id]
        if merge.undone_at is not None:
            return MergeRefusal.UNDONE
        if any(
            row.merge.gone_id == kept.id and row.merge.undone_at is None
            for row in self.room.merges.values()
        ):
            return MergeRefusal.MERGED_ON
        if kept.erased or not merge.can_be_undone(now):
            return MergeRefusal.TOO_LATE
        if kept.banned:
            return MergeRefusal.BANNED
        return None if kept.leaves_at is None else MergeRefusal.LEAVING

    def _give_back(self, merge: Merge, aside: Aside, now: datetime) -> None:
        users = self.room.users
        kept = users[merge.kept_id]
        changed = aside.taken.taken_off(kept, now)
        if changed is not kept and kept.updated_at == merge.merged_at:
            changed = evolve(changed, updated_at=aside.kept_updated_at)
        users[kept.id] = changed
        gone = evolve(aside.gone, version=users[merge.gone_id].version + 1)
        if any(gone.phone and user.phone == gone.phone for user in users.values()):
            gone = evolve(gone, phone=None)
        users[gone.id] = gone

    def _end_sessions(
        self, user_id: str, now: datetime, apps: Container[str] | None = None
    ) -> None:
        for sid, session in self.room.sessions.items():
            if apps is not None and session.appid not in apps:
                continue
            if session.user_id == user_id and session.end_reason is None:
                if session.over(now) is None:
                    end(self.room, session, EndReason.SUPERSEDED, now)
                else:
                    self.room.sessions[sid] = evolve(
                        session, ended_at=now, end_reason=EndReason.SUPERSEDED
                    )
