"""LinkParts: the parts about a person's apps, and about two users who are one person."""

from typing import Any

from dependency_injector import containers, providers

from wxlogin.adapters.sql import Database, SqlLinks, SqlMerges, TellingLinks, TellingMerges
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.use_cases.linking import DetachApp, ListApps
from wxlogin.domain.use_cases.merging import ForgetMerges, MergeOwn, MergeUsers, UnmergeUsers
from wxlogin.entrypoints.container.hooking import Bell
from wxlogin.entrypoints.settings import Settings

Handed = providers.Dependency[Any]


def _merges(settings: Settings, db: Database, vault: Vault, bell: Bell) -> SqlMerges:
    told = settings.webhook_url is not None
    return TellingMerges(db, vault, bell.ring) if told else SqlMerges(db, vault)


def _links(settings: Settings, db: Database, bell: Bell) -> SqlLinks:
    told = settings.webhook_url is not None
    return TellingLinks(db, bell.ring) if told else SqlLinks(db)


class LinkParts(containers.DeclarativeContainer):
    """Everything about apps and merges; the rest of the house is handed in."""

    settings = providers.Dependency(instance_of=Settings)
    database: Handed = providers.Dependency()
    vault: Handed = providers.Dependency()
    bell: Handed = providers.Dependency()
    clock: Handed = providers.Dependency()
    ids: Handed = providers.Dependency()
    journal: Handed = providers.Dependency()
    users: Handed = providers.Dependency()
    tickets: Handed = providers.Dependency()
    avatars: Handed = providers.Dependency()
    ask: Handed = providers.Dependency()
    authenticate: Handed = providers.Dependency()
    authenticate_to_change: Handed = providers.Dependency()

    links = providers.Singleton(_links, settings, database, bell)
    list_apps = providers.Singleton(ListApps, authenticate=authenticate, links=links)
    detach_app = providers.Singleton(
        DetachApp, authenticate=authenticate_to_change, links=links, clock=clock, journal=journal
    )

    merges = providers.Singleton(_merges, settings, database, vault, bell)
    merge = providers.Singleton(MergeUsers, merges=merges, clock=clock, ids=ids, journal=journal)
    unmerge = providers.Singleton(UnmergeUsers, merges=merges, clock=clock, journal=journal)
    merge_own = providers.Singleton(
        MergeOwn,
        authenticate=authenticate_to_change,
        ask=ask,
        tickets=tickets,
        users=users,
        merge=merge,
        clock=clock,
    )
    forget = providers.Singleton(ForgetMerges, merges=merges, avatars=avatars, clock=clock)
