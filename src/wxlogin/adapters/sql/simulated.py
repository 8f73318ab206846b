"""Finds out whether a simulator's people are in the database."""

from sqlalchemy import Connection, select

from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import identities

_SIMULATED = "oSIM_"
"""How the simulator's openids begin; real ones of one mini-program share another beginning."""


async def holds_simulated_identity(database: Database) -> bool:
    """Tells whether any identity came from the simulator; a full look at the table at worst."""

    def act(connection: Connection) -> bool:
        found = select(identities.c.openid).where(
            identities.c.openid.startswith(_SIMULATED, autoescape=True)
        )
        return connection.execute(found.limit(1)).first() is not None

    return await database.read(act)
