"""Container: every part of the house, built when first asked for and once.

Nothing here waits or opens anything; connections are opened by the first call that needs one and
closed by `lifespan`.
"""

from collections.abc import Awaitable, Callable, Mapping

from dependency_injector import containers, providers

from wxlogin.adapters.audit import AuditJournal
from wxlogin.adapters.avatars import FolderAvatars
from wxlogin.adapters.jwt import JwtKeyMaker, JwtSigner
from wxlogin.adapters.limits import open_limits
from wxlogin.adapters.metrics import CountedJournal, Metrics
from wxlogin.adapters.sql import (
    Database,
    SqlAccounts,
    SqlAudit,
    SqlKeys,
    SqlLedger,
    SqlSessions,
    SqlTickets,
    SqlUsers,
    open_database,
)
from wxlogin.adapters.system import LogJournal, RandomIds, SystemClock
from wxlogin.adapters.vault import MasterVault, load_or_make_master_key
from wxlogin.adapters.wechat import WeChatClient
from wxlogin.adapters.wechat.breaker import Circuits
from wxlogin.adapters.wechat.gate import Gate
from wxlogin.domain.ports.audit import Actor
from wxlogin.domain.ports.keys import KeyRepository
from wxlogin.domain.ports.limits import RateLimiter
from wxlogin.domain.use_cases.accounts import (
    BanUser,
    EraseUser,
    ExportUser,
    RevokeSession,
    ShowUser,
    UnbanUser,
)
from wxlogin.domain.use_cases.authenticate import CHANGES_OF_A_USER, Authenticate
from wxlogin.domain.use_cases.content import ClearNickname
from wxlogin.domain.use_cases.exchange import AskWeChat, ExchangeCode
from wxlogin.domain.use_cases.for_services import IntrospectToken, ReadRevocations
from wxlogin.domain.use_cases.housekeeping import Sweep
from wxlogin.domain.use_cases.issue_tokens import IssueTokens
from wxlogin.domain.use_cases.keys import MintKey, PrepareKeys, RotateKeys, StageKey, TendKeys
from wxlogin.domain.use_cases.login import Enter, LoginOrRegister, TutorialLogin
from wxlogin.domain.use_cases.one_answer import OneAnswer
from wxlogin.domain.use_cases.phone import BindPhone, TakePhone, UnbindPhone
from wxlogin.domain.use_cases.profile import ChangeProfile, ReadProfile, UpdateProfile
from wxlogin.domain.use_cases.sessions import EndSession, ListSessions, Logout, RefreshSession
from wxlogin.entrypoints.container.levels import budget, conditions, levels, rendering
from wxlogin.entrypoints.container.pushing import PushParts
from wxlogin.entrypoints.settings import Settings
from wxlogin.entrypoints.web.asker import CLIENT
from wxlogin.entrypoints.web.wishes import DoorPolicy, Wishes


class BadMasterKeyFile(Exception):
    """The file in the data folder does not hold a master key, or cannot be read."""


def _master_keys(settings: Settings) -> tuple[bytes, ...]:
    """Answers the keys that were set, or in development the one kept in the data folder."""
    if settings.master_key:
        return settings.master_key
    try:
        return (load_or_make_master_key(settings.data_dir),)
    except (ValueError, OSError) as wrong:
        raise BadMasterKeyFile(str(wrong)) from wrong


def _secrets(settings: Settings) -> dict[str, str]:
    return {app.appid: app.secret for app in settings.apps}


def _counted_by(settings: Settings, limiter: RateLimiter) -> RateLimiter | None:
    return limiter if settings.rate_limit else None


def _door_policy(settings: Settings) -> DoorPolicy:
    return DoorPolicy(
        issuer=settings.issuer,
        service_token=settings.service_token,
        limited=settings.rate_limit,
    )


def _pings(database: Database, keys: KeyRepository) -> Mapping[str, Callable[[], Awaitable[None]]]:
    async def there_are_keys() -> None:
        if not await keys.all():
            raise LookupError("no signing key")

    return {"database": database.ping, "keys": there_are_keys}


class Container(containers.DeclarativeContainer):
    """The parts of one deployment, by name; hand in its settings.

    Tests override single parts: `container.wechat.override(providers.Object(FakeWeChat(…)))`.
    """

    settings = providers.Dependency(instance_of=Settings)

    # the surroundings
    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(RandomIds)
    metrics = providers.Singleton(Metrics)
    vault = providers.Singleton(
        MasterVault, master_keys=providers.Singleton(_master_keys, settings)
    )

    # the store
    database = providers.Singleton(open_database, settings.provided.store_url)
    users = providers.Singleton(SqlUsers, db=database, vault=vault)
    accounts = providers.Singleton(SqlAccounts, db=database)
    sessions = providers.Singleton(SqlSessions, db=database, vault=vault)
    tickets = providers.Singleton(SqlTickets, db=database)
    ledger = providers.Singleton(SqlLedger, db=database)
    keys = providers.Singleton(SqlKeys, db=database)
    audit = providers.Singleton(SqlAudit, db=database)
    avatars = providers.Singleton(FolderAvatars, settings.provided.avatars_dir, ids)

    # telling what happened: the numbers, the trail, the log
    unasked = providers.Object(Actor.SERVICE)
    audit_journal = providers.Singleton(
        AuditJournal,
        journal=providers.Singleton(LogJournal),
        trail=audit,
        clock=clock,
        ids=ids,
        asker=providers.Object(CLIENT.get),
        unasked=unasked,
    )
    journal = providers.Singleton(CountedJournal, metrics=metrics, journal=audit_journal)

    # the neighbours
    limiter = providers.Singleton(open_limits, settings.provided.redis_url, clock)
    gate = providers.Singleton(Gate)
    circuits = providers.Singleton(Circuits, clock)
    wechat = providers.Singleton(
        WeChatClient,
        apps=providers.Singleton(_secrets, settings),
        clock=clock,
        base_url=settings.provided.wechat_base_url,
        second_url=settings.provided.wechat_second_url,
        timeout=settings.provided.wechat_timeout.total_seconds.call(),
        seen=metrics.provided.upstream,
        gate=gate,
        circuits=circuits,
        budget=providers.Singleton(budget, settings.provided.wechat_calls_per_minute, limiter),
    )
    signer = providers.Singleton(
        JwtSigner,
        keys=keys,
        vault=vault,
        clock=clock,
        issuer=settings.provided.issuer,
        audience=settings.provided.audience,
    )

    levels_now = providers.Singleton(levels, metrics, gate, circuits, limiter)

    # what wishes share
    policy = settings.provided.session_policy
    counted_by = providers.Singleton(_counted_by, settings, limiter)
    ask = providers.Singleton(
        AskWeChat, apps=settings.provided.served, wechat=wechat, limiter=counted_by
    )
    authenticate = providers.Singleton(Authenticate, signer, sessions, clock, counted_by)
    authenticate_to_change = providers.Singleton(
        Authenticate, signer, sessions, clock, counted_by, CHANGES_OF_A_USER
    )
    issue = providers.Singleton(IssueTokens, signer=signer, vault=vault, ids=ids, policy=policy)
    clear_nickname = providers.Singleton(
        ClearNickname, content=wechat, journal=journal, policy=settings.provided.content_policy
    )
    change_profile = providers.Singleton(
        ChangeProfile, users=users, avatars=avatars, clear=clear_nickname, clock=clock
    )
    take_phone = providers.Singleton(
        TakePhone, phones=wechat, users=users, clock=clock, journal=journal
    )
    enter = providers.Singleton(
        Enter,
        users=users,
        clear=clear_nickname,
        change_profile=change_profile,
        clock=clock,
        ids=ids,
        journal=journal,
        policy=policy,
    )

    # wishes of phones and browsers
    exchange_code = providers.Singleton(
        ExchangeCode, ask=ask, users=users, tickets=tickets, clock=clock, ids=ids
    )
    login = providers.Singleton(
        LoginOrRegister,
        ask=ask,
        tickets=tickets,
        enter=enter,
        take_phone=take_phone,
        issue=issue,
        clock=clock,
        policy=policy,
    )
    tutorial_login = providers.Singleton(
        TutorialLogin, tickets=tickets, enter=enter, issue=issue, clock=clock, policy=policy
    )
    one_answer = providers.Singleton(OneAnswer, ledger=ledger, vault=vault, clock=clock)
    refresh = providers.Singleton(
        RefreshSession,
        sessions=sessions,
        issue=issue,
        vault=vault,
        clock=clock,
        journal=journal,
        policy=policy,
    )
    logout = providers.Singleton(
        Logout,
        authenticate=authenticate_to_change,
        sessions=sessions,
        vault=vault,
        clock=clock,
        journal=journal,
    )
    read_profile = providers.Singleton(ReadProfile, authenticate=authenticate)
    update_profile = providers.Singleton(
        UpdateProfile,
        authenticate=authenticate_to_change,
        users=users,
        change_profile=change_profile,
    )
    bind_phone = providers.Singleton(
        BindPhone, authenticate=authenticate_to_change, users=users, take=take_phone
    )
    unbind_phone = providers.Singleton(
        UnbindPhone, authenticate=authenticate_to_change, take=take_phone
    )
    list_sessions = providers.Singleton(
        ListSessions, authenticate=authenticate, sessions=sessions, clock=clock
    )
    end_session = providers.Singleton(
        EndSession,
        authenticate=authenticate_to_change,
        sessions=sessions,
        clock=clock,
        journal=journal,
    )
    export_user = providers.Singleton(
        ExportUser, users=users, sessions=sessions, audit=audit, clock=clock
    )
    erase_user = providers.Singleton(
        EraseUser, users=users, accounts=accounts, avatars=avatars, clock=clock, journal=journal
    )
    push = providers.Container(
        PushParts, settings=settings, database=database, vault=vault, clock=clock, journal=journal,
        users=users, change_profile=change_profile, take_phone=take_phone, erase_user=erase_user,
    )  # fmt: skip

    # wishes of other services
    introspect = providers.Singleton(IntrospectToken, signer=signer, sessions=sessions, clock=clock)
    revocations = providers.Singleton(
        ReadRevocations,
        sessions=sessions,
        clock=clock,
        longest_token=settings.provided.longest_token,
    )

    # wishes of operators
    show_user = providers.Singleton(ShowUser, users=users)
    ban_user = providers.Singleton(BanUser, accounts=accounts, clock=clock, journal=journal)
    unban_user = providers.Singleton(UnbanUser, accounts=accounts, clock=clock, journal=journal)
    revoke_session = providers.Singleton(
        RevokeSession, sessions=sessions, clock=clock, journal=journal
    )
    mint_key = providers.Singleton(MintKey, maker=providers.Singleton(JwtKeyMaker), vault=vault)
    prepare_keys = providers.Singleton(PrepareKeys, keys=keys, mint=mint_key, clock=clock)
    stage_key = providers.Singleton(
        StageKey, keys=keys, mint=mint_key, clock=clock, journal=journal
    )
    rotate_keys = providers.Singleton(
        RotateKeys,
        keys=keys,
        mint=mint_key,
        clock=clock,
        journal=journal,
        longest_token=settings.provided.longest_token,
    )
    tend_keys = providers.Singleton(
        TendKeys,
        keys=keys,
        mint=mint_key,
        clock=clock,
        journal=journal,
        longest_token=settings.provided.longest_token,
        rotate_every=settings.provided.rotate_keys_every,
    )
    sweep = providers.Singleton(
        Sweep,
        sessions=sessions,
        tickets=tickets,
        ledger=ledger,
        audit=audit,
        clock=clock,
        audit_life=settings.provided.audit_days,
        longest_token=settings.provided.longest_token,
    )

    # everything a door can ask
    wishes = providers.Singleton(
        Wishes,
        exchange_code=exchange_code,
        login=login,
        tutorial_login=tutorial_login,
        one_answer=one_answer,
        refresh=refresh,
        logout=logout,
        authenticate=authenticate,
        read_profile=read_profile,
        update_profile=update_profile,
        bind_phone=bind_phone,
        unbind_phone=unbind_phone,
        list_sessions=list_sessions,
        end_session=end_session,
        export_user=export_user,
        erase_user=erase_user,
        introspect=introspect,
        revocations=revocations,
        check_push_address=push.check_address,
        receive_push=push.receive,
        signer=signer,
        avatars=avatars,
        limiter=limiter,
        clock=clock,
        policy=providers.Singleton(_door_policy, settings),
        metrics=providers.Singleton(rendering, metrics, levels_now),
        observe=metrics.provided.request,
        refused=metrics.provided.refused,
        login_refused=metrics.provided.login_refused,
        conditions=providers.Singleton(conditions, circuits, limiter),
        pings=providers.Singleton(_pings, database, keys),
    )
