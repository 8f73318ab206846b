"""The audit trail: who did what to whose session or account, kept for a settable time."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen


class AuditWord(StrEnum):
    """What happened. The words are public: operators filter by them."""

    LOGIN = "login"
    LOGIN_REFUSED = "login_refused"
    REGISTER = "register"
    REUSE_DETECTED = "reuse_detected"
    SUPERSEDED = "superseded"
    LOGOUT = "logout"
    KICKED = "kicked"
    BANNED = "banned"
    UNBANNED = "unbanned"
    LEAVING = "leaving"
    RESTORED = "restored"
    ERASED = "erased"
    PHONE_MOVED = "phone_moved"
    MERGED = "merged"
    UNMERGED = "unmerged"
    IDENTITY_REMOVED = "identity_removed"
    KEY_STAGED = "key_staged"
    KEYS_ROTATED = "keys_rotated"
    AUDIT_LOST = "audit_lost"


class Actor(StrEnum):
    """Who acted: a person on their own account, an operator, or the service by itself."""

    SELF = "self"
    OPERATOR = "operator"
    SERVICE = "service"


@frozen
class AuditEvent:
    """One entry. `id` tells entries of one moment apart.

    `reason` is a stable word or empty, `client` a masked network address or empty. No phone,
    openid, token or code is ever in it.
    """

    id: str
    at: datetime
    event: AuditWord
    actor: Actor
    reason: str = ""
    appid: str | None = None
    user_id: str | None = None
    sid: str | None = None
    client: str = ""


@frozen
class AuditQuery:
    """Which entries are wanted: those for which everything given holds, the newest `limit`."""

    user_id: str | None = None
    sid: str | None = None
    event: AuditWord | None = None
    since: datetime | None = None
    limit: int = 100


class AuditTrail(Protocol):
    """Keeps entries: they are added and age out, and only an erasure changes one."""

    async def append(self, events: Sequence[AuditEvent]) -> None:
        """Adds entries, all or none; one that is there already stays as it is.

        An entry about an erased user is kept without its address.
        """

    async def find(self, query: AuditQuery) -> Sequence[AuditEvent]:
        """Answers the entries wanted, newest first."""

    async def sweep(self, before: datetime, limit: int) -> int:
        """Deletes up to `limit` of the oldest entries from before `before`; answers how many."""
