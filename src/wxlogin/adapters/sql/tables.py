"""The tables: what is kept, and what the database itself guarantees.

Moments are whole microseconds since 1970 in UTC. Ids and hashes are ASCII and openids any text;
both are compared sign by sign, on MySQL by binary collations. Constraint names follow one
convention, for `faults` reads them.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
)


def _ascii(length: int) -> TypeEngine[str]:
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return String(length).with_variant(exact, "mysql")


def _sealed(length: int) -> TypeEngine[bytes]:
    return LargeBinary().with_variant(mysql.VARBINARY(length), "mysql")


_ID, _HASH = 36, 128
_moment = BigInteger


def _table(name: str, *parts: SchemaItem, **options: Any) -> Table:
    return Table(
        name,
        METADATA,
        *parts,
        **options,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )


def _partial(column: Column[Any], *, where: Column[Any] | None = None) -> Index:
    """Index only the rows that have a value, where the database can."""
    filled = (column if where is None else where).is_not(None)
    return Index(None, column, postgresql_where=filled, sqlite_where=filled)


def _user_id(name: str = "user_id") -> Column[str]:
    return Column(name, _ascii(_ID), ForeignKey("users.id"), nullable=False)


users = _table(
    "users",
    Column("id", _ascii(_ID), nullable=False),
    Column("created_at", _moment, nullable=False),
    Column("updated_at", _moment, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("nickname", String(255), nullable=False),
    Column("avatar_url", String(1024), nullable=False),
    Column("gender", SmallInteger, nullable=False),
    Column("phone_sealed", _sealed(255)),
    Column("phone_index", _ascii(_HASH)),
    Column("banned_at", _moment),
    Column("erased_at", _moment),
    Column("leaves_at", _moment),
    Column("consent_version", _ascii(64)),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("phone_index"),
)
_partial(users.c.banned_at)
_partial(users.c.erased_at)
_partial(users.c.leaves_at)

consents = _table(
    "consents",
    _user_id(),
    Column("at", _moment, nullable=False),
    Column("appid", String(64), nullable=False),
    Column("version", _ascii(64), nullable=False),
    Column("withdrawn_at", _moment),
    PrimaryKeyConstraint("user_id", "at"),
)
"""The last one that was not withdrawn is in `users.consent_version` as well."""

identities = _table(
    "identities",
    Column("appid", String(64), nullable=False),
    Column("openid", String(128), nullable=False),
    Column("unionid", String(128)),
    _user_id(),
    Column("created_at", _moment, nullable=False),
    PrimaryKeyConstraint("appid", "openid"),
)
Index(None, identities.c.user_id)
_partial(identities.c.unionid)

parted_identities = _table(
    "parted_identities",
    Column("appid", String(64), nullable=False),
    Column("openid", String(128), nullable=False),
    _user_id(),
    Column("parted_at", _moment, nullable=False),
    PrimaryKeyConstraint("appid", "openid"),
)
"""Identities their own person took away from a user: no unionid joins them to anybody."""
Index(None, parted_identities.c.user_id)

unionids = _table(
    "unionids",
    Column("unionid", String(128), nullable=False),
    _user_id(),
    PrimaryKeyConstraint("unionid"),
)
"""Who holds a unionid: the first user it came with. New identities with it join that user."""
Index(None, unionids.c.user_id)

unionid_conflicts = _table(
    "unionid_conflicts",
    Column("unionid", String(128), nullable=False),
    _user_id("first_user_id"),
    _user_id("second_user_id"),
    Column("found_at", _moment, nullable=False),
    PrimaryKeyConstraint("unionid", "first_user_id", "second_user_id"),
)
Index(None, unionid_conflicts.c.first_user_id)
Index(None, unionid_conflicts.c.second_user_id)

merges = _table(
    "merges",
    Column("id", _ascii(_ID), nullable=False),
    _user_id("kept_user_id"),
    _user_id("gone_user_id"),
    Column("merged_at", _moment, nullable=False),
    Column("undone_at", _moment),
    Column("sealed", LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql")),
    PrimaryKeyConstraint("id"),
)
"""Who became part of whom. The row of the one who went looks erased; `sealed` is what it held."""
Index(None, merges.c.kept_user_id)
Index(None, merges.c.gone_user_id)
_partial(merges.c.merged_at, where=merges.c.sealed)

sessions = _table(
    "sessions",
    Column("sid", _ascii(_ID), nullable=False),
    _user_id(),
    Column("appid", String(64), nullable=False),
    Column("created_at", _moment, nullable=False),
    Column("last_used_at", _moment, nullable=False),
    Column("expires_at", _moment, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("device_name", String(1024), nullable=False),
    Column("device_platform", String(1024), nullable=False),
    Column("device_model", String(1024), nullable=False),
    Column("ended_at", _moment),
    Column("end_reason", _ascii(32)),
    Column("sweep_at", _moment, nullable=False, server_default="0"),
    Column("session_key_sealed", _sealed(255)),
    PrimaryKeyConstraint("sid"),
)
"""A refresh touches no indexed column, so that PostgreSQL updates in place and no index grows.

`sweep_at` is when the sweep next looks at a row: at first `expires_at`, and from then on whatever
that was when it looked. 0, for rows from before there was a sweep, means at once.
"""
Index(None, sessions.c.user_id, sessions.c.ended_at)
Index(None, sessions.c.sweep_at)
_partial(sessions.c.ended_at)

tickets = _table(
    "tickets",
    Column("digest", _ascii(_HASH), nullable=False),
    Column("appid", String(64), nullable=False),
    Column("openid", String(128), nullable=False),
    Column("unionid", String(128)),
    Column("expires_at", _moment, nullable=False),
    PrimaryKeyConstraint("digest"),
)
Index(None, tickets.c.appid, tickets.c.openid)
Index(None, tickets.c.expires_at)

claims = _table(
    "claims",
    Column("spent", _ascii(_HASH), nullable=False),
    Column("key", _ascii(_HASH)),
    Column("body", _ascii(_HASH), nullable=False),
    Column("answer", LargeBinary),
    Column("answer_until", _moment),
    Column("expires_at", _moment, nullable=False),
    PrimaryKeyConstraint("spent"),
)
"""A claim is settled when `answer_until` is set; the answer itself goes when that is over."""
_partial(claims.c.answer_until, where=claims.c.answer)
Index(None, claims.c.expires_at)

signing_keys = _table(
    "signing_keys",
    Column("kid", _ascii(_HASH), nullable=False),
    Column("alg", _ascii(16), nullable=False),
    Column("stage", _ascii(16), nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", _moment, nullable=False),
    Column("staged_at", _moment, nullable=False),
    PrimaryKeyConstraint("kid"),
)

key_ring = _table(
    "key_ring",
    Column("id", SmallInteger, nullable=False, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    PrimaryKeyConstraint("id"),
)
"""One row, made by the first migration: whoever updates it may change the signing keys."""

audit_events = _table(
    "audit_events",
    Column("at", _moment, nullable=False),
    Column("id", _ascii(_ID), nullable=False),
    Column("event", _ascii(32), nullable=False),
    Column("reason", _ascii(64), nullable=False),
    Column("actor", _ascii(16), nullable=False),
    Column("appid", String(64)),
    Column("user_id", _ascii(_ID)),
    Column("sid", _ascii(_ID)),
    Column("client", _ascii(64), nullable=False),
    PrimaryKeyConstraint("at", "id"),
)
"""Refers to no other table: an entry is older or younger than what it tells of."""
Index(None, audit_events.c.user_id, audit_events.c.at)
Index(None, audit_events.c.sid)
Index(None, audit_events.c.event, audit_events.c.at)

push_events = _table(
    "push_events",
    Column("key", _ascii(_HASH), nullable=False),
    Column("appid", String(64), nullable=False),
    Column("kind", _ascii(64), nullable=False),
    Column("created_at", _moment, nullable=False),
    Column("received_at", _moment, nullable=False),
    Column("state", _ascii(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", _moment, nullable=False),
    Column("word", _ascii(64), nullable=False),
    Column("sealed", LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql")),
    Column("once", _ascii(_HASH)),
    Column("person", _ascii(_HASH)),
    PrimaryKeyConstraint("key"),
)
"""Refers to no other table. What an event says is sealed, and gone when the event is done.

`person` is a keyed hash of the openid it concerns: an erasure finds it by that.
"""
Index(None, push_events.c.state, push_events.c.due_at)
Index(None, push_events.c.received_at)
Index(None, push_events.c.once, unique=True)
Index(None, push_events.c.person)

outbox = _table(
    "outbox",
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("event", _ascii(32), nullable=False),
    Column("user_id", _ascii(_ID), nullable=False),
    Column("other_id", _ascii(_ID)),
    Column("sid", _ascii(_ID)),
    Column("reason", _ascii(32), nullable=False),
    Column("at", _moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", _moment),
    Column("word", _ascii(64), nullable=False),
    PrimaryKeyConstraint("seq"),
    sqlite_autoincrement=True,
)
"""What is to be told by webhook, ids only. Refers to no other table: what it tells of may be gone.

`due_at` is null where a notice is parked. `seq` never comes twice, on SQLite too.
"""
Index(None, outbox.c.due_at)
Index(None, outbox.c.user_id, outbox.c.seq)
_partial(outbox.c.other_id)

access_tokens = _table(
    "access_tokens",
    Column("appid", String(64), nullable=False),
    Column("turn", BigInteger, nullable=False),
    Column("asks", SmallInteger, nullable=False),
    Column("sealed", LargeBinary),
    Column("expires_at", _moment),
    PrimaryKeyConstraint("appid"),
)
"""WeChat's, for all processes. `asks` is 1 while one of them is fetching the next."""

reviews = _table(
    "reviews",
    Column("id", _ascii(_ID), nullable=False),
    _user_id(),
    Column("appid", String(64), nullable=False),
    Column("kind", _ascii(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("state", _ascii(16), nullable=False),
    Column("at", _moment, nullable=False),
    Column("trace_id", _ascii(_HASH)),
    Column("label", Integer),
    PrimaryKeyConstraint("id"),
)
"""Nicknames and avatars that were not passed at once; `sealed` is the nickname, or the path."""
Index(None, reviews.c.user_id)
Index(None, reviews.c.appid, reviews.c.trace_id)
Index(None, reviews.c.state, reviews.c.at)
