"""The store in SQL: SQLite, PostgreSQL, MariaDB and MySQL through SQLAlchemy Core."""

from wxlogin.adapters.sql.access_tokens import SqlShelf
from wxlogin.adapters.sql.accounts import SqlAccounts
from wxlogin.adapters.sql.audit import SqlAudit
from wxlogin.adapters.sql.consents import SqlConsents
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.engine import open_database
from wxlogin.adapters.sql.inbox import SqlInbox
from wxlogin.adapters.sql.keys import SqlKeys
from wxlogin.adapters.sql.ledger import SqlLedger
from wxlogin.adapters.sql.links import SqlLinks
from wxlogin.adapters.sql.merges import SqlMerges
from wxlogin.adapters.sql.outbox import SqlOutbox
from wxlogin.adapters.sql.reviews import SqlReviews
from wxlogin.adapters.sql.sessions import SqlSessions
from wxlogin.adapters.sql.telling import (
    TellingAccounts,
    TellingLinks,
    TellingMerges,
    TellingSessions,
    TellingUsers,
)
from wxlogin.adapters.sql.tickets import SqlTickets
from wxlogin.adapters.sql.users import SqlUsers

__all__ = [
    "Database",
    "SqlAccounts",
    "SqlAudit",
    "SqlConsents",
    "SqlInbox",
    "SqlKeys",
    "SqlLedger",
    "SqlLinks",
    "SqlMerges",
    "SqlOutbox",
    "SqlReviews",
    "SqlSessions",
    "SqlShelf",
    "SqlTickets",
    "SqlUsers",
    "TellingAccounts",
    "TellingLinks",
    "TellingMerges",
    "TellingSessions",
    "TellingUsers",
    "open_database",
]
