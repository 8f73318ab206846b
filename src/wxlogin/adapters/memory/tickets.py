"""MemoryTickets."""

from datetime import datetime

from attrs import frozen

from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.domain.ticket import LoginTicket
from wxlogin.domain.user import Identity


@frozen
class MemoryTickets:
    """The ticket repository in memory."""

    room: MemoryRoom

    async def add(self, ticket: LoginTicket) -> None:
        """See `TicketRepository.add`."""
        self.room.tickets[ticket.digest] = ticket

    async def redeem(
        self, digest: str, now: datetime, *, appid: str | None = None, openid: str | None = None
    ) -> Identity | None:
        """See `TicketRepository.redeem`."""
        ticket = self.room.tickets.get(digest)
        if ticket is None or now >= ticket.expires_at:
            return None
        of = ticket.identity
        if appid not in {None, of.appid} or openid not in {None, of.openid}:
            return None
        del self.room.tickets[digest]
        return of

    async def sweep(self, before: datetime, limit: int) -> int:
        """See `TicketRepository.sweep`."""
        gone = [d for d, ticket in self.room.tickets.items() if ticket.expires_at < before][:limit]
        for digest in gone:
            del self.room.tickets[digest]
        return len(gone)
