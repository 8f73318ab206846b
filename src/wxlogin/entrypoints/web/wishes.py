"""Wishes: everything a door can ask of the house."""

from collections.abc import Awaitable, Callable, Mapping

from attrs import field, frozen

from wxlogin.domain.ports.ambient import Clock, Ids
from wxlogin.domain.ports.avatars import AvatarStore
from wxlogin.domain.ports.limits import RateLimiter
from wxlogin.domain.ports.tokens import TokenSigner
from wxlogin.domain.use_cases.accounts import ExportUser
from wxlogin.domain.use_cases.authenticate import Authenticate
from wxlogin.domain.use_cases.avatars import CheckAvatar
from wxlogin.domain.use_cases.consent import Agree, WithdrawConsent
from wxlogin.domain.use_cases.exchange import ExchangeCode
from wxlogin.domain.use_cases.for_services import IntrospectToken, ReadRevocations
from wxlogin.domain.use_cases.leaving import Leave
from wxlogin.domain.use_cases.linking import DetachApp, ListApps
from wxlogin.domain.use_cases.login import LoginOrRegister, TutorialLogin
from wxlogin.domain.use_cases.merging import MergeOwn
from wxlogin.domain.use_cases.one_answer import OneAnswer
from wxlogin.domain.use_cases.open_data import ReadOpenData
from wxlogin.domain.use_cases.phone import BindPhone, UnbindPhone
from wxlogin.domain.use_cases.profile import ReadProfile, UpdateProfile
from wxlogin.domain.use_cases.push import CheckPushAddress, ReceivePush
from wxlogin.domain.use_cases.sessions import EndSession, ListSessions, Logout, RefreshSession


@frozen
class DoorPolicy:
    """What the door itself must know.

    `issuer` is the public base address without a final slash; `service_token` is None when no
    backend may ask; `limited` says whether rate limits count.
    """

    issuer: str
    service_token: str | None = field(default=None, repr=False)
    limited: bool = True
    body_max: int = 64 * 1024
    avatar_max: int = 5 * 1024 * 1024


def _untold(*_: str) -> None:
    """Counts nothing."""


@frozen
class Wishes:
    """The use cases, and the few ports a door reads itself.

    `metrics` answers the Prometheus text; `observe` takes route, method, status and seconds of
    each request, `refused` route, code and reason of each refusal, `login_refused` app and code of
    each login that came to nothing. `pings` are named health checks that raise when something is
    wrong; `conditions` answers by name what is "ok" or goes on worse than it should.
    `check_avatar` is None where no picture is checked.
    """

    exchange_code: ExchangeCode
    login: LoginOrRegister
    tutorial_login: TutorialLogin
    one_answer: OneAnswer
    refresh: RefreshSession
    logout: Logout
    authenticate: Authenticate
    read_profile: ReadProfile
    update_profile: UpdateProfile
    bind_phone: BindPhone
    unbind_phone: UnbindPhone
    list_sessions: ListSessions
    end_session: EndSession
    export_user: ExportUser
    leave: Leave
    agree: Agree
    withdraw_consent: WithdrawConsent
    list_apps: ListApps
    detach_app: DetachApp
    merge_own: MergeOwn
    read_open_data: ReadOpenData
    introspect: IntrospectToken
    revocations: ReadRevocations
    check_push_address: CheckPushAddress
    receive_push: ReceivePush
    signer: TokenSigner
    avatars: AvatarStore
    limiter: RateLimiter
    clock: Clock
    policy: DoorPolicy
    metrics: Callable[[], bytes]
    observe: Callable[[str, str, int, float], None]
    pings: Mapping[str, Callable[[], Awaitable[None]]]
    check_avatar: CheckAvatar | None = None
    refused: Callable[[str, str, str], None] = _untold
    login_refused: Callable[[str, str], None] = _untold
    conditions: Callable[[], Mapping[str, str]] = dict

    @property
    def ids(self) -> Ids:
        """What the use cases make ids with; request ids come from there too."""
        return self.exchange_code.ids
