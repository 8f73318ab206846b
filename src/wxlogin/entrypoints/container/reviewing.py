"""ReviewParts: what people told and WeChat, or an operator, has not passed yet."""

from typing import Any

import structlog
from dependency_injector import containers, providers

from wxlogin.adapters.sql import SqlReviews
from wxlogin.domain.use_cases.avatars import (
    CheckAvatar,
    DecideAvatar,
    ForgetReviews,
    HearVerdict,
    TreatUnanswered,
)
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.domain.use_cases.deciding import DecideReview
from wxlogin.domain.use_cases.nicknames import NicknameReviews
from wxlogin.entrypoints.settings import Settings

Handed = providers.Dependency[Any]
_log = structlog.get_logger("wxlogin.content")


def _heard_from(settings: Settings) -> frozenset[str]:
    """Answers the apps whose verdicts can arrive: those with a push token."""
    apps = frozenset(app.appid for app in settings.apps if app.push_token is not None)
    if deaf := sorted({app.appid for app in settings.apps} - apps):
        _log.warning("avatars_not_checked", reason="no push token", appids=deaf)
    return apps


def _where_checked(settings: Settings, check: providers.Provider[CheckAvatar]) -> Any:
    """Answers the check of pictures; None where it is not set."""
    return None if settings.content_policy is ContentPolicy.OFF else check()


class ReviewParts(containers.DeclarativeContainer):
    """Everything about content that is looked at; the rest of the house is handed in."""

    settings = providers.Dependency(instance_of=Settings)
    database: Handed = providers.Dependency()
    vault: Handed = providers.Dependency()
    wechat: Handed = providers.Dependency()
    users: Handed = providers.Dependency()
    avatars: Handed = providers.Dependency()
    clock: Handed = providers.Dependency()
    ids: Handed = providers.Dependency()
    journal: Handed = providers.Dependency()

    reviews = providers.Singleton(SqlReviews, database, vault, users)
    nicknames = providers.Singleton(NicknameReviews, reviews=reviews, clock=clock, ids=ids)
    decide_avatar = providers.Singleton(
        DecideAvatar, reviews=reviews, users=users, avatars=avatars, clock=clock
    )
    decide = providers.Singleton(
        DecideReview,
        reviews=reviews,
        users=users,
        decide_avatar=decide_avatar,
        clock=clock,
        policy=settings.provided.content_policy,
    )
    treat_unanswered = providers.Singleton(
        TreatUnanswered,
        reviews=reviews,
        decide=decide_avatar,
        clock=clock,
        journal=journal,
        policy=settings.provided.content_policy,
    )
    forget = providers.Singleton(ForgetReviews, reviews=reviews, clock=clock)
    hear_verdict = providers.Singleton(
        HearVerdict,
        reviews=reviews,
        decide=decide_avatar,
        unanswered=treat_unanswered,
        clock=clock,
    )
    check_avatar = providers.Singleton(
        _where_checked,
        settings,
        providers.Singleton(
            CheckAvatar,
            content=wechat,
            reviews=reviews,
            users=users,
            avatars=avatars,
            clock=clock,
            ids=ids,
            journal=journal,
            policy=settings.provided.content_policy,
            issuer=settings.provided.issuer,
            apps=providers.Singleton(_heard_from, settings),
        ).provider,
    )
