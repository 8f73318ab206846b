"""MergeUsers, UnmergeUsers, MergeOwn, ForgetMerges: two users who are one person."""

from attrs import frozen

from wxlogin.domain.errors import CodeInvalid, NotFound, TicketInvalid, UserBanned
from wxlogin.domain.merge import RESTORABLE_FOR, Merge, MergeRefusal
from wxlogin.domain.ports.ambient import Clock, Fact, Ids, Journal
from wxlogin.domain.ports.avatars import AvatarStore
from wxlogin.domain.ports.merges import MergeRepository
from wxlogin.domain.ports.tickets import TicketRepository
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.ticket import digest
from wxlogin.domain.use_cases.authenticate import Authenticate
from wxlogin.domain.use_cases.exchange import AskWeChat
from wxlogin.domain.user import User

_BATCH = 100


@frozen
class MergeUsers:
    """Makes one user part of another; the rule is in `domain.merge`."""

    merges: MergeRepository
    clock: Clock
    ids: Ids
    journal: Journal

    async def __call__(self, *, kept_id: str, gone_id: str) -> Merge | MergeRefusal:
        """Answers the merge, or why there is none."""
        merge_id, now = self.ids.new_id(), self.clock.now()
        done = await self.merges.merge(merge_id, kept_id, gone_id, now)
        if isinstance(done, Merge):
            _note(self.journal, "merge", done)
        return done


@frozen
class UnmergeUsers:
    """Takes two users apart again."""

    merges: MergeRepository
    clock: Clock
    journal: Journal

    async def __call__(self, *, merge_id: str) -> Merge | MergeRefusal:
        """Answers the merge, undone, or why it is not."""
        done = await self.merges.unmerge(merge_id, self.clock.now())
        if isinstance(done, Merge):
            _note(self.journal, "unmerge", done)
        return done


@frozen
class MergeOwn:
    """Lets a person make another user of theirs part of the one they are.

    Proof is fresh on both sides: a wx.login code of the one they are, a login ticket of the other.
    An access token alone, or two of them, merge nothing.
    """

    authenticate: Authenticate
    ask: AskWeChat
    tickets: TicketRepository
    users: UserRepository
    merge: MergeUsers
    clock: Clock

    async def __call__(self, *, token: str | None, code: str, login_ticket: str) -> User:
        """Answers the user, who is both now; nothing changes where they were one before.

        Raises:
            CodeInvalid: the code is not the caller's own.
            TicketInvalid: the ticket is unknown, used or expired.
            NotFound: the ticket's person is no user here, or is giving their account up.
            UserBanned: the other user is banned.
        """
        caller = await self.authenticate(token)
        here = await self.users.find(await self.ask(appid=caller.session.appid, code=code))
        if here is None or here.id != caller.user.id:
            raise CodeInvalid
        there = await self.tickets.redeem(digest(login_ticket), self.clock.now())
        if there is None:
            raise TicketInvalid
        other = await self.users.find(there)
        if other is None:
            raise NotFound
        if other.id != here.id:
            done = await self.merge(kept_id=here.id, gone_id=other.id)
            if done is MergeRefusal.BANNED:
                raise UserBanned
            if isinstance(done, MergeRefusal):
                raise NotFound
        user = await self.users.get(here.id)
        if user is None:
            raise NotFound
        return user


@frozen
class ForgetMerges:
    """Forgets what undoing a merge would need, once the time for it is over."""

    merges: MergeRepository
    avatars: AvatarStore
    clock: Clock

    async def __call__(self) -> int:
        """Answers how many there were. The pictures of who went go first, so that none is lost."""
        due = await self.merges.due(self.clock.now() - RESTORABLE_FOR, _BATCH)
        for merge in due:
            await self.avatars.remove_all(owner=merge.gone_id)
            await self.merges.forget(merge.id)
        return len(due)


def _note(journal: Journal, name: str, merge: Merge) -> None:
    journal.record(Fact(name, "kept", user_id=merge.kept_id))
    journal.record(Fact(name, "gone", user_id=merge.gone_id))
