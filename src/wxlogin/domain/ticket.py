"""Login ticket: a single-use proof that a login code was exchanged."""

from datetime import datetime, timedelta
from hashlib import sha256

from attrs import field, frozen

from wxlogin.domain.user import Identity

TICKET_LIFE = timedelta(minutes=5)
PREFIX = "wxt1_"


def digest(ticket: str) -> str:
    """Answers what is kept of a ticket: it is long and random, so a plain hash tells nothing."""
    return sha256(ticket.encode()).hexdigest()


@frozen
class LoginTicket:
    """What a ticket stands for. `digest` is all that is kept of its text."""

    digest: str = field(repr=False)
    identity: Identity
    expires_at: datetime
