"""MemoryRoom: what all memory repositories of one deployment share.

Acts never wait between reading and writing, so on one event loop each of them is atomic.
"""

from datetime import datetime

from attrs import define, evolve, field

from wxlogin.domain.merge import Merge
from wxlogin.domain.ports.audit import AuditEvent
from wxlogin.domain.ports.consents import Consent
from wxlogin.domain.ports.ledger import Outcome
from wxlogin.domain.ports.outbox import Happened, Notice
from wxlogin.domain.ports.push import PushEntry
from wxlogin.domain.ports.sessions import Revocation
from wxlogin.domain.ports.users import UnionidConflict
from wxlogin.domain.review import Review
from wxlogin.domain.session import Session
from wxlogin.domain.signing_key import SigningKey
from wxlogin.domain.ticket import LoginTicket
from wxlogin.domain.user import Identity, User

Key = tuple[str, str]


@define
class LedgerRow:
    """A claim: how it stands, until when it holds and until when its answer is given out."""

    outcome: Outcome
    expires_at: float
    answer_until: float = 0.0


@define
class PushRow:
    """A pushed event, and when it may be taken."""

    entry: PushEntry
    due_at: datetime
    once: str | None = None


@define
class MergeRow:
    """A merge, and what undoing it needs, until that is forgotten."""

    merge: Merge
    aside: object | None

    def forget(self) -> None:
        """Forgets that."""
        self.aside, self.merge = None, evolve(self.merge, restorable=False)


@define
class OutboxRow:
    """A notice, and when it may be taken; None: it is parked."""

    notice: Notice
    due_at: datetime | None


@define
class MemoryRoom:
    """All rows. Acts tell what happened where the room is `telling`."""

    users: dict[str, User] = field(factory=dict)
    identities: dict[Key, Identity] = field(factory=dict)
    owners: dict[Key, str] = field(factory=dict)
    linked_at: dict[Key, datetime] = field(factory=dict)
    parted: dict[Key, str] = field(factory=dict)
    unionids: dict[str, str] = field(factory=dict)
    conflicts: dict[tuple[str, str, str], UnionidConflict] = field(factory=dict)
    sessions: dict[str, Session] = field(factory=dict)
    user_revocations: dict[str, Revocation] = field(factory=dict)
    tickets: dict[str, LoginTicket] = field(factory=dict)
    ledger: dict[str, LedgerRow] = field(factory=dict)
    keys: tuple[SigningKey, ...] = ()
    audit: dict[str, AuditEvent] = field(factory=dict)
    push: dict[str, PushRow] = field(factory=dict)
    consents: dict[str, list[Consent]] = field(factory=dict)
    outbox: dict[int, OutboxRow] = field(factory=dict)
    merges: dict[str, MergeRow] = field(factory=dict)
    reviews: dict[str, Review] = field(factory=dict)
    telling: bool = False
    told: int = 0

    def absorbed(self, user_id: str) -> list[str]:
        """Answers who went into a user and is still part of them, also by way of others."""
        into = [
            row.merge.gone_id
            for row in self.merges.values()
            if row.merge.kept_id == user_id and row.merge.undone_at is None
        ]
        return sorted([*into, *(each for gone in into for each in self.absorbed(gone))])

    def tell(
        self,
        kind: Happened,
        user_id: str,
        at: datetime,
        *,
        sid: str | None = None,
        reason: str = "",
        other_id: str | None = None,
    ) -> None:
        """Puts a notice into the outbox, where anybody wants to be told."""
        if self.telling:
            self.told += 1
            notice = Notice(self.told, kind, user_id, at, sid, reason, other_id)
            self.outbox[self.told] = OutboxRow(notice, at)
