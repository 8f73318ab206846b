"""The twins in memory, under the contracts of the real stores."""

import pytest

from tests.contracts.accounts import AccountsContract
from tests.contracts.audit import AuditContract
from tests.contracts.consents import ConsentsContract
from tests.contracts.keys import KeysContract
from tests.contracts.ledger import LedgerContract
from tests.contracts.links import LinksContract
from tests.contracts.merges import MergesContract
from tests.contracts.phones import PhonesContract
from tests.contracts.reviews import ReviewsContract
from tests.contracts.session_keys import SessionKeysContract
from tests.contracts.sessions import SessionsContract
from tests.contracts.stores import Stores
from tests.contracts.tickets import TicketsContract
from tests.contracts.users import UsersContract
from wxlogin.adapters.memory.audit import MemoryAudit
from wxlogin.adapters.memory.consents import MemoryConsents
from wxlogin.adapters.memory.inbox import MemoryInbox
from wxlogin.adapters.memory.keys import MemoryKeys
from wxlogin.adapters.memory.ledger import MemoryLedger
from wxlogin.adapters.memory.links import MemoryLinks
from wxlogin.adapters.memory.merges import MemoryMerges
from wxlogin.adapters.memory.reviews import MemoryReviews
from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.adapters.memory.sessions import MemorySessions
from wxlogin.adapters.memory.tickets import MemoryTickets
from wxlogin.adapters.memory.users import MemoryAccounts, MemoryUsers


def memory_stores() -> Stores:
    """Answer the twins over one empty room."""
    room = MemoryRoom()
    return Stores(
        users=MemoryUsers(room),
        accounts=MemoryAccounts(room),
        sessions=MemorySessions(room),
        tickets=MemoryTickets(room),
        ledger=MemoryLedger(room),
        keys=MemoryKeys(room),
        audit=MemoryAudit(room),
        consents=MemoryConsents(room),
        merges=MemoryMerges(room),
        links=MemoryLinks(room),
        reviews=MemoryReviews(room),
        inbox=MemoryInbox(room),
    )


class InMemory:
    @pytest.fixture
    def stores(self) -> Stores:
        return memory_stores()


class TestMemoryUsers(InMemory, UsersContract):
    pass


class TestMemoryPhones(InMemory, PhonesContract):
    pass


class TestMemoryMerges(InMemory, MergesContract):
    pass


class TestMemoryLinks(InMemory, LinksContract):
    pass


class TestMemoryAccounts(InMemory, AccountsContract):
    pass


class TestMemorySessions(InMemory, SessionsContract):
    pass


class TestMemoryTickets(InMemory, TicketsContract):
    pass


class TestMemoryLedger(InMemory, LedgerContract):
    pass


class TestMemoryKeys(InMemory, KeysContract):
    pass


class TestMemoryAudit(InMemory, AuditContract):
    pass


class TestMemoryConsents(InMemory, ConsentsContract):
    pass


class TestMemoryReviews(InMemory, ReviewsContract):
    pass


class TestMemorySessionKeys(InMemory, SessionKeysContract):
    pass
