"""`ConsentRepository` in SQL."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import Connection, bindparam, insert, null, select, update

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import consents, users
from wxlogin.domain.ports.consents import Consent

_LIVING_USER = (users.c.id == bindparam("p_user"), users.c.erased_at.is_(None))
_LOCK = select(users.c.consent_version).where(*_LIVING_USER).with_for_update()
_AGREED = update(users).where(*_LIVING_USER).values(consent_version=bindparam("p_version"))
_NOTHING_AGREED = update(users).where(*_LIVING_USER).values(consent_version=null())
_WITHDRAW = (
    update(consents)
    .where(consents.c.user_id == bindparam("p_user"), consents.c.withdrawn_at.is_(None))
    .values(withdrawn_at=bindparam("p_now"))
)
_OF = (
    select(consents.c.version, consents.c.appid, consents.c.at, consents.c.withdrawn_at)
    .where(consents.c.user_id == bindparam("p_user"))
    .order_by(consents.c.at)
)


@frozen
class SqlConsents:
    """Consents, the last version of each user beside their row."""

    db: Database

    async def agree(self, user_id: str, appid: str, version: str, now: datetime) -> bool:
        """Notes a consent, unless it is the last one already."""
        if not rows.is_id(user_id):
            return False
        row = {"user_id": user_id, "at": rows.micros(now), "appid": appid, "version": version}

        def act(connection: Connection) -> bool:
            last = connection.execute(_LOCK, {"p_user": user_id}).first()
            if last is None or last.consent_version == version:
                return False
            connection.execute(insert(consents), row)
            connection.execute(_AGREED, {"p_user": user_id, "p_version": version})
            return True

        return await self.db.together(act)

    async def withdraw(self, user_id: str, now: datetime) -> bool:
        """Notes the end of what was agreed to."""
        if not rows.is_id(user_id):
            return False
        person = {"p_user": user_id}

        def act(connection: Connection) -> bool:
            last = connection.execute(_LOCK, person).first()
            if last is None or last.consent_version is None:
                return False
            connection.execute(_WITHDRAW, person | {"p_now": rows.micros(now)})
            connection.execute(_NOTHING_AGREED, person)
            return True

        return await self.db.together(act)

    async def of(self, user_id: str) -> Sequence[Consent]:
        """Answers all consents of a user, oldest first."""
        if not rows.is_id(user_id):
            return []
        found = await self.db.read(lambda c: c.execute(_OF, {"p_user": user_id}).all())
        return [
            Consent(
                row.version,
                row.appid,
                rows.moment(row.at),
                None if row.withdrawn_at is None else rows.moment(row.withdrawn_at),
            )
            for row in found
        ]
