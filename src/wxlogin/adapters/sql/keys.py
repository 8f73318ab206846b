"""`KeyRepository` in SQL."""

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import Connection, delete, insert, select, update

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import key_ring, signing_keys
from wxlogin.domain.signing_key import SigningKey

_ALL = select(*rows.SIGNING_KEY).order_by(signing_keys.c.created_at, signing_keys.c.kid)
_LOCK = update(key_ring).values(revision=key_ring.c.revision + 1)


@frozen
class SqlKeys:
    """Signing keys, private halves sealed."""

    db: Database

    async def all(self) -> Sequence[SigningKey]:
        """Answers every key, oldest first."""
        return await self.db.read(_read)

    async def replace(self, before: Sequence[SigningKey], after: Sequence[SigningKey]) -> bool:
        """Makes one set of keys of another; one row is the lock for all who try."""

        def act(connection: Connection) -> bool:
            connection.execute(_LOCK)
            if set(_read(connection)) != set(before):
                return False
            connection.execute(delete(signing_keys))
            if after:
                connection.execute(
                    insert(signing_keys), [rows.row_from_signing_key(key) for key in after]
                )
            return True

        return await self.db.together(act)


def _read(connection: Connection) -> list[SigningKey]:
    return [rows.signing_key_from(row) for row in connection.execute(_ALL)]
