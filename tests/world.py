"""A whole house of twins: what use cases and doors are tested in."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from attrs import field, frozen

from wxlogin.adapters.jwt import JwtKeyMaker, JwtSigner
from wxlogin.adapters.memory.ambient import FixedLimits, ListJournal, SerialIds, SetClock
from wxlogin.adapters.memory.audit import MemoryAudit
from wxlogin.adapters.memory.avatars import MemoryAvatars
from wxlogin.adapters.memory.consents import MemoryConsents
from wxlogin.adapters.memory.inbox import MemoryInbox
from wxlogin.adapters.memory.keys import MemoryKeys
from wxlogin.adapters.memory.ledger import MemoryLedger
from wxlogin.adapters.memory.links import MemoryLinks
from wxlogin.adapters.memory.merges import MemoryMerges
from wxlogin.adapters.memory.reviews import MemoryReviews
from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.adapters.memory.sessions import MemorySessions
from wxlogin.adapters.memory.tickets import MemoryTickets
from wxlogin.adapters.memory.users import MemoryAccounts, MemoryUsers
from wxlogin.adapters.memory.wechat import FakeWeChat
from wxlogin.adapters.push import PushApp, WeChatPush
from wxlogin.adapters.vault import MasterVault
from wxlogin.adapters.wechat.open_data import OpenData
from wxlogin.domain.app import Apps
from wxlogin.domain.session import SessionPolicy
from wxlogin.domain.use_cases.accounts import BanUser, EraseUser, ExportUser, UnbanUser
from wxlogin.domain.use_cases.authenticate import Authenticate
from wxlogin.domain.use_cases.avatars import CheckAvatar, DecideAvatar, HearVerdict, TreatUnanswered
from wxlogin.domain.use_cases.consent import Agree, ConsentPolicy, TakeConsent, WithdrawConsent
from wxlogin.domain.use_cases.content import ClearNickname, ContentPolicy
from wxlogin.domain.use_cases.deciding import DecideReview
from wxlogin.domain.use_cases.exchange import AskWeChat, ExchangeCode
from wxlogin.domain.use_cases.for_services import IntrospectToken, ReadRevocations
from wxlogin.domain.use_cases.issue_tokens import IssueTokens
from wxlogin.domain.use_cases.keys import MintKey, PrepareKeys, RotateKeys
from wxlogin.domain.use_cases.leaving import ComeBack, EraseLeft, Leave
from wxlogin.domain.use_cases.linking import DetachApp, ListApps
from wxlogin.domain.use_cases.login import Enter, LoginOrRegister, TutorialLogin
from wxlogin.domain.use_cases.merging import MergeOwn, MergeUsers, UnmergeUsers
from wxlogin.domain.use_cases.nicknames import NicknameReviews
from wxlogin.domain.use_cases.one_answer import OneAnswer
from wxlogin.domain.use_cases.open_data import ReadOpenData
from wxlogin.domain.use_cases.phone import BindPhone, PhonePolicy, TakePhone, UnbindPhone
from wxlogin.domain.use_cases.profile import ChangeProfile, ReadProfile, UpdateProfile
from wxlogin.domain.use_cases.push import CheckPushAddress, ReceivePush
from wxlogin.domain.use_cases.sessions import EndSession, ListSessions, Logout, RefreshSession
from wxlogin.entrypoints.web.wishes import DoorPolicy, Wishes

APPID, SECOND_APPID = "wx0000000000000001", "wx0000000000000002"
ISSUER = "https://login.example.com"
PUSH_TOKEN, PUSH_AES_KEY = "push-token-of-the-tests", "k" * 43
"""Of both apps; only the second one has the key."""
SERVICE_TOKEN = "service-token-of-the-tests"
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@frozen
class World:
    """Twins, and the wishes built on them."""

    policy: SessionPolicy = field(factory=SessionPolicy)
    content_policy: ContentPolicy = ContentPolicy.OFF
    phone_policy: PhonePolicy = PhonePolicy.REFUSE
    limited: bool = False
    grace: timedelta = timedelta()
    open_data: dict[str, frozenset[str]] = field(factory=dict)
    consent_policy: ConsentPolicy = field(factory=ConsentPolicy)
    clock: SetClock = field(factory=lambda: SetClock(START))
    ids: SerialIds = field(factory=SerialIds)
    journal: ListJournal = field(factory=ListJournal)
    pings: dict[str, Callable[[], Awaitable[None]]] = field(factory=dict)
    observed: list[tuple[str, str, int]] = field(factory=list)
    room: MemoryRoom = field(factory=MemoryRoom)
    vault: MasterVault = field(factory=lambda: MasterVault((b"m" * 32,)))
    limiter: FixedLimits = field()
    wechat: FakeWeChat = field()
    users: MemoryUsers = field()
    sessions: MemorySessions = field()
    signer: JwtSigner = field()
    avatars: MemoryAvatars = field()

    @limiter.default
    def _limiter(self):
        return FixedLimits(self.clock)

    @wechat.default
    def _wechat(self):
        return FakeWeChat(clock=self.clock)

    @users.default
    def _users(self):
        return MemoryUsers(self.room)

    @sessions.default
    def _sessions(self):
        return MemorySessions(self.room)

    @signer.default
    def _signer(self):
        return JwtSigner(
            keys=MemoryKeys(self.room),
            vault=self.vault,
            issuer=ISSUER,
            audience="wxlogin",
            clock=self.clock,
        )

    @avatars.default
    def _avatars(self):
        return MemoryAvatars(self.ids)

    def advance(self, **step: float) -> None:
        self.clock.advance(timedelta(**step))

    @property
    def accounts(self) -> MemoryAccounts:
        return MemoryAccounts(self.room)

    @property
    def merges(self) -> MemoryMerges:
        return MemoryMerges(self.room)

    @property
    def links(self) -> MemoryLinks:
        return MemoryLinks(self.room)

    @property
    def merge(self) -> MergeUsers:
        return MergeUsers(self.merges, self.clock, self.ids, self.journal)

    @property
    def unmerge(self) -> UnmergeUsers:
        return UnmergeUsers(self.merges, self.clock, self.journal)

    @property
    def reviews(self) -> MemoryReviews:
        return MemoryReviews(self.room)

    @property
    def clear_nickname(self) -> ClearNickname:
        reviews = NicknameReviews(self.reviews, self.clock, self.ids)
        return ClearNickname(self.wechat, self.journal, self.content_policy, reviews)

    @property
    def decide(self) -> DecideReview:
        return DecideReview(
            self.reviews, self.users, self.decide_avatar, self.clock, self.content_policy
        )

    @property
    def decide_avatar(self) -> DecideAvatar:
        return DecideAvatar(self.reviews, self.users, self.avatars, self.clock)

    @property
    def treat_unanswered(self) -> TreatUnanswered:
        return TreatUnanswered(
            self.reviews, self.decide_avatar, self.clock, self.journal, self.content_policy
        )

    @property
    def hear_verdict(self) -> HearVerdict:
        return HearVerdict(self.reviews, self.decide_avatar, self.treat_unanswered, self.clock)

    @property
    def inbox(self) -> MemoryInbox:
        return MemoryInbox(self.room)

    @property
    def push_reader(self) -> WeChatPush:
        plain, safe = PushApp.of(PUSH_TOKEN, None), PushApp.of(PUSH_TOKEN, PUSH_AES_KEY)
        return WeChatPush({APPID: plain, SECOND_APPID: safe})

    @property
    def ban(self) -> BanUser:
        return BanUser(self.accounts, self.clock, self.journal)

    @property
    def unban(self) -> UnbanUser:
        return UnbanUser(self.accounts, self.clock, self.journal)

    @property
    def one_answer(self) -> OneAnswer:
        return OneAnswer(MemoryLedger(self.room), self.vault, self.clock)

    @property
    def take_phone(self) -> TakePhone:
        return TakePhone(
            self.wechat, self.users, self.one_answer, self.clock, self.journal, self.phone_policy
        )

    @property
    def erase(self) -> EraseUser:
        return EraseUser(
            self.users, self.accounts, self.avatars, self.merges, self.clock, self.journal
        )

    @property
    def come_back(self) -> ComeBack:
        return ComeBack(self.accounts, self.erase, self.clock, self.journal)

    @property
    def erase_left(self) -> EraseLeft:
        return EraseLeft(self.accounts, self.erase, self.clock)

    @property
    def mint(self) -> MintKey:
        return MintKey(JwtKeyMaker(), self.vault)

    @property
    def rotate_keys(self) -> RotateKeys:
        keys = MemoryKeys(self.room)
        return RotateKeys(keys, self.mint, self.clock, self.journal, self.policy.tutorial_ttl)

    async def prepared(self) -> "World":
        await PrepareKeys(MemoryKeys(self.room), self.mint, self.clock)(alg="EdDSA")
        return self

    def wishes(self) -> Wishes:
        counted_by = self.limiter if self.limited else None
        ask = AskWeChat(Apps((APPID, SECOND_APPID)), self.wechat, counted_by)
        tickets = MemoryTickets(self.room)
        authenticate = Authenticate(self.signer, self.sessions, self.clock, counted_by)
        clear = self.clear_nickname
        change = ChangeProfile(self.users, self.avatars, clear, self.clock)
        issue = IssueTokens(self.signer, self.vault, self.ids, self.policy)
        enter = Enter(
            self.users,
            clear,
            change,
            self.clock,
            self.ids,
            self.journal,
            self.policy,
            self.come_back,
            self.consent_policy,
        )
        consents = MemoryConsents(self.room)
        take_consent = TakeConsent(consents, self.clock, self.journal)
        take = self.take_phone
        own = (authenticate, self.sessions)
        return Wishes(
            exchange_code=ExchangeCode(ask, self.users, tickets, self.clock, self.ids),
            login=LoginOrRegister(
                ask,
                tickets,
                enter,
                take,
                take_consent,
                issue,
                self.clock,
                self.policy,
                self.open_data,
            ),
            tutorial_login=TutorialLogin(tickets, enter, issue, self.clock, self.policy),
            one_answer=self.one_answer,
            refresh=RefreshSession(
                self.sessions, issue, self.vault, self.clock, self.journal, self.policy
            ),
            logout=Logout(*own, self.vault, self.clock, self.journal),
            authenticate=authenticate,
            read_profile=ReadProfile(authenticate),
            update_profile=UpdateProfile(authenticate, self.users, change),
            bind_phone=BindPhone(authenticate, self.users, take),
            unbind_phone=UnbindPhone(authenticate, take),
            list_sessions=ListSessions(*own, self.clock),
            end_session=EndSession(*own, self.clock, self.journal),
            export_user=ExportUser(
                self.users,
                self.sessions,
                MemoryAudit(self.room),
                self.clock,
                consents,
                self.merges,
                self.reviews,
            ),
            leave=Leave(self.accounts, self.erase, self.clock, self.journal, self.grace),
            agree=Agree(authenticate, take_consent),
            read_open_data=ReadOpenData(
                *own,
                OpenData(),
                MemoryLedger(self.room),
                self.vault,
                self.clock,
                self.journal,
                self.open_data,
            ),
            withdraw_consent=WithdrawConsent(authenticate, consents, self.clock, self.journal),
            list_apps=ListApps(authenticate, self.links),
            detach_app=DetachApp(authenticate, self.links, self.clock, self.journal),
            merge_own=MergeOwn(authenticate, ask, tickets, self.users, self.merge, self.clock),
            introspect=IntrospectToken(self.signer, self.sessions, self.clock),
            revocations=ReadRevocations(self.sessions, self.clock, self.policy.tutorial_ttl),
            check_push_address=CheckPushAddress(self.push_reader, self.journal),
            receive_push=ReceivePush(
                self.push_reader, self.inbox, self.vault, self.clock, self.journal
            ),
            signer=self.signer,
            avatars=self.avatars,
            check_avatar=CheckAvatar(
                self.wechat,
                self.reviews,
                self.users,
                self.avatars,
                self.clock,
                self.ids,
                self.journal,
                self.content_policy,
                ISSUER,
                frozenset({APPID}),
            ),
            limiter=self.limiter,
            clock=self.clock,
            policy=DoorPolicy(ISSUER, SERVICE_TOKEN, limited=self.limited),
            metrics=lambda: b"requests_total 1\n",
            observe=lambda *seen: self.observed.append(seen[:3]),
            pings=self.pings,
        )
