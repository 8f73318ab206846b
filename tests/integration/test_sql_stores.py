"""The stores in SQL, under the contracts of the stores, on three real databases."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.accounts import AccountsContract
from tests.contracts.audit import AuditContract
from tests.contracts.consents import ConsentsContract
from tests.contracts.keys import KeysContract
from tests.contracts.ledger import LedgerContract
from tests.contracts.reviews import ReviewsContract
from tests.contracts.session_keys import SessionKeysContract
from tests.contracts.sessions import SessionsContract
from tests.contracts.stores import Stores
from tests.contracts.tickets import TicketsContract
from tests.contracts.users import UsersContract
from wxlogin.adapters.sql import (
    Database,
    SqlAccounts,
    SqlAudit,
    SqlConsents,
    SqlInbox,
    SqlKeys,
    SqlLedger,
    SqlLinks,
    SqlMerges,
    SqlReviews,
    SqlSessions,
    SqlTickets,
    SqlUsers,
    migrate,
    open_database,
)
from wxlogin.adapters.vault import MasterVault


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request, tmp_path) -> str:
    """Answers the address of an empty database."""
    match request.param:
        case "sqlite":
            return f"sqlite:///{tmp_path / 'store.db'}"
        case "postgresql":
            return request.getfixturevalue("fresh_postgres")
        case _:
            return request.getfixturevalue("fresh_mariadb")


@pytest.fixture
async def stores(url) -> AsyncIterator[Stores]:
    """Gives migrated, empty stores."""
    await migrate.upgrade(url)
    db = open_database(url)
    yield stores_on(db)
    await db.close()


def stores_on(db: Database) -> Stores:
    """Answers the stores of a database."""
    vault = MasterVault((b"m" * 32,))
    return Stores(
        users=SqlUsers(db, vault),
        accounts=SqlAccounts(db, vault),
        sessions=SqlSessions(db, vault),
        tickets=SqlTickets(db),
        ledger=SqlLedger(db),
        keys=SqlKeys(db),
        audit=SqlAudit(db),
        consents=SqlConsents(db),
        merges=SqlMerges(db, vault),
        links=SqlLinks(db),
        reviews=SqlReviews(db, vault, SqlUsers(db, vault)),
        inbox=SqlInbox(db, vault),
    )


class TestSqlUsers(UsersContract):
    pass


class TestSqlAccounts(AccountsContract):
    pass


class TestSqlSessions(SessionsContract):
    pass


class TestSqlTickets(TicketsContract):
    pass


class TestSqlLedger(LedgerContract):
    pass


class TestSqlKeys(KeysContract):
    pass


class TestSqlAudit(AuditContract):
    pass


class TestSqlConsents(ConsentsContract):
    pass


class TestSqlReviews(ReviewsContract):
    pass


class TestSqlSessionKeys(SessionKeysContract):
    pass
