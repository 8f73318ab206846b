"""BanUser, UnbanUser, EraseUser, ExportUser, EndAnySession: acts on whole accounts."""

from collections.abc import Sequence

from attrs import evolve, frozen

from wxlogin.domain.errors import NotFound
from wxlogin.domain.ports.accounts import AccountRepository
from wxlogin.domain.ports.ambient import Clock, Fact, Journal
from wxlogin.domain.ports.audit import AuditEvent, AuditQuery, AuditTrail
from wxlogin.domain.ports.avatars import AvatarStore
from wxlogin.domain.ports.consents import Consent, ConsentRepository
from wxlogin.domain.ports.merges import MergeRepository
from wxlogin.domain.ports.reviews import ReviewRepository
from wxlogin.domain.ports.sessions import SessionRepository
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.review import Review
from wxlogin.domain.session import EndReason, Session
from wxlogin.domain.user import Identity, User

_MOST_EVENTS = 10_000


@frozen
class ShowUser:
    """Looks a user up for an operator."""

    users: UserRepository

    async def __call__(self, *, user_id: str) -> User:
        """Answers the user.

        Raises:
            NotFound: there is none, or they were erased.
        """
        user = await self.users.get(user_id)
        if user is None:
            raise NotFound
        return user


@frozen
class BanUser:
    """Keeps a user out, from this moment on."""

    accounts: AccountRepository
    clock: Clock
    journal: Journal

    async def __call__(self, *, user_id: str) -> None:
        """Returns when the ban is in force and every session has ended.

        Raises:
            NotFound: there is no such user.
        """
        if not await self.accounts.ban(user_id, self.clock.now()):
            raise NotFound
        self.journal.record(Fact("ban", user_id=user_id))


@frozen
class UnbanUser:
    """Lets a banned user log in again."""

    accounts: AccountRepository
    clock: Clock
    journal: Journal

    async def __call__(self, *, user_id: str) -> None:
        """Returns when the ban is lifted; ended sessions stay ended.

        Raises:
            NotFound: there is no such user.
        """
        if not await self.accounts.unban(user_id, self.clock.now()):
            raise NotFound
        self.journal.record(Fact("unban", user_id=user_id))


@frozen
class EraseUser:
    """Erases a person."""

    users: UserRepository
    accounts: AccountRepository
    avatars: AvatarStore
    merges: MergeRepository
    clock: Clock
    journal: Journal

    async def __call__(self, *, user_id: str) -> None:
        """Returns when sessions are dead, openid and phone free, and picture and profile gone.

        Pictures go first: should that fail, the account is still there and the erasure can be
        asked for again. They go once more afterwards, for one that was uploaded in between.

        Raises:
            NotFound: there is no such user.
        """
        if await self.users.get(user_id) is None:
            raise NotFound
        await self._remove_pictures(user_id)
        if not await self.accounts.erase(user_id, self.clock.now()):
            raise NotFound
        await self._remove_pictures(user_id)
        self.journal.record(Fact("erase", user_id=user_id))

    async def _remove_pictures(self, user_id: str) -> None:
        """Those of who became part of this user, too."""
        for owner in (user_id, *await self.merges.absorbed(user_id)):
            await self.avatars.remove_all(owner=owner)


@frozen
class Held:
    """Everything held about a person.

    `sessions` are the living ones, `ended` those that are over; `events` is what
    the audit trail holds about them, newest first; `reviews` what of theirs was not passed at once.
    Of who became part of them that is here too.
    """

    user: User
    identities: Sequence[Identity]
    sessions: Sequence[Session]
    events: Sequence[AuditEvent] = ()
    consents: Sequence[Consent] = ()
    ended: Sequence[Session] = ()
    reviews: Sequence[Review] = ()


@frozen
class ExportUser:
    """Gathers what is held about a person, for them."""

    users: UserRepository
    sessions: SessionRepository
    audit: AuditTrail
    clock: Clock
    consents: ConsentRepository
    merges: MergeRepository
    reviews: ReviewRepository

    async def __call__(self, *, user_id: str) -> Held:
        """Answers it all, of who became part of them too.

        Raises:
            NotFound: there is no such user.
        """
        user = await self.users.get(user_id)
        if user is None:
            raise NotFound
        now, query = self.clock.now(), AuditQuery(limit=_MOST_EVENTS)
        events: list[AuditEvent] = []
        consents: list[Consent] = []
        ended: list[Session] = []
        reviews: list[Review] = []
        for each in (user_id, *await self.merges.absorbed(user_id)):
            events += await self.audit.find(evolve(query, user_id=each))
            consents += await self.consents.of(each)
            ended += await self.sessions.ended(each, now)
            reviews += await self.reviews.of(each)
        return Held(
            user,
            await self.users.identities(user_id),
            await self.sessions.living(user_id, now),
            sorted(events, key=lambda event: (event.at, event.id), reverse=True),
            sorted(consents, key=lambda consent: consent.at),
            sorted(ended, key=lambda session: session.last_used_at, reverse=True),
            sorted(reviews, key=lambda review: review.at),
        )


@frozen
class RevokeSession:
    """Ends any session, for an operator."""

    sessions: SessionRepository
    clock: Clock
    journal: Journal

    async def __call__(self, *, sid: str) -> None:
        """Returns when the session has ended as `kicked`.

        Raises:
            NotFound: no such session, or it was over already.
        """
        live = await self.sessions.load(sid)
        if live is None or not await self.sessions.end(sid, EndReason.KICKED, self.clock.now()):
            raise NotFound
        session = live.session
        self.journal.record(
            Fact("session_ended", EndReason.KICKED, session.appid, session.user_id, sid)
        )
