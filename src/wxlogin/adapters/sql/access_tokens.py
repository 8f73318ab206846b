"""`AccessTokenShelf` in SQL: the tokens lie sealed."""

from typing import Any

from attrs import frozen
from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import access_tokens
from wxlogin.domain.ports.access_tokens import AccessToken, Held
from wxlogin.domain.ports.vault import Vault

_PURPOSE = "access_token"
_columns = access_tokens.c
_BEGIN: dict[str, Any] = {
    "postgresql": postgresql.insert(access_tokens).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(access_tokens).on_conflict_do_nothing(),
    "mysql": mysql.insert(access_tokens).prefix_with("IGNORE"),
}
_LOOK = select(_columns.turn, _columns.asks, _columns.sealed, _columns.expires_at).where(
    _columns.appid == bindparam("p_appid")
)
_NEXT = (
    update(access_tokens)
    .where(_columns.appid == bindparam("p_appid"), _columns.turn == bindparam("p_turn"))
    .values(turn=_columns.turn + 1, asks=bindparam("p_asks"))
)
_KEEP = _NEXT.values(sealed=bindparam("p_sealed"), expires_at=bindparam("p_expires_at"))


@frozen
class SqlShelf:
    """WeChat's access tokens, one row for each app."""

    db: Database
    vault: Vault

    async def look(self, appid: str) -> Held:
        """Answers how things stand."""
        row = await self.db.read(lambda c: c.execute(_LOOK, {"p_appid": appid}).first())
        if row is None:
            return Held()
        return Held(row.turn, bool(row.asks), self._opened(appid, row))

    async def take(self, appid: str, turn: int) -> bool:
        """Notes that the caller asks; the first of all finds no row and makes it."""

        def act(connection: Connection) -> bool:
            if turn == 0:
                connection.execute(_BEGIN[self.db.dialect], {"appid": appid, "turn": 0, "asks": 0})
            moving = {"p_appid": appid, "p_turn": turn, "p_asks": 1}
            return connection.execute(_NEXT, moving).rowcount == 1

        return await self.db.together(act)

    async def put(self, appid: str, turn: int, token: AccessToken | None) -> None:
        """Notes that nobody asks any more, and keeps what came."""
        moving: dict[str, Any] = {"p_appid": appid, "p_turn": turn, "p_asks": 0}
        if token is None:
            await self.db.one(lambda c: c.execute(_NEXT, moving))
            return
        sealed = self.vault.seal(token.token.encode(), purpose=_PURPOSE, row=appid)
        moving |= {"p_sealed": sealed, "p_expires_at": rows.micros(token.until)}
        await self.db.one(lambda c: c.execute(_KEEP, moving))

    def _opened(self, appid: str, row: Any) -> AccessToken | None:
        if row.sealed is None:
            return None
        try:
            token = self.vault.open(bytes(row.sealed), purpose=_PURPOSE, row=appid)
        except ValueError:
            return None  # its master key is gone; WeChat gives the same token again
        return AccessToken(token.decode(), rows.moment(row.expires_at))
