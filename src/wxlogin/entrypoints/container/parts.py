"""Container: every part of the house, built when first asked for and once.

Nothing here waits or opens anything; connections are opened by the first call that needs one and
closed by `lifespan`.
"""

from dependency_injector import providers

from wxlogin.domain.ports.limits import RateLimiter
from wxlogin.domain.use_cases.accounts import (
    EraseUser,
    ExportUser,
)
from wxlogin.domain.use_cases.authenticate import CHANGES_OF_A_USER, Authenticate
from wxlogin.domain.use_cases.content import ClearNickname
from wxlogin.domain.use_cases.exchange import AskWeChat, ExchangeCode
from wxlogin.domain.use_cases.issue_tokens import IssueTokens
from wxlogin.domain.use_cases.login import Enter, LoginOrRegister, TutorialLogin
from wxlogin.domain.use_cases.one_answer import OneAnswer
from wxlogin.domain.use_cases.phone import BindPhone, TakePhone, UnbindPhone
from wxlogin.domain.use_cases.profile import ChangeProfile, ReadProfile, UpdateProfile
from wxlogin.domain.use_cases.sessions import EndSession, ListSessions, Logout, RefreshSession
from wxlogin.entrypoints.container.hooking import HookParts
from wxlogin.entrypoints.container.keeping import Keeping as Here
from wxlogin.entrypoints.container.levels import conditions, elsewhere, levels, pings, rendering
from wxlogin.entrypoints.container.linking import LinkParts
from wxlogin.entrypoints.container.privacy import PrivacyParts
from wxlogin.entrypoints.container.pushing import PushParts
from wxlogin.entrypoints.container.reviewing import ReviewParts
from wxlogin.entrypoints.settings import Settings
from wxlogin.entrypoints.web.crowd import Crowd
from wxlogin.entrypoints.web.wishes import DoorPolicy, Wishes


def _counted_by(settings: Settings, limiter: RateLimiter) -> RateLimiter | None:
    return limiter if settings.rate_limit else None


def _door_policy(settings: Settings) -> DoorPolicy:
    return DoorPolicy(
        issuer=settings.issuer, service_token=settings.service_token, limited=settings.rate_limit
    )


class Container(Here):
    """The parts of one deployment, by name; hand in its settings.

    Tests override single parts: `container.wechat.override(providers.Object(FakeWeChat(…)))`.
    """

    door_policy = providers.Singleton(_door_policy, Here.settings)
    crowd = providers.Singleton(
        Crowd,
        policy=door_policy,
        ids=Here.ids,
        refused=Here.metrics.provided.refused,
        elsewhere=providers.Singleton(elsewhere, Here.gate),
    )
    levels_now = providers.Singleton(
        levels, Here.metrics, Here.gate, Here.circuits, Here.limiter, crowd
    )

    # what wishes share
    policy = Here.settings.provided.session_policy
    counted_by = providers.Singleton(_counted_by, Here.settings, Here.limiter)
    ask = providers.Singleton(
        AskWeChat, apps=Here.settings.provided.served, wechat=Here.wechat, limiter=counted_by
    )
    authenticate = providers.Singleton(
        Authenticate, Here.signer, Here.sessions, Here.clock, counted_by
    )
    authenticate_to_change = providers.Singleton(
        Authenticate, Here.signer, Here.sessions, Here.clock, counted_by, CHANGES_OF_A_USER
    )
    issue = providers.Singleton(
        IssueTokens, signer=Here.signer, vault=Here.vault, ids=Here.ids, policy=policy
    )
    reviewing = providers.Container(
        ReviewParts, settings=Here.settings, database=Here.database, vault=Here.vault,
        wechat=Here.wechat, users=Here.users, avatars=Here.avatars, clock=Here.clock,
        ids=Here.ids, journal=Here.journal,
    )  # fmt: skip
    clear_nickname = providers.Singleton(
        ClearNickname,
        content=Here.wechat,
        journal=Here.journal,
        policy=Here.settings.provided.content_policy,
        reviews=reviewing.nicknames,
        rules=Here.settings.provided.nickname_rules,
    )
    change_profile = providers.Singleton(
        ChangeProfile,
        users=Here.users,
        avatars=Here.avatars,
        clear=clear_nickname,
        clock=Here.clock,
    )
    one_answer = providers.Singleton(
        OneAnswer, ledger=Here.ledger, vault=Here.vault, clock=Here.clock
    )
    take_phone = providers.Singleton(
        TakePhone,
        phones=Here.wechat,
        users=Here.users,
        once=one_answer,
        clock=Here.clock,
        journal=Here.journal,
        policy=Here.settings.provided.phone_taken,
    )
    linking = providers.Container(
        LinkParts, settings=Here.settings, database=Here.database, vault=Here.vault,
        bell=Here.bell, clock=Here.clock, ids=Here.ids, journal=Here.journal, users=Here.users,
        tickets=Here.tickets, avatars=Here.avatars, ask=ask, authenticate=authenticate,
        authenticate_to_change=authenticate_to_change,
    )  # fmt: skip
    erase_user = providers.Singleton(
        EraseUser,
        users=Here.users,
        accounts=Here.accounts,
        avatars=Here.avatars,
        merges=linking.merges,
        clock=Here.clock,
        journal=Here.journal,
    )
    privacy = providers.Container(
        PrivacyParts, settings=Here.settings, database=Here.database,
        authenticate=authenticate_to_change, accounts=Here.accounts, clock=Here.clock,
        journal=Here.journal, erase_user=erase_user, sessions=Here.sessions,
        ledger=Here.ledger, vault=Here.vault,
    )  # fmt: skip
    enter = providers.Singleton(
        Enter,
        users=Here.users,
        clear=clear_nickname,
        change_profile=change_profile,
        clock=Here.clock,
        ids=Here.ids,
        journal=Here.journal,
        policy=policy,
        come_back=privacy.come_back,
        consent=Here.settings.provided.consent_policy,
    )

    # wishes of phones and browsers
    exchange_code = providers.Singleton(
        ExchangeCode,
        ask=ask,
        users=Here.users,
        tickets=Here.tickets,
        clock=Here.clock,
        ids=Here.ids,
    )
    login = providers.Singleton(
        LoginOrRegister,
        ask=ask,
        tickets=Here.tickets,
        enter=enter,
        take_phone=take_phone,
        take_consent=privacy.take_consent,
        issue=issue,
        clock=Here.clock,
        policy=policy,
        open_data=Here.settings.provided.open_data,
    )
    tutorial_login = providers.Singleton(
        TutorialLogin,
        tickets=Here.tickets,
        enter=enter,
        issue=issue,
        clock=Here.clock,
        policy=policy,
    )
    refresh = providers.Singleton(
        RefreshSession,
        sessions=Here.sessions,
        issue=issue,
        vault=Here.vault,
        clock=Here.clock,
        journal=Here.journal,
        policy=policy,
    )
    logout = providers.Singleton(
        Logout,
        authenticate=authenticate_to_change,
        sessions=Here.sessions,
        vault=Here.vault,
        clock=Here.clock,
        journal=Here.journal,
    )
    read_profile = providers.Singleton(ReadProfile, authenticate=authenticate)
    update_profile = providers.Singleton(
        UpdateProfile,
        authenticate=authenticate_to_change,
        users=Here.users,
        change_profile=change_profile,
    )
    bind_phone = providers.Singleton(
        BindPhone, authenticate=authenticate_to_change, users=Here.users, take=take_phone
    )
    unbind_phone = providers.Singleton(
        UnbindPhone, authenticate=authenticate_to_change, take=take_phone
    )
    list_sessions = providers.Singleton(
        ListSessions, authenticate=authenticate, sessions=Here.sessions, clock=Here.clock
    )
    end_session = providers.Singleton(
        EndSession,
        authenticate=authenticate_to_change,
        sessions=Here.sessions,
        clock=Here.clock,
        journal=Here.journal,
    )
    export_user = providers.Singleton(
        ExportUser,
        users=Here.users,
        sessions=Here.sessions,
        audit=Here.audit,
        clock=Here.clock,
        consents=privacy.consents,
        merges=linking.merges,
        reviews=reviewing.reviews,
    )
    push = providers.Container(
        PushParts, settings=Here.settings, database=Here.database, vault=Here.vault,
        clock=Here.clock, journal=Here.journal, users=Here.users,
        change_profile=change_profile, take_phone=take_phone, erase_user=erase_user,
        hear_verdict=reviewing.hear_verdict,
    )  # fmt: skip

    hooks = providers.Container(
        HookParts, settings=Here.settings, database=Here.database, clock=Here.clock, ids=Here.ids,
        journal=Here.journal, users=Here.users, bell=Here.bell,
    )  # fmt: skip

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
        leave=privacy.leave,
        agree=privacy.agree,
        withdraw_consent=privacy.withdraw_consent,
        list_apps=linking.list_apps,
        detach_app=linking.detach_app,
        merge_own=linking.merge_own,
        read_open_data=privacy.read_open_data,
        introspect=Here.introspect,
        revocations=Here.revocations,
        check_push_address=push.check_address,
        receive_push=push.receive,
        signer=Here.signer,
        avatars=Here.avatars,
        check_avatar=reviewing.check_avatar,
        limiter=Here.limiter,
        clock=Here.clock,
        policy=door_policy,
        metrics=providers.Singleton(rendering, Here.metrics, levels_now),
        observe=Here.metrics.provided.request,
        refused=Here.metrics.provided.refused,
        login_refused=Here.metrics.provided.login_refused,
        conditions=providers.Singleton(conditions, Here.circuits, Here.limiter),
        pings=providers.Singleton(pings, Here.database, Here.keys),
    )
