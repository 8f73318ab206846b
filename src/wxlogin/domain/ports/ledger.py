"""The ledger of spent credentials: one code, one upstream call, one answer."""

from datetime import datetime
from typing import Protocol

from attrs import field, frozen


@frozen
class Claim:
    """A wish to spend a code or ticket.

    `spent` is a keyed hash of the credential, `key` one of the Idempotency-Key (None without the
    header) and `body` one of the request's body. None of them can be turned back.
    """

    spent: str
    key: str | None
    body: str


@frozen
class Outcome:
    """How a claim stands. `answer` is None while its first caller is under way, or has died."""

    key: str | None
    body: str
    answer: bytes | None = field(default=None, repr=False)
    settled: bool = False


class Ledger(Protocol):
    """Remembers which credentials were spent, and for a minute what was answered."""

    async def claim(self, claim: Claim, now: datetime, expires_at: datetime) -> Outcome | None:
        """Claims a credential; None to exactly one of any number of callers, who may go on.

        Everybody else is answered how the first claim stands.
        """

    async def settle(self, spent: str, answer: bytes | None, answer_until: datetime) -> None:
        """Notes the answer to a claim; it is given out until `answer_until` and then forgotten."""

    async def release(self, spent: str) -> None:
        """Takes a claim back: the credential was not spent, and may be claimed again."""

    async def outcome(self, spent: str, now: datetime, patience: float) -> Outcome | None:
        """Waits up to `patience` seconds for a claim to be settled and answers how it stands.

        None when it was released. An answer past its time is not given.
        """

    async def sweep(self, now: datetime, limit: int) -> int:
        """Forgets answers past their time, deletes up to `limit` claims past theirs."""
