"""The calendar's rotation, by many processes at once, on three real databases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from tests.integration.test_sql_stores import url  # noqa: F401 - the same three databases
from tests.world import START
from wxlogin.adapters.jwt import JwtKeyMaker
from wxlogin.adapters.memory.ambient import ListJournal, SetClock
from wxlogin.adapters.sql import SqlKeys, migrate, open_database
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.signing_key import KeyRing, Stage
from wxlogin.domain.use_cases.keys import MintKey, PrepareKeys, TendKeys

DAYS_90 = timedelta(days=90)
VAULT = MasterVault((b"m" * 32,))
MINT = MintKey(JwtKeyMaker(), VAULT)


@pytest.fixture
async def stores(url) -> AsyncIterator[list[SqlKeys]]:  # noqa: F811
    """Gives one store as eight processes see it, each over connections of its own."""
    await migrate.upgrade(url)
    async with AsyncExitStack() as open_ones:
        databases = [open_database(url, pool_size=1) for _ in range(8)]
        for database in databases:
            open_ones.push_async_callback(database.close)
        yield [SqlKeys(database) for database in databases]


async def test_of_many_processes_one_turns_the_ring_by_one_step(stores: list[SqlKeys]):
    """However often all of them look at once, each due date brings one rotation."""
    clock, journal = SetClock(START), ListJournal()
    ring = await PrepareKeys(stores[0], MINT, clock)(alg="EdDSA")

    for turn in range(1, 4):
        (following,) = ring.at(Stage.NEXT)
        clock.advance(DAYS_90)
        answers = await asyncio.gather(
            *(
                TendKeys(store, MINT, clock, journal, timedelta(days=1), DAYS_90)(alg="EdDSA")
                for store in stores * 3
            )
        )
        ring = KeyRing.of(await stores[0].all())

        assert answers.count(True) == 1
        assert ring.current is not None
        assert ring.current.kid == following.kid
        assert [len(ring.at(stage)) for stage in Stage] == [1, 1, 1]
        assert [fact.name for fact in journal.facts] == ["keys_rotated"] * turn


async def test_what_is_kept_of_a_key_signs_nothing_without_the_master_key(stores: list[SqlKeys]):
    """No row holds a private half in clear; with the master key it is the one that was made."""
    pairs = []

    class Watched:
        def make(self, alg):
            pairs.append(JwtKeyMaker().make(alg))
            return pairs[-1]

    prepare = PrepareKeys(stores[0], MintKey(Watched(), VAULT), SetClock(START))
    for alg in ("EdDSA", "ES256", "RS256"):
        await stores[0].replace(await stores[0].all(), [])
        await prepare(alg=alg)
        kept = {key.kid: key for key in await stores[1].all()}
        for pair in pairs[-2:]:
            key = kept[pair.kid]
            secret = pair.private[-32:]
            assert secret not in key.sealed
            assert secret.hex() not in key.public_jwk
            assert VAULT.open(key.sealed, purpose="signing_key", row=key.kid) == pair.private
            with pytest.raises(ValueError, match="key"):
                MasterVault((b"x" * 32,)).open(key.sealed, purpose="signing_key", row=key.kid)
