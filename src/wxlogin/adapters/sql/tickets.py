"""`TicketRepository` in SQL."""

from datetime import datetime

from attrs import frozen
from sqlalchemy import Connection, bindparam, delete, insert, select

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import tickets
from wxlogin.domain.ticket import LoginTicket
from wxlogin.domain.user import Identity

_GOOD = select(tickets.c.appid, tickets.c.openid, tickets.c.unionid).where(
    tickets.c.digest == bindparam("p_digest"), tickets.c.expires_at > bindparam("p_now")
)
_TAKE = delete(tickets).where(tickets.c.digest == bindparam("p_digest"))
_OVER = (
    select(tickets.c.digest)
    .where(tickets.c.expires_at < bindparam("p_before"))
    .limit(bindparam("p_limit"))
)
_DROP = delete(tickets).where(tickets.c.digest.in_(bindparam("p_digests", expanding=True)))


@frozen
class SqlTickets:
    """Login tickets, each usable once."""

    db: Database

    async def add(self, ticket: LoginTicket) -> None:
        """Keeps a ticket."""
        row = {
            "digest": ticket.digest,
            "appid": ticket.identity.appid,
            "openid": ticket.identity.openid,
            "unionid": ticket.identity.unionid,
            "expires_at": rows.micros(ticket.expires_at),
        }
        await self.db.one(lambda c: c.execute(insert(tickets), row))

    async def redeem(
        self, digest: str, now: datetime, *, appid: str | None = None, openid: str | None = None
    ) -> Identity | None:
        """Takes a ticket out; whose delete counts has it."""
        if not rows.is_id(digest):
            return None
        named = {"p_digest": digest, "p_now": rows.micros(now)}

        def act(connection: Connection) -> Identity | None:
            row = connection.execute(_GOOD, named).first()
            if row is None:
                return None
            if appid not in {None, row.appid} or openid not in {None, row.openid}:
                return None
            taken = connection.execute(_TAKE, {"p_digest": digest}).rowcount == 1
            return Identity(row.appid, row.openid, row.unionid) if taken else None

        return await self.db.together(act)

    async def sweep(self, before: datetime, limit: int) -> int:
        """Deletes some tickets that expired before a moment."""
        named = {"p_before": rows.micros(before), "p_limit": limit}

        def act(connection: Connection) -> int:
            over = connection.execute(_OVER, named).scalars().all()
            return connection.execute(_DROP, {"p_digests": over}).rowcount if over else 0

        return await self.db.together(act)
