"""Keeping house: the wishes of other services and operators, keys and sweeping."""

from dependency_injector import providers

from wxlogin.adapters.jwt import JwtKeyMaker
from wxlogin.domain.use_cases.accounts import BanUser, RevokeSession, ShowUser, UnbanUser
from wxlogin.domain.use_cases.for_services import IntrospectToken, ReadRevocations
from wxlogin.domain.use_cases.housekeeping import Sweep
from wxlogin.domain.use_cases.keys import MintKey, PrepareKeys, RotateKeys, StageKey, TendKeys
from wxlogin.entrypoints.container.foundations import Foundations as Here


class Keeping(Here):
    """What stands on the foundations alone."""

    # wishes of other services
    introspect = providers.Singleton(
        IntrospectToken, signer=Here.signer, sessions=Here.sessions, clock=Here.clock
    )
    revocations = providers.Singleton(
        ReadRevocations,
        sessions=Here.sessions,
        clock=Here.clock,
        longest_token=Here.settings.provided.longest_token,
    )

    # wishes of operators
    show_user = providers.Singleton(ShowUser, users=Here.users)
    ban_user = providers.Singleton(
        BanUser, accounts=Here.accounts, clock=Here.clock, journal=Here.journal
    )
    unban_user = providers.Singleton(
        UnbanUser, accounts=Here.accounts, clock=Here.clock, journal=Here.journal
    )
    revoke_session = providers.Singleton(
        RevokeSession, sessions=Here.sessions, clock=Here.clock, journal=Here.journal
    )
    mint_key = providers.Singleton(
        MintKey, maker=providers.Singleton(JwtKeyMaker), vault=Here.vault
    )
    prepare_keys = providers.Singleton(PrepareKeys, keys=Here.keys, mint=mint_key, clock=Here.clock)
    stage_key = providers.Singleton(
        StageKey, keys=Here.keys, mint=mint_key, clock=Here.clock, journal=Here.journal
    )
    rotate_keys = providers.Singleton(
        RotateKeys,
        keys=Here.keys,
        mint=mint_key,
        clock=Here.clock,
        journal=Here.journal,
        longest_token=Here.settings.provided.longest_token,
    )
    tend_keys = providers.Singleton(
        TendKeys,
        keys=Here.keys,
        mint=mint_key,
        clock=Here.clock,
        journal=Here.journal,
        longest_token=Here.settings.provided.longest_token,
        rotate_every=Here.settings.provided.rotate_keys_every,
    )
    sweep = providers.Singleton(
        Sweep,
        sessions=Here.sessions,
        tickets=Here.tickets,
        ledger=Here.ledger,
        audit=Here.audit,
        clock=Here.clock,
        audit_life=Here.settings.provided.audit_days,
        longest_token=Here.settings.provided.longest_token,
    )
