"""Foundations: the parts that every wish stands on. The arrows of `parts` start here."""

from dependency_injector import containers, providers

from wxlogin.adapters.audit import AuditJournal
from wxlogin.adapters.jwt import JwtSigner
from wxlogin.adapters.limits import open_limits
from wxlogin.adapters.metrics import CountedJournal, Metrics
from wxlogin.adapters.sql import (
    SqlAudit,
    SqlKeys,
    SqlLedger,
    SqlShelf,
    SqlTickets,
    open_database,
)
from wxlogin.adapters.system import LogJournal, RandomIds, SystemClock
from wxlogin.adapters.vault import MasterVault, load_or_make_master_key
from wxlogin.adapters.wechat import WeChatClient
from wxlogin.adapters.wechat.breaker import Circuits
from wxlogin.adapters.wechat.gate import Gate
from wxlogin.domain.ports.audit import Actor
from wxlogin.entrypoints.container.hooking import Bell, accounts_of, sessions_of, users_of
from wxlogin.entrypoints.container.levels import budget
from wxlogin.entrypoints.container.pictures import avatars_of
from wxlogin.entrypoints.settings import Settings
from wxlogin.entrypoints.web.asker import CLIENT


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


class Foundations(containers.DeclarativeContainer):
    """Surroundings, store, and neighbours of one deployment."""

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
    bell = providers.Singleton(Bell)
    users = providers.Singleton(users_of, settings, database, vault, bell)
    accounts = providers.Singleton(accounts_of, settings, database, vault, bell)
    sessions = providers.Singleton(sessions_of, settings, database, vault, bell)
    tickets = providers.Singleton(SqlTickets, db=database)
    ledger = providers.Singleton(SqlLedger, db=database)
    keys = providers.Singleton(SqlKeys, db=database)
    audit = providers.Singleton(SqlAudit, db=database)
    avatars = providers.Singleton(avatars_of, settings, ids)

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
        shelf=providers.Singleton(SqlShelf, db=database, vault=vault),
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
