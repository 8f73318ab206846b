"""What undoing a merge needs, kept sealed beside the record of it, and what is left to forget."""

from typing import Any, Self

import msgspec
from attrs import frozen
from sqlalchemy import Connection, bindparam, null, select, update

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.tables import merges, users
from wxlogin.domain.merge import Taken
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.user import Gender, Profile, User

_PURPOSE = "merge"
_INTO = select(merges.c.gone_user_id).where(
    merges.c.kept_user_id == bindparam("p_user"), merges.c.undone_at.is_(None)
)
_FORGET = (
    update(merges)
    .where(
        (merges.c.kept_user_id == bindparam("p_user"))
        | (merges.c.gone_user_id == bindparam("p_user"))
    )
    .values(sealed=null())
)


@frozen
class Held:
    """Who held a unionid, and the conflicts about it: first user, second user, when found."""

    holder: str | None
    conflicts: list[tuple[str, str, int]]


@frozen
class TakenOver:
    """`Taken` as it is kept; whether the phone went over, the number is in the row of `gone`."""

    nickname: str
    avatar_url: str
    gender: int
    phone: bool


@frozen
class Aside:
    """The row of the one who went, column by column, and all else that a merge changed.

    `kept_updated_at` is when the one who stayed had changed last.
    """

    gone: dict[str, int | str | None]
    gone_phone: bytes | None
    took: TakenOver
    kept_updated_at: int
    identities: list[tuple[str, str]]
    unionids: dict[str, Held]

    @classmethod
    def opened(cls, sealed: bytes, merge_id: str, vault: Vault) -> Self:
        """Answers what `seal` kept."""
        plain = vault.open(sealed, purpose=_PURPOSE, row=merge_id)
        return msgspec.json.decode(plain, type=cls)

    def seal(self, merge_id: str, vault: Vault) -> bytes:
        """Answers it sealed, for the record of this merge only."""
        return vault.seal(msgspec.json.encode(self), purpose=_PURPOSE, row=merge_id)

    def row(self) -> dict[str, Any]:
        """Answers the row as it was."""
        return {**self.gone, "phone_sealed": self.gone_phone}

    def user(self, vault: Vault) -> User:
        """Answers the one who went, as they were."""
        row = self.row()
        return rows.user_from([row[column.name] for column in rows.USER], vault)

    def taken(self, vault: Vault) -> Taken:
        """Answers what the one who stayed took over."""
        profile = Profile(self.took.nickname, self.took.avatar_url, Gender(self.took.gender))
        return Taken(profile, self.user(vault).phone if self.took.phone else None)


def of_row(row: Any) -> tuple[dict[str, int | str | None], bytes | None]:
    """Answers a row of `users` as it is kept aside."""
    named = {column.name: getattr(row, column.name) for column in users.c}
    sealed = named.pop("phone_sealed")
    return named, None if sealed is None else bytes(sealed)


def taken_over(taken: Taken) -> TakenOver:
    """Answers it as it is kept."""
    profile = taken.profile
    return TakenOver(
        profile.nickname, profile.avatar_url, int(profile.gender), taken.phone is not None
    )


def absorbed(connection: Connection, user_id: str) -> list[str]:
    """Answers who went into a user and is still part of them, also by way of others."""
    found: list[str] = []
    asked = [user_id]
    while asked:
        gone = connection.execute(_INTO, {"p_user": asked.pop()}).scalars().all()
        asked += gone
        found += gone
    return sorted(found)


def forget(connection: Connection, user_id: str) -> None:
    """Overwrites what undoing the merges of a user would need."""
    connection.execute(_FORGET, {"p_user": user_id})
