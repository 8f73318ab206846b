"""The store of login tickets."""

from datetime import datetime
from typing import Protocol

from wxlogin.domain.ticket import LoginTicket
from wxlogin.domain.user import Identity


class TicketRepository(Protocol):
    """Login tickets, each usable once."""

    async def add(self, ticket: LoginTicket) -> None:
        """Keeps a ticket."""

    async def redeem(
        self, digest: str, now: datetime, *, appid: str | None = None, openid: str | None = None
    ) -> Identity | None:
        """Takes a ticket out and answers whose it is; of parallel calls exactly one gets it.

        None when it is unknown, used or expired. When `appid` or `openid` is given and is not the
        ticket's, None too, and the ticket stays.
        """

    async def sweep(self, before: datetime, limit: int) -> int:
        """Deletes up to `limit` tickets that expired before `before`; answers how many."""
