"""Asked: the questions of many as a table inside a statement."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Column, LargeBinary, SmallInteger, Text, bindparam, column, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

_NUMBERS_AND_BYTES = (BigInteger(), SmallInteger(), LargeBinary())


def kinds(columns: Iterable[Column[Any]], prefix: str = "") -> dict[str, TypeEngine[Any]]:
    """Answers names and types of columns, as `Asked` takes them; all text is sent as TEXT."""
    return {f"{prefix}{column.name}": _sent_as(column.type) for column in columns}


def _sent_as(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return next((sent for sent in _NUMBERS_AND_BYTES if isinstance(kind, type(sent))), Text())


class Asked:
    """Rows sent as one array for each column, so that a statement for many is one and the same.

    `place` counts the rows from 1.
    """

    def __init__(self, columns: Mapping[str, TypeEngine[Any]]) -> None:
        self._names = tuple(columns)
        arrays = [bindparam(f"all_{name}", type_=ARRAY(kind)) for name, kind in columns.items()]
        as_columns = [column(name, kind) for name, kind in columns.items()]
        self.table = (
            func.unnest(*arrays)
            .table_valued(*as_columns, with_ordinality="place")
            .render_derived(name="asked")
        )
        self.c = self.table.c

    def values(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
        """Answers the parameters that hold these rows."""
        kept = list(rows)
        return {f"all_{name}": [row[name] for row in kept] for name in self._names}
