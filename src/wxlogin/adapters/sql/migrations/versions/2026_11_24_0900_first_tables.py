"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

revision = "2026_11_24_0900"
down_revision = None
_MYSQL: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def _exact(length: int) -> TypeEngine[str]:
    """Text compared sign by sign, on MySQL too."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql")


def upgrade() -> None:
    """Makes the tables, and the one row that guards the key ring."""
    _claims()
    _key_ring()
    _signing_keys()
    _tickets()
    _users()
    _identities()
    _sessions()
    _unionid_conflicts()
    _unionids()
    op.bulk_insert(
        sa.table("key_ring", sa.column("id"), sa.column("revision")), [{"id": 1, "revision": 0}]
    )


def downgrade() -> None:
    """Drops them all, and their indexes with them."""
    for table in (
        "unionids",
        "unionid_conflicts",
        "sessions",
        "identities",
        "users",
        "tickets",
        "signing_keys",
        "key_ring",
        "claims",
    ):
        op.drop_table(table)


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column(
            "spent",
            _exact(128),
            nullable=False,
        ),
        sa.Column(
            "key",
            _exact(128),
            nullable=True,
        ),
        sa.Column(
            "body",
            _exact(128),
            nullable=False,
        ),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answer_until", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("spent", name=op.f("pk_claims")),
        **_MYSQL,
    )
    op.create_index(
        op.f("ix_claims_answer_until"),
        "claims",
        ["answer_until"],
        unique=False,
        postgresql_where=sa.text("answer IS NOT NULL"),
        sqlite_where=sa.text("answer IS NOT NULL"),
    )
    op.create_index(op.f("ix_claims_expires_at"), "claims", ["expires_at"], unique=False)


def _key_ring() -> None:
    op.create_table(
        "key_ring",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_ring")),
        **_MYSQL,
    )


def _signing_keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column(
            "kid",
            _exact(128),
            nullable=False,
        ),
        sa.Column(
            "alg",
            _exact(16),
            nullable=False,
        ),
        sa.Column(
            "stage",
            _exact(16),
            nullable=False,
        ),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("staged_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
        **_MYSQL,
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column(
            "digest",
            _exact(128),
            nullable=False,
        ),
        sa.Column("appid", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("unionid", sa.String(length=128), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tickets")),
        **_MYSQL,
    )
    op.create_index(op.f("ix_tickets_appid_openid"), "tickets", ["appid", "openid"], unique=False)
    op.create_index(op.f("ix_tickets_expires_at"), "tickets", ["expires_at"], unique=False)


def _users() -> None:
    op.create_table(
        "users",
        sa.Column(
            "id",
            _exact(36),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("nickname", sa.String(length=255), nullable=False),
        sa.Column("avatar_url", sa.String(length=1024), nullable=False),
        sa.Column("gender", sa.SmallInteger(), nullable=False),
        sa.Column(
            "phone_sealed",
            sa.LargeBinary().with_variant(sa.VARBINARY(length=255), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "phone_index",
            _exact(128),
            nullable=True,
        ),
        sa.Column("banned_at", sa.BigInteger(), nullable=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_users_phone_index")),
        **_MYSQL,
    )
    op.create_index(
        op.f("ix_users_banned_at"),
        "users",
        ["banned_at"],
        unique=False,
        postgresql_where=sa.text("banned_at IS NOT NULL"),
        sqlite_where=sa.text("banned_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_users_erased_at"),
        "users",
        ["erased_at"],
        unique=False,
        postgresql_where=sa.text("erased_at IS NOT NULL"),
        sqlite_where=sa.text("erased_at IS NOT NULL"),
    )


def _identities() -> None:
    op.create_table(
        "identities",
        sa.Column("appid", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("unionid", sa.String(length=128), nullable=True),
        sa.Column(
            "user_id",
            _exact(36),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_identities_user_id_users")
        ),
        sa.PrimaryKeyConstraint("appid", "openid", name=op.f("pk_identities")),
        **_MYSQL,
    )
    op.create_index(
        op.f("ix_identities_unionid"),
        "identities",
        ["unionid"],
        unique=False,
        postgresql_where=sa.text("unionid IS NOT NULL"),
        sqlite_where=sa.text("unionid IS NOT NULL"),
    )
    op.create_index(op.f("ix_identities_user_id"), "identities", ["user_id"], unique=False)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column(
            "sid",
            _exact(36),
            nullable=False,
        ),
        sa.Column(
            "user_id",
            _exact(36),
            nullable=False,
        ),
        sa.Column("appid", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("device_name", sa.String(length=1024), nullable=False),
        sa.Column("device_platform", sa.String(length=1024), nullable=False),
        sa.Column("device_model", sa.String(length=1024), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "end_reason",
            _exact(32),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_sessions")),
        **_MYSQL,
    )
    op.create_index(
        op.f("ix_sessions_ended_at"),
        "sessions",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
        sqlite_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)


def _unionid_conflicts() -> None:
    op.create_table(
        "unionid_conflicts",
        sa.Column("unionid", sa.String(length=128), nullable=False),
        sa.Column(
            "first_user_id",
            _exact(36),
            nullable=False,
        ),
        sa.Column(
            "second_user_id",
            _exact(36),
            nullable=False,
        ),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_user_id"], ["users.id"], name=op.f("fk_unionid_conflicts_first_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["second_user_id"], ["users.id"], name=op.f("fk_unionid_conflicts_second_user_id_users")
        ),
        sa.PrimaryKeyConstraint(
            "unionid", "first_user_id", "second_user_id", name=op.f("pk_unionid_conflicts")
        ),
        **_MYSQL,
    )
    op.create_index(
        op.f("ix_unionid_conflicts_first_user_id"),
        "unionid_conflicts",
        ["first_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_unionid_conflicts_second_user_id"),
        "unionid_conflicts",
        ["second_user_id"],
        unique=False,
    )


def _unionids() -> None:
    op.create_table(
        "unionids",
        sa.Column("unionid", sa.String(length=128), nullable=False),
        sa.Column(
            "user_id",
            _exact(36),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_unionids_user_id_users")),
        sa.PrimaryKeyConstraint("unionid", name=op.f("pk_unionids")),
        **_MYSQL,
    )
    op.create_index(op.f("ix_unionids_user_id"), "unionids", ["user_id"], unique=False)
