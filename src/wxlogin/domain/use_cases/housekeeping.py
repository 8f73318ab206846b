"""Sweep: forgets what is over, in small batches, so that tables are bounded by people."""

from datetime import timedelta

from attrs import frozen

from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.audit import AuditTrail
from wxlogin.domain.ports.ledger import Ledger
from wxlogin.domain.ports.sessions import SessionRepository
from wxlogin.domain.ports.tickets import TicketRepository
from wxlogin.domain.use_cases.for_services import OVERLAP

KEPT_FOR_REASONS = timedelta(days=7)
"""How long an ended session stays at least, to tell a phone that was away why it ended."""
_BATCH = 500


@frozen
class Sweep:
    """Deletes expired tickets, claims and answers at once, ended sessions after a week.

    An ended session stays as long as a token of it could still look good to a verifier that has
    only the revocation feed. Entries of the audit trail go when they are older than `audit_life`.
    """

    sessions: SessionRepository
    tickets: TicketRepository
    ledger: Ledger
    audit: AuditTrail
    clock: Clock
    audit_life: timedelta
    longest_token: timedelta

    async def __call__(self) -> int:
        """Answers how many rows went; another call is worth it while that is not 0."""
        now = self.clock.now()
        kept = max(KEPT_FOR_REASONS, self.longest_token + OVERLAP)
        return (
            await self.ledger.sweep(now, _BATCH)
            + await self.tickets.sweep(now, _BATCH)
            + await self.sessions.sweep(now - kept, _BATCH)
            + await self.audit.sweep(now - self.audit_life, _BATCH)
        )
