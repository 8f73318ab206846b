"""The service itself forgets what is long over, in small batches, on every database."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from tests.contracts.people import a_session, a_user, an_identity
from tests.integration.test_sql_stores import url  # noqa: F401 - the same three databases
from tests.walk.processes import Process, settings_over
from tests.world import START
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.memory.wechat import FakeWeChat
from wxlogin.adapters.sql import migrate
from wxlogin.domain.ports.ledger import Claim
from wxlogin.domain.session import EndReason, Session
from wxlogin.domain.ticket import LoginTicket
from wxlogin.domain.use_cases import housekeeping
from wxlogin.entrypoints.container import life, lifespan

BATCH = 20
DAY = timedelta(days=1)
IDLE, USED, ENDED, JUST_ENDED = 70, 50, 30, 5
"""Numbers of sessions: left behind, refreshed since, ended long ago, ended yesterday."""


async def test_what_is_over_goes_by_itself_and_nothing_else(
    url: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """Two processes sweep at once: dead sessions, tickets and claims go, all others stay whole."""
    monkeypatch.setattr(life, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(housekeeping, "_BATCH", BATCH)
    await migrate.upgrade(url)
    clock = SetClock(START)
    one, other = (
        Process(settings_over(url, tmp_path), clock, FakeWeChat(clock=clock)) for _ in range(2)
    )
    await one.parts.prepare_keys()(alg="EdDSA")
    idle, used, ended, just_ended = [
        await _opened(one, number) for number in (IDLE, USED, ENDED, JUST_ENDED)
    ]
    store = one.parts.sessions()
    await one.parts.tickets().add(LoginTicket("d" * 64, an_identity(), START))
    await one.parts.ledger().claim(Claim("c" * 64, None, "b"), START, START + DAY)
    await _all_ended(one, ended)
    clock.advance(29 * DAY)
    for session in (*used, *just_ended):
        await store.advance(session.sid, 0, clock.now(), clock.now() + 30 * DAY)
    clock.advance(7 * DAY)
    await _all_ended(one, just_ended)
    clock.advance(timedelta(days=1, seconds=1))

    async with lifespan(one.parts), lifespan(other.parts):
        await _until_gone(one, [*idle, *ended])
        alive = [await store.load(session.sid) for session in used]
        told = [await store.load(session.sid) for session in just_ended]
        assert None is await one.parts.tickets().redeem("d" * 64, START)
        assert None is await one.parts.ledger().outcome("c" * 64, START, patience=0)

    assert [1] * USED == [live.session.counter for live in alive if live is not None]
    assert [EndReason.KICKED] * JUST_ENDED == [
        live.session.end_reason for live in told if live is not None
    ]
    for process in (one, other):
        await process.end()


async def _opened(process: Process, number: int) -> list[Session]:
    sessions = [
        evolve(a_session(), created_at=START, last_used_at=START, expires_at=START + 30 * DAY)
        for _ in range(number)
    ]
    register = process.parts.users().register
    await asyncio.gather(*(register(a_user(), an_identity(), each) for each in sessions))
    return sessions


async def _all_ended(process: Process, sessions: list[Session]) -> None:
    store, now = process.parts.sessions(), process.parts.clock().now()
    assert all([await store.end(each.sid, EndReason.KICKED, now) for each in sessions])


async def _until_gone(process: Process, sessions: list[Session]) -> None:
    """Waits until none of the sessions is there; fails after a while."""
    store = process.parts.sessions()
    for _ in range(3000):
        if None is await store.load(sessions[0].sid):
            sessions = sessions[1:]
        if not sessions:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{len(sessions)} sessions are still there")
