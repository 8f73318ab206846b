"""Living sessions are counted slice by slice, on every database."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve
from dependency_injector import providers

from tests.contracts.people import NOW, a_session, a_user, an_identity
from tests.integration.test_sql_stores import url  # noqa: F401 - the same three databases
from tests.walk.processes import settings_over
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.metrics import Metrics
from wxlogin.adapters.sql import SqlSessions, SqlUsers, migrate, open_database
from wxlogin.adapters.sql.counting import Slice, count_slice
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.session import EndReason
from wxlogin.entrypoints.container import Container, counting, lifespan

VAULT = MasterVault((b"m" * 32,))


async def test_slices_add_up_to_what_lives(url: str):  # noqa: F811
    """Neither ended nor expired ones count, and each session is in one slice."""
    await migrate.upgrade(url)
    db = open_database(url)
    users, identity = SqlUsers(db, VAULT), an_identity()
    own = [a_session() for _ in range(7)]
    await users.register(a_user(), identity, own[0])
    for session in own[1:]:
        await users.sign_in(identity, session)
    await SqlSessions(db, VAULT).end(own[3].sid, EndReason.KICKED, NOW)
    await users.sign_in(identity, evolve(a_session(), expires_at=NOW - timedelta(seconds=1)))

    found, after, living = 0, "", 0
    while True:
        part = await count_slice(db, after, NOW, most=3)
        found, living = found + 1, living + part.living
        if part.last is None:
            break
        after = part.last

    assert (3, 6) == (found, living)
    assert Slice(0, None) == await count_slice(db, "", NOW + timedelta(days=31), most=9)
    await db.close()


async def test_a_running_service_tells_the_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Before the first count nothing is said, and afterwards the newest count."""
    monkeypatch.setattr(counting, "_FIRST_SECONDS", 0)
    monkeypatch.setattr(counting, "COUNT_SECONDS", 0.01)
    address = f"sqlite:///{tmp_path / 'store.db'}"
    await migrate.upgrade(address)
    parts = Container(settings=settings_over(address, tmp_path))
    parts.clock.override(providers.Object(SetClock(NOW)))
    await parts.users().register(a_user(), an_identity(), a_session())
    metrics: Metrics = parts.metrics()
    assert b"wxlogin_sessions_living" not in metrics.render()

    async with lifespan(parts):
        await _until_told(metrics, 1)
        await parts.users().register(a_user(), an_identity(), a_session())
        await _until_told(metrics, 2)


async def _until_told(metrics: Metrics, number: int) -> None:
    for _ in range(1000):
        if f"wxlogin_sessions_living {number}.0".encode() in metrics.render():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{number} sessions were not told")
