"""MemoryUsers and MemoryAccounts."""

from collections.abc import Sequence
from datetime import UTC, datetime

from attrs import evolve, frozen

from wxlogin.adapters.memory import unionids
from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.adapters.memory.sessions import end
from wxlogin.domain.errors import AlreadyThere, PhoneTaken
from wxlogin.domain.ports.outbox import Happened
from wxlogin.domain.ports.sessions import Revocation
from wxlogin.domain.ports.users import PhoneMoved, UnionidConflict
from wxlogin.domain.session import Device, EndReason, Session
from wxlogin.domain.user import Identity, Profile, User


@frozen
class MemoryUsers:
    """The user repository in memory."""

    room: MemoryRoom

    async def sign_in(
        self, identity: Identity, session: Session, keep: int | None = None
    ) -> User | None:
        """See `UserRepository.sign_in`."""
        key = (identity.appid, identity.openid)
        user_id = self.room.owners.get(key)
        if user_id is None:
            return None
        user = self.room.users[user_id]
        if identity.unionid is not None and self.room.identities[key].unionid is None:
            self.room.identities[key] = identity
            unionids.note(self.room, identity.unionid, user_id, session.created_at)
        if not user.banned:
            self._open(evolve(session, user_id=user_id), keep)
        return user

    async def register(
        self, user: User, identity: Identity, session: Session, keep: int | None = None
    ) -> User:
        """See `UserRepository.register`."""
        key = (identity.appid, identity.openid)
        if key in self.room.owners:
            raise AlreadyThere
        holder = None
        if key not in self.room.parted:
            holder = self.room.unionids.get(identity.unionid or "")
        owner = _in_utc(user) if holder is None else self.room.users[holder]
        self._refuse_taken_phone(owner)
        self.room.users[owner.id] = owner
        self.room.identities[key] = identity
        self.room.owners[key] = owner.id
        self.room.linked_at[key] = session.created_at
        if identity.unionid is not None:
            unionids.note(self.room, identity.unionid, owner.id, session.created_at)
        if holder is None:
            self.room.tell(Happened.USER_CREATED, owner.id, session.created_at)
        if not owner.banned:
            self._open(evolve(session, user_id=owner.id), keep)
        return owner

    async def find(self, identity: Identity) -> User | None:
        """See `UserRepository.find`."""
        user_id = self.room.owners.get((identity.appid, identity.openid))
        return None if user_id is None else self.room.users[user_id]

    async def get(self, user_id: str) -> User | None:
        """See `UserRepository.get`."""
        user = self.room.users.get(user_id)
        return None if user is None or user.erased else user

    async def identities(self, user_id: str) -> Sequence[Identity]:
        """See `UserRepository.identities`."""
        return [
            self.room.identities[key] for key, owner in self.room.owners.items() if owner == user_id
        ]

    async def save(self, user: User) -> bool:
        """See `UserRepository.save`."""
        kept = self.room.users.get(user.id)
        if kept is None or kept.erased or kept.version != user.version - 1:
            return False
        self._refuse_taken_phone(user)
        self.room.users[user.id] = evolve(
            user, banned=kept.banned, leaves_at=kept.leaves_at, consent=kept.consent
        )
        self.room.tell(Happened.USER_UPDATED, user.id, user.updated_at)
        return True

    async def save_taking_phone(self, user: User) -> PhoneMoved | None:
        """See `UserRepository.save_taking_phone`."""
        kept = self.room.users.get(user.id)
        if kept is None or kept.erased or kept.version != user.version - 1:
            return None
        former = self._other_with_phone_of(user)
        if former is not None:
            self.room.users[former.id] = former.with_phone(None, user.updated_at)
            self.room.tell(Happened.USER_UPDATED, former.id, user.updated_at)
        await self.save(user)
        return PhoneMoved(None if former is None else former.id)

    async def conflicts(self) -> Sequence[UnionidConflict]:
        """See `UserRepository.conflicts`."""
        return sorted(
            self.room.conflicts.values(), key=lambda c: (c.found_at, c.unionid, c.second_user_id)
        )

    def _open(self, session: Session, keep: int | None) -> None:
        now = session.created_at
        own = [s for s in self.room.sessions.values() if s.user_id == session.user_id]
        living = sorted(
            (s for s in own if s.over(now) is None), key=lambda s: s.last_used_at, reverse=True
        )
        for idle in [] if keep is None else living[keep - 1 :]:
            end(self.room, idle, EndReason.SUPERSEDED, now)
        self.room.sessions[session.sid] = session

    def _refuse_taken_phone(self, user: User) -> None:
        if self._other_with_phone_of(user) is not None:
            raise PhoneTaken

    def _other_with_phone_of(self, user: User) -> User | None:
        if user.phone is None:
            return None
        for other in self.room.users.values():
            same = other.phone is not None and other.phone.number == user.phone.number
            if same and other.id != user.id:
                return other
        return None


@frozen
class MemoryAccounts:
    """The account repository in memory."""

    room: MemoryRoom

    async def ban(self, user_id: str, now: datetime) -> bool:
        """See `AccountRepository.ban`."""
        user = self.room.users.get(user_id)
        if user is None or user.erased:
            return False
        self.room.users[user_id] = evolve(user, banned=True)
        self._end_all(user_id, EndReason.BANNED, now)
        self.room.tell(Happened.USER_UPDATED, user_id, now, reason="banned")
        return True

    async def unban(self, user_id: str, now: datetime) -> bool:
        """See `AccountRepository.unban`."""
        user = self.room.users.get(user_id)
        if user is None or user.erased:
            return False
        self.room.users[user_id] = evolve(user, banned=False)
        self.room.user_revocations.pop(user_id, None)
        self.room.tell(Happened.USER_UPDATED, user_id, now, reason="unbanned")
        return True

    async def leave(self, user_id: str, now: datetime, until: datetime) -> bool:
        """See `AccountRepository.leave`."""
        user = self.room.users.get(user_id)
        if user is None or user.erased:
            return False
        self.room.users[user_id] = evolve(user, leaves_at=user.leaves_at or until)
        self._end_sessions(user_id, EndReason.ERASED, now)
        self.room.tell(Happened.USER_UPDATED, user_id, now, reason="leaving")
        return True

    async def stay(self, user_id: str, now: datetime) -> bool:
        """See `AccountRepository.stay`."""
        user = self.room.users.get(user_id)
        if user is None or user.erased or (user.leaves_at is not None and user.leaves_at <= now):
            return False
        if user.leaves_at is not None:
            self.room.users[user_id] = evolve(user, leaves_at=None)
            self.room.tell(Happened.USER_UPDATED, user_id, now, reason="restored")
        return True

    async def left(self, before: datetime, limit: int) -> Sequence[str]:
        """See `AccountRepository.left`."""
        leaving = ((user.leaves_at, user.id) for user in self.room.users.values())
        over = sorted((at, user_id) for at, user_id in leaving if at is not None and at < before)
        return [user_id for _, user_id in over[:limit]]

    async def erase(self, user_id: str, now: datetime) -> bool:
        """See `AccountRepository.erase`."""
        user = self.room.users.get(user_id)
        if user is None or user.erased:
            return False
        room = self.room
        self._end_all(user_id, EndReason.ERASED, now)
        room.tell(Happened.USER_ERASED, user_id, now)
        shared = unionids.carried(room, user_id)
        for key in [key for key, owner in room.owners.items() if owner == user_id]:
            del room.owners[key], room.linked_at[key]
            room.parted.pop(key, None)
            gone = room.identities.pop(key)
            for row in room.push.values():
                event = row.entry.event
                if event is not None and (event.appid, event.concerns) == key:
                    row.entry = evolve(row.entry, event=None, forgotten=True)
            for digest in [d for d, t in room.tickets.items() if _of(t.identity) == _of(gone)]:
                del room.tickets[digest]
        for unionid in shared:
            unionids.settle(room, unionid, now)
        for each in (user_id, *room.absorbed(user_id)):
            room.consents.pop(each, None)
            room.users[each] = evolve(room.users[each], consent=None)
            self._forget_traces(each)
        room.users[user_id] = evolve(
            user,
            profile=Profile(),
            phone=None,
            erased=True,
            leaves_at=None,
            consent=None,
            updated_at=now,
            version=user.version + 1,
        )
        return True

    def _forget_traces(self, user_id: str) -> None:
        for key in [key for key, user in self.room.parted.items() if user == user_id]:
            del self.room.parted[key]
        for review in [each for each in self.room.reviews.values() if each.user_id == user_id]:
            del self.room.reviews[review.id]
        for row in self.room.merges.values():
            if user_id in {row.merge.kept_id, row.merge.gone_id}:
                row.forget()
        for sid, session in self.room.sessions.items():
            if session.user_id == user_id:
                self.room.sessions[sid] = evolve(session, device=Device(), session_key=None)
        for event_id, event in self.room.audit.items():
            if event.user_id == user_id:
                self.room.audit[event_id] = evolve(event, client="")

    def _end_all(self, user_id: str, reason: EndReason, now: datetime) -> None:
        self._end_sessions(user_id, reason, now)
        self.room.user_revocations[user_id] = Revocation("user", user_id, reason, now)

    def _end_sessions(self, user_id: str, reason: EndReason, now: datetime) -> None:
        for session in list(self.room.sessions.values()):
            if session.user_id == user_id and session.over(now) is None:
                end(self.room, session, reason, now)


def _of(identity: Identity) -> tuple[str, str]:
    return identity.appid, identity.openid


def _in_utc(user: User) -> User:
    created_at, updated_at = user.created_at.astimezone(UTC), user.updated_at.astimezone(UTC)
    return evolve(user, created_at=created_at, updated_at=updated_at)
