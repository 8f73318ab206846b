"""LoginOrRegister, and the same through the tutorial's second step."""

from collections.abc import Collection
from datetime import timedelta

from attrs import evolve, field, frozen

from wxlogin.domain.errors import (
    AlreadyThere,
    ContentRejected,
    FieldProblem,
    InvalidRequest,
    LoginError,
    StoreUnavailable,
    TicketInvalid,
    TokenInvalid,
    UserBanned,
)
from wxlogin.domain.ports.ambient import Clock, Fact, Ids, Journal
from wxlogin.domain.ports.tickets import TicketRepository
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.session import Device, Session, SessionPolicy
from wxlogin.domain.ticket import digest
from wxlogin.domain.use_cases.consent import ConsentPolicy, TakeConsent
from wxlogin.domain.use_cases.content import ClearNickname
from wxlogin.domain.use_cases.exchange import AskWeChat
from wxlogin.domain.use_cases.issue_tokens import IssueTokens, TokenSet
from wxlogin.domain.use_cases.leaving import RESTORED, ComeBack
from wxlogin.domain.use_cases.nicknames import IN_REVIEW
from wxlogin.domain.use_cases.phone import TakePhone
from wxlogin.domain.use_cases.profile import ChangeProfile
from wxlogin.domain.user import Identity, Profile, ProfileChange, User

_RACES = 5


@frozen
class Entered:
    """A user with a session just opened for them."""

    user: User
    session: Session
    is_new_user: bool
    warnings: tuple[str, ...] = ()


@frozen
class Enter:
    """Finds or makes the user of an identity and opens a session: one person, one user."""

    users: UserRepository
    clear: ClearNickname
    change_profile: ChangeProfile
    clock: Clock
    ids: Ids
    journal: Journal
    policy: SessionPolicy
    come_back: ComeBack
    consent: ConsentPolicy

    async def __call__(
        self,
        identity: Identity,
        change: ProfileChange,
        device: Device,
        life: timedelta,
        *,
        agreed: str | None = None,
        session_key: str | None = None,
    ) -> Entered:
        """Answers user and session; profile material that fails is left out, with a warning.

        Raises:
            UserBanned: an operator banned this user.
            ConsentRequired: a new one did not agree to the agreement in force.
        """
        now = self.clock.now()
        session = Session(
            sid=self.ids.new_id(),
            user_id="",
            appid=identity.appid,
            created_at=now,
            last_used_at=now,
            expires_at=self.policy.expiry(now, now, life),
            device=device,
            session_key=session_key,
        )
        for _ in range(_RACES):
            known = await self.users.sign_in(identity, session, self.policy.per_user)
            if known is None:
                self.consent.refuse_newcomer(agreed)
                entered = await self._register(identity, change, session)
            else:
                entered = await self._welcome_back(known, identity, change, session)
            if entered is not None:
                if entered.user.leaves_at is None:
                    return entered
                if await self.come_back(entered.user):
                    return _restored(entered)
            session = evolve(session, sid=self.ids.new_id())
        raise StoreUnavailable(1)

    async def _register(
        self, identity: Identity, change: ProfileChange, session: Session
    ) -> Entered | None:
        passed, warnings = await self._passed(identity, change, Profile())
        user = User(
            id=self.ids.new_id(),
            created_at=session.created_at,
            updated_at=session.created_at,
            profile=passed.apply(Profile()),
        )
        try:
            owner = await self.users.register(user, identity, session, self.policy.per_user)
        except AlreadyThere:
            return None
        self._refuse_banned(owner, identity)
        is_new = owner.id == user.id
        if IN_REVIEW in warnings:
            if not is_new:  # known from another app: they keep the profile they have
                warnings = ()
            elif not await self._let_wait(owner, identity, change):
                return None
        self.journal.record(
            Fact(
                "register" if is_new else "login",
                appid=identity.appid,
                user_id=owner.id,
                sid=session.sid,
            )
        )
        return Entered(owner, evolve(session, user_id=owner.id), is_new, warnings)

    async def _welcome_back(
        self, user: User, identity: Identity, change: ProfileChange, session: Session
    ) -> Entered | None:
        self._refuse_banned(user, identity)
        if change.apply(user.profile) == user.profile:
            warnings: tuple[str, ...] = ()
        else:
            passed, warnings = await self._passed(identity, change, user.profile)
            try:
                user = await self.change_profile(user, passed)
            except TokenInvalid:  # erased or merged away meanwhile: whose login is it now?
                return None
            if IN_REVIEW in warnings and not await self._let_wait(user, identity, change):
                return None
        self.journal.record(Fact("login", appid=identity.appid, user_id=user.id, sid=session.sid))
        return Entered(user, evolve(session, user_id=user.id), is_new_user=False, warnings=warnings)

    async def _passed(
        self, identity: Identity, change: ProfileChange, profile: Profile
    ) -> tuple[ProfileChange, tuple[str, ...]]:
        if change.nickname is None or change.nickname == profile.nickname:
            return change, ()
        try:
            if await self.clear(identity, change.nickname):
                return change, ()
            code = IN_REVIEW
        except LoginError as refusal:
            code = (
                ContentRejected.code
                if isinstance(refusal, ContentRejected)
                else "content_unchecked"
            )
        return evolve(change, nickname=None), (code,)

    async def _let_wait(self, user: User, identity: Identity, change: ProfileChange) -> bool:
        return await self.clear.reviews.ask(user.id, identity.appid, change.nickname or "")

    def _refuse_banned(self, user: User, identity: Identity) -> None:
        if user.banned:
            self.journal.record(
                Fact("login", UserBanned.code, appid=identity.appid, user_id=user.id)
            )
            raise UserBanned


def _restored(entered: Entered) -> Entered:
    user = evolve(entered.user, leaves_at=None)
    return evolve(entered, user=user, warnings=(*entered.warnings, RESTORED))


@frozen
class LoginOrRegister:
    """Logs a person in by a wx.login code or a login ticket; makes the user at the first time.

    WeChat's session_key ends here, but for the apps that declare `open_data`.
    """

    ask: AskWeChat
    tickets: TicketRepository
    enter: Enter
    take_phone: TakePhone
    take_consent: TakeConsent
    issue: IssueTokens
    clock: Clock
    policy: SessionPolicy
    open_data: Collection[str] = ()

    async def __call__(
        self,
        *,
        appid: str | None = None,
        code: str | None = None,
        login_ticket: str | None = None,
        profile: ProfileChange | None = None,
        phone_code: str | None = None,
        device: Device | None = None,
        consent: str | None = None,
    ) -> TokenSet:
        """Answers a token set. A bad phone code or nickname becomes a warning, and no more.

        Raises:
            InvalidRequest: both or neither of code and ticket, or another field that fails.
            TicketInvalid: the ticket is unknown, used, expired or of another app, whose it stays.
            UserBanned, ConsentRequired: and every error of `SessionApi.exchange`.
        """
        if (code is None) == (login_ticket is None):
            raise InvalidRequest(FieldProblem("code", "code_or_ticket"))
        change, dropped = (profile or ProfileChange()).at_login(self.enter.clear.rules)
        session_key = None
        if code is None:
            identity = await self._redeem(appid, login_ticket or "")
        else:
            asked = await self.ask.session(appid=appid, code=code)
            identity = asked.identity
            if identity.appid in self.open_data:
                session_key = asked.session_key
        entered = await self.enter(
            identity,
            change,
            device or Device(),
            self.policy.refresh_ttl,
            agreed=consent,
            session_key=session_key,
        )
        user, warnings = entered.user, dropped + entered.warnings
        if consent is not None:
            user = await self.take_consent(user, identity.appid, consent)
        if phone_code is not None:
            user, refused = await self.take_phone.leniently(user, identity, phone_code)
            warnings += refused
        return await self.issue(
            session=entered.session,
            user=user,
            now=self.clock.now(),
            is_new_user=entered.is_new_user,
            warnings=warnings + self.enter.consent.missing(user),
        )

    async def _redeem(self, appid: str | None, ticket: str) -> Identity:
        if appid is not None:
            self.ask.apps.choose(appid)
        identity = await self.tickets.redeem(digest(ticket), self.clock.now(), appid=appid)
        if identity is None:
            raise TicketInvalid
        return identity


@frozen
class TutorialLogin:
    """The tutorial's second step: openid, ticket and profile in, one long token out."""

    tickets: TicketRepository
    enter: Enter
    issue: IssueTokens
    clock: Clock
    policy: SessionPolicy

    async def __call__(
        self, *, openid: str, login_ticket: str, profile: ProfileChange
    ) -> "TutorialToken":
        """Answers a revocable token without refresh. Old clients' profile oddities are dropped.

        Raises:
            TicketInvalid: unknown, used, expired, or for another openid.
            UserBanned: an operator banned this user.
        """
        identity = await self.tickets.redeem(digest(login_ticket), self.clock.now(), openid=openid)
        if identity is None:
            raise TicketInvalid
        change = profile.lenient(self.enter.clear.rules)
        entered = await self.enter(identity, change, Device(), self.policy.tutorial_ttl)
        now = self.clock.now()
        token = await self.issue.access_only(session=entered.session, now=now)
        return TutorialToken(token=token, user=entered.user)


@frozen
class TutorialToken:
    """What the tutorial's client keeps."""

    token: str = field(repr=False)
    user: User
