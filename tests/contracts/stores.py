"""What every contract suite asks for: one empty store, through its ports."""

from attrs import frozen

from wxlogin.domain.ports.accounts import AccountRepository
from wxlogin.domain.ports.audit import AuditTrail
from wxlogin.domain.ports.consents import ConsentRepository
from wxlogin.domain.ports.keys import KeyRepository
from wxlogin.domain.ports.ledger import Ledger
from wxlogin.domain.ports.links import LinkRepository
from wxlogin.domain.ports.merges import MergeRepository
from wxlogin.domain.ports.push import Inbox
from wxlogin.domain.ports.reviews import ReviewRepository
from wxlogin.domain.ports.sessions import SessionRepository
from wxlogin.domain.ports.tickets import TicketRepository
from wxlogin.domain.ports.users import UserRepository


@frozen
class Stores:
    """The ports over one and the same empty store. A subclass of a suite gives it as `stores`."""

    users: UserRepository
    accounts: AccountRepository
    sessions: SessionRepository
    tickets: TicketRepository
    ledger: Ledger
    keys: KeyRepository
    audit: AuditTrail
    consents: ConsentRepository
    merges: MergeRepository
    links: LinkRepository
    reviews: ReviewRepository
    inbox: Inbox
