"""PrivacyParts: the parts that let people leave, come back, and be forgotten."""

from typing import Any

from dependency_injector import containers, providers

from wxlogin.domain.use_cases.leaving import ComeBack, EraseLeft, Leave
from wxlogin.entrypoints.settings import Settings

Handed = providers.Dependency[Any]


class PrivacyParts(containers.DeclarativeContainer):
    """Everything about leaving; the rest of the house is handed in."""

    settings = providers.Dependency(instance_of=Settings)
    accounts: Handed = providers.Dependency()
    clock: Handed = providers.Dependency()
    journal: Handed = providers.Dependency()
    erase_user: Handed = providers.Dependency()

    leave = providers.Singleton(
        Leave,
        accounts=accounts,
        erase=erase_user,
        clock=clock,
        journal=journal,
        grace=settings.provided.erasure_grace_days,
    )
    come_back = providers.Singleton(
        ComeBack, accounts=accounts, erase=erase_user, clock=clock, journal=journal
    )
    erase_left = providers.Singleton(EraseLeft, accounts=accounts, erase=erase_user, clock=clock)
