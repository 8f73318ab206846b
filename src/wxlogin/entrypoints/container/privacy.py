"""PrivacyParts: consent, open data, and leaving, coming back and being forgotten."""

from typing import Any

from dependency_injector import containers, providers

from wxlogin.adapters.sql import SqlConsents
from wxlogin.adapters.wechat.open_data import OpenData
from wxlogin.domain.use_cases.consent import Agree, TakeConsent, WithdrawConsent
from wxlogin.domain.use_cases.leaving import ComeBack, EraseLeft, Leave
from wxlogin.domain.use_cases.open_data import ReadOpenData
from wxlogin.entrypoints.settings import Settings

Handed = providers.Dependency[Any]


class PrivacyParts(containers.DeclarativeContainer):
    """Everything about consent, open data and leaving; the rest of the house is handed in."""

    settings = providers.Dependency(instance_of=Settings)
    database: Handed = providers.Dependency()
    authenticate: Handed = providers.Dependency()
    sessions: Handed = providers.Dependency()
    ledger: Handed = providers.Dependency()
    vault: Handed = providers.Dependency()
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
    read_open_data = providers.Singleton(
        ReadOpenData,
        authenticate=authenticate,
        sessions=sessions,
        reader=providers.Singleton(OpenData),
        ledger=ledger,
        vault=vault,
        clock=clock,
        journal=journal,
        declared=settings.provided.open_data,
    )
