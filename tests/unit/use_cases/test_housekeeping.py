"""What housekeeping forgets, and what it must not."""

from datetime import timedelta

import pytest

from tests.world import APPID, World
from wxlogin.adapters.memory.audit import MemoryAudit
from wxlogin.adapters.memory.ledger import MemoryLedger
from wxlogin.adapters.memory.tickets import MemoryTickets
from wxlogin.domain.session import SessionPolicy
from wxlogin.domain.use_cases.housekeeping import Sweep
from wxlogin.domain.use_cases.sessions import Scope

DAY = timedelta(days=1)


async def swept(world: World, longest_token: timedelta) -> int:
    room = world.room
    stores = (world.sessions, MemoryTickets(room), MemoryLedger(room), MemoryAudit(room))
    sweep = Sweep(*stores, world.clock, audit_life=400 * DAY, longest_token=longest_token)
    return await sweep()


@pytest.mark.parametrize(("longest", "kept"), [(DAY, 7 * DAY), (30 * DAY, 30 * DAY)])
async def test_what_ended_is_told_as_long_as_a_token_could_contradict(
    longest: timedelta, kept: timedelta
):
    """An ended session goes after a week, and never before the last token of it is dead."""
    world = await World(policy=SessionPolicy(tutorial_ttl=longest)).prepared()
    wishes = world.wishes()
    tokens = await wishes.login(appid=APPID, code=world.wechat.new_code(APPID, "ming"))
    await wishes.logout(token=None, refresh=tokens.refresh_token, scope=Scope.THIS)

    world.clock.advance(kept)
    assert 0 == await swept(world, longest)
    if kept == longest:
        (told,) = (await wishes.revocations(since=None)).revocations
        assert tokens.session_id == told.id
    world.advance(minutes=1)
    assert 1 == await swept(world, longest)
    assert not world.room.sessions


async def test_tickets_and_claims_go_when_their_time_is_over():
    """An exchanged code leaves a ticket, and an answer kept for who repeats; both are forgotten."""
    world = await World().prepared()
    wishes = world.wishes()
    await wishes.exchange_code(appid=APPID, code=world.wechat.new_code(APPID, "ming"))

    assert 0 == await swept(world, DAY)
    world.advance(minutes=6)
    assert 1 == await swept(world, DAY)
    assert not world.room.tickets
