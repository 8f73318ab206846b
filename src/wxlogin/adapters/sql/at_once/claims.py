"""Claiming many credentials."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from wxlogin.adapters.sql.at_once.asked import Asked, kinds
from wxlogin.adapters.sql.tables import claims

_COLUMNS = kinds((claims.c.spent, claims.c.key, claims.c.body, claims.c.expires_at))
_ASKED = Asked(_COLUMNS)
_CLAIM = (
    insert(claims)
    .from_select(
        list(_COLUMNS),
        select(*(_ASKED.c[name] for name in _COLUMNS)).order_by(_ASKED.c.spent),
    )
    .on_conflict_do_nothing()
    .returning(claims.c.spent)
)


def claim(connection: Connection, asked: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Tells of each credential whether nobody had claimed it; no two may be the same."""
    taken = set(connection.execute(_CLAIM, _ASKED.values(asked)).scalars())
    return [each["spent"] in taken for each in asked]
