"""PrivacyParts: the parts for consent, and for leaving, coming back and being forgotten."""

from typing import Any

from dependency_injector import containers, providers

from wxlogin.adapters.sql import SqlConsents
from wxlogin.domain.use_cases.consent import Agree, TakeConsent, WithdrawConsent
from wxlogin.domain.use_cases.leaving import ComeBack, EraseLeft, Leave
from wxlogin.entrypoints.settings import Settings

Handed = providers.Dependency[Any]


class PrivacyParts(containers.DeclarativeContainer):
    """Everything about consent and leaving; the rest of the house is handed in."""

    settings = providers.Dependency(instance_of=Settings)
    database: Handed = providers.Dependency()
    authenticate: Handed = providers.Dependency()
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

    consents = providers.Singleton(SqlConsents, db=database)
    take_consent = providers.Singleton(TakeConsent, consents=consents, clock=clock, journal=journal)
    agree = providers.Singleton(Agree, authenticate=authenticate, take=take_consent)
    withdraw_consent = providers.Singleton(
        WithdrawConsent,
        authenticate=authenticate,
        consents=consents,
        clock=clock,
        journal=journal,
    )
