"""The contract of `TicketRepository`: each ticket is good once."""

import asyncio

import pytest

from tests.contracts.people import MINUTE, NOW, TICK, an_identity
from tests.contracts.stores import Stores
from wxlogin.domain.ticket import LoginTicket, digest

LATER = NOW + MINUTE


class TicketsContract:
    async def test_a_ticket_is_redeemed_once(self, stores: Stores):
        """The first to redeem learns whose it is, the second learns nothing."""
        ticket = LoginTicket(digest("t"), an_identity(unionid="u-1"), LATER)
        await stores.tickets.add(ticket)

        assert ticket.identity == await stores.tickets.redeem(ticket.digest, NOW)
        assert None is await stores.tickets.redeem(ticket.digest, NOW)

    async def test_an_identity_without_unionid_comes_back_without(self, stores: Stores):
        """None stays None."""
        ticket = LoginTicket(digest("t"), an_identity(), LATER)
        await stores.tickets.add(ticket)

        assert ticket.identity == await stores.tickets.redeem(ticket.digest, NOW)

    async def test_of_parallel_redeems_one_gets_it(self, stores: Stores):
        """However many come at once, one gets the identity."""
        ticket = LoginTicket(digest("t"), an_identity(), LATER)
        await stores.tickets.add(ticket)

        answers = await asyncio.gather(
            *(stores.tickets.redeem(ticket.digest, NOW) for _ in range(50))
        )

        assert [ticket.identity] == [answer for answer in answers if answer is not None]

    async def test_a_ticket_ends_with_its_time(self, stores: Stores):
        """Good until just before its end, then as unknown."""
        early = LoginTicket(digest("a"), an_identity(), LATER)
        late = LoginTicket(digest("b"), an_identity(), LATER)
        await stores.tickets.add(early)
        await stores.tickets.add(late)

        assert early.identity == await stores.tickets.redeem(early.digest, LATER - TICK)
        assert None is await stores.tickets.redeem(late.digest, LATER)

    @pytest.mark.parametrize("odd", ["", "\0", "é", "\ud800", "a" * 500])
    async def test_an_odd_digest_is_only_unknown(self, stores: Stores, odd: str):
        """Text that can be no digest of ours is answered None."""
        assert None is await stores.tickets.redeem(odd, NOW)

    @pytest.mark.parametrize(
        "wrong", ["", "\0", "o-SOMEBODY", "o-somebody ", "é", "\ud800", "o" * 500]
    )
    async def test_a_ticket_is_for_its_openid(self, stores: Stores, wrong: str):
        """With another openid nothing is given, and the ticket stays for the right one."""
        ticket = LoginTicket(digest("t"), an_identity("o-somebody"), LATER)
        await stores.tickets.add(ticket)

        assert None is await stores.tickets.redeem(ticket.digest, NOW, openid=wrong)
        assert ticket.identity == await stores.tickets.redeem(
            ticket.digest, NOW, openid="o-somebody"
        )

    @pytest.mark.parametrize("wrong", ["", "\0", "wx0000000000000002", "\ud800", "w" * 500])
    async def test_a_ticket_is_for_its_app(self, stores: Stores, wrong: str):
        """With another app nothing is given, and the ticket stays for the right one."""
        ticket = LoginTicket(digest("t"), an_identity(), LATER)
        await stores.tickets.add(ticket)

        assert None is await stores.tickets.redeem(ticket.digest, NOW, appid=wrong)
        assert ticket.identity == await stores.tickets.redeem(
            ticket.digest, NOW, appid=ticket.identity.appid, openid=ticket.identity.openid
        )

    async def test_a_sweep_deletes_expired_tickets_up_to_a_limit(self, stores: Stores):
        """What expired before the moment goes; the rest stays."""
        for name in "abc":
            await stores.tickets.add(LoginTicket(digest(name), an_identity(), NOW))
        edge = LoginTicket(digest("edge"), an_identity(), LATER)
        await stores.tickets.add(edge)

        assert 2 == await stores.tickets.sweep(LATER, limit=2)
        assert 1 == await stores.tickets.sweep(LATER, limit=2)
        assert 0 == await stores.tickets.sweep(LATER, limit=2)

        assert edge.identity == await stores.tickets.redeem(edge.digest, NOW)
