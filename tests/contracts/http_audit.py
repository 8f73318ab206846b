"""What the audit trail learns of requests."""

import asyncio

import httpx

from tests.contracts.http_asking import AskedOverHttp, bearer, login
from tests.world import ISSUER, START, World
from wxlogin.adapters.audit import AuditJournal
from wxlogin.adapters.memory.ambient import ListJournal, SerialIds, SetClock
from wxlogin.adapters.memory.audit import MemoryAudit
from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.domain.ports.audit import Actor, AuditQuery
from wxlogin.entrypoints.web.asker import CLIENT


class AuditedOverHttp(AskedOverHttp):
    async def test_the_trail_says_from_where_somebody_asked(self):
        """Each act with the masked address of its own request; beside requests nobody asks."""
        room, clock = MemoryRoom(), SetClock(START)
        journal = AuditJournal(ListJournal(), MemoryAudit(room), clock, SerialIds(), CLIENT.get)
        world = await World(room=room, clock=clock, journal=journal).prepared()
        app = self.app(world.wishes())

        def at(address: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app, client=(address, 4711))
            return httpx.AsyncClient(transport=transport, base_url=ISSUER)

        async with at("203.0.113.77") as home, at("2001:db8:1:2::3") as work:
            # In a task of its own each, as servers do it.
            tokens = await asyncio.create_task(login(home, world))
            leaving = work.post("/v1/logout", headers=bearer(tokens))
            await asyncio.create_task(leaving)
        await world.ban(user_id=tokens["user"]["id"])
        await journal.flush()

        told = await MemoryAudit(room).find(AuditQuery())
        assert [
            ("banned", Actor.SERVICE, ""),
            ("logout", Actor.SELF, "2001:db8:1::"),
            ("register", Actor.SELF, "203.0.113.0"),
        ] == [(event.event, event.actor, event.client) for event in told]
