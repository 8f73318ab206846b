"""Keeps the key objects at hand and sees a rotation by looking again every few seconds."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from attrs import define, field, frozen

from wxlogin.adapters.jwt.key_material import LoadedKey
from wxlogin.domain.errors import LoginError
from wxlogin.domain.ports.keys import KeyRepository
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.signing_key import KeyRing, SigningKey, Stage

PURPOSE = "signing_key"
_NEVER = datetime.min.replace(tzinfo=UTC)
_SHORTEST_PAUSE = timedelta(seconds=1)
_log = structlog.get_logger("wxlogin.keys")


@frozen
class Look:
    """What one look at the key store showed.

    Public halves are derived from the sealed private ones, so that whoever can write to the
    database but has not the master key cannot plant a key of his own.
    """

    kept: tuple[SigningKey, ...]
    signing: LoadedKey | None
    by_kid: Mapping[str, LoadedKey]
    by_head: Mapping[str, LoadedKey]
    jwks: tuple[Mapping[str, str], ...]


@define
class KeyWatch:
    """Answers the keys as last seen, at most `look_every` ago.

    One look is under way at a time; the call that finds the last one stale does it, the others go
    on with what they have. While the key store fails the keys last seen stay in use.
    """

    _keys: KeyRepository
    _vault: Vault
    _look_every: timedelta
    _look: Look | None = field(default=None, init=False, repr=False)
    _looked_at: datetime = field(default=_NEVER, init=False)
    _stale_at: datetime = field(default=_NEVER, init=False)
    _looking: asyncio.Lock = field(factory=asyncio.Lock, init=False, repr=False)
    _failing: bool = field(default=False, init=False)

    def at_hand(self, now: datetime) -> Look | None:
        """Answers the last look, or None when it is stale (also when the clock went back)."""
        look = self._look
        if look is not None and self._looked_at <= now < self._stale_at:
            return look
        return None

    async def fresh(self, now: datetime) -> Look:
        """Answers the last look, looking again first when it is stale.

        Raises whatever the key store raises when there was no look before.
        """
        if self._look is not None and self._looking.locked():
            return self._look
        async with self._looking:
            return self.at_hand(now) or await self._look_again(now)

    async def for_missing(self, now: datetime, seen: Look) -> Look:
        """Answers a look after `seen`, which lacked a key; at most one each second.

        While there are no keys at all every call looks: the deployment is just being born.
        """
        async with self._looking:
            if self._look is not None and self._look is not seen:
                return self._look
            if seen.kept and self._looked_at <= now < self._looked_at + _SHORTEST_PAUSE:
                return seen
            return await self._look_again(now)

    async def _look_again(self, now: datetime) -> Look:
        before = self._look
        # Before asking, so that a failing store is not asked by every call.
        self._looked_at, self._stale_at = now, now + self._look_every
        try:
            kept = KeyRing.of(await self._keys.all()).keys
        except (LoginError, OSError) as failure:
            if before is None:
                raise
            if not self._failing:
                _log.warning("key_store_failing", error=type(failure).__name__)
            self._failing = True
            return before
        self._failing = False
        if before is not None and kept == before.kept:
            return before
        self._look = look = _seen(kept, self._vault)
        return look


def _seen(kept: Sequence[SigningKey], vault: Vault) -> Look:
    ring = KeyRing.of(kept)
    by_stage = {
        stage: [key for key in (_loaded(key, vault) for key in ring.at(stage)) if key is not None]
        for stage in (Stage.CURRENT, Stage.NEXT, Stage.PREVIOUS)
    }
    loaded = [key for keys in by_stage.values() for key in keys]
    return Look(
        kept=ring.keys,
        signing=next(iter(by_stage[Stage.CURRENT]), None),
        by_kid={key.kid: key for key in loaded},
        by_head={key.head: key for key in loaded},
        jwks=tuple(key.jwk for key in loaded),
    )


def _loaded(key: SigningKey, vault: Vault) -> LoadedKey | None:
    try:
        private = vault.open(key.sealed, purpose=PURPOSE, row=key.kid)
        return LoadedKey.of(private, kid=key.kid, alg=key.alg)
    except ValueError as unfit:
        # One bad row must not take the good keys with it.
        _log.error("signing_key_unusable", kid=key.kid, stage=key.stage.value, why=str(unfit))
        return None
