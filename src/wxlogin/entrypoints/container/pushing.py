"""PushParts: the parts that take in what WeChat pushes, and the work that follows."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from dependency_injector import containers, providers

from wxlogin.adapters.push import PushApp, WeChatPush
from wxlogin.adapters.sql import SqlInbox
from wxlogin.domain.push_event import (
    ACCOUNT_CANCELLED,
    APP_PUNISHED,
    AUTHORIZATION_REVOKED,
    MEDIA_CHECKED,
    USER_INFO_MODIFIED,
)
from wxlogin.domain.use_cases.push import CheckPushAddress, ForgetPush, ReceivePush, WorkOffPush
from wxlogin.domain.use_cases.push_effects import (
    EraseCancelled,
    ForgetProfile,
    ForgetRevoked,
    MeantUser,
    keep_for_operator,
)
from wxlogin.entrypoints.settings import Settings

PUSH_SECONDS = 1.0
"""So long an event waits at most for a process that has nothing else to work off."""
Handed = providers.Dependency[Any]
_AT_ONCE = 100
_log = structlog.get_logger("wxlogin.push")


def _apps(settings: Settings) -> dict[str, PushApp]:
    """Answers the apps with a push token."""
    return {
        app.appid: PushApp.of(app.push_token, app.push_aes_key)
        for app in settings.apps
        if app.push_token is not None
    }


class PushParts(containers.DeclarativeContainer):
    """Everything about pushed messages; the rest of the house is handed in."""

    settings = providers.Dependency(instance_of=Settings)
    database: Handed = providers.Dependency()
    vault: Handed = providers.Dependency()
    clock: Handed = providers.Dependency()
    journal: Handed = providers.Dependency()
    users: Handed = providers.Dependency()
    change_profile: Handed = providers.Dependency()
    take_phone: Handed = providers.Dependency()
    erase_user: Handed = providers.Dependency()
    hear_verdict: Handed = providers.Dependency()

    apps = providers.Singleton(_apps, settings)
    reader = providers.Singleton(WeChatPush, apps=apps)
    inbox = providers.Singleton(SqlInbox, db=database, vault=vault)
    check_address = providers.Singleton(CheckPushAddress, reader=reader, journal=journal)
    receive = providers.Singleton(
        ReceivePush, reader=reader, inbox=inbox, vault=vault, clock=clock, journal=journal
    )

    meant = providers.Singleton(MeantUser, users=users)
    effects = providers.Dict(
        {
            USER_INFO_MODIFIED: providers.Singleton(
                ForgetProfile, meant=meant, change_profile=change_profile
            ),
            AUTHORIZATION_REVOKED: providers.Singleton(
                ForgetRevoked, meant=meant, change_profile=change_profile, take_phone=take_phone
            ),
            ACCOUNT_CANCELLED: providers.Singleton(
                EraseCancelled, meant=meant, erase_user=erase_user
            ),
            MEDIA_CHECKED: hear_verdict,
            APP_PUNISHED: providers.Object(keep_for_operator),
        }
    )
    work_off = providers.Singleton(
        WorkOffPush, inbox=inbox, effects=effects, clock=clock, journal=journal
    )
    forget = providers.Singleton(ForgetPush, inbox=inbox, clock=clock)


async def work_off(apps: Mapping[str, PushApp], work: WorkOffPush) -> None:
    """Works off what is pushed, until cancelled; where no app has a push token nothing can be.

    What fails here is the inbox itself; the next round may go well.
    """
    failing = False
    while apps:
        try:
            for _ in range(_AT_ONCE):
                if not await work():
                    break
            failing = False
        except Exception as failure:  # noqa: BLE001 - a database that is away comes back
            if not failing:
                _log.warning("push_not_worked_off", exc_info=failure)
            failing = True
        await asyncio.sleep(PUSH_SECONDS)
