"""Users who became part of others, and identities that left theirs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

revision = "2026_11_24_1610"
down_revision = "2026_11_24_1600"


def _id() -> TypeEngine[str]:
    """Text compared sign by sign, on MySQL too."""
    exact = mysql.VARCHAR(36, charset="ascii", collation="ascii_bin")
    return sa.String(36).with_variant(exact, "mysql")


def upgrade() -> None:
    """Makes both tables."""
    _parted()
    sealed = sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql")
    op.create_table(
        "merges",
        sa.Column("id", _id(), nullable=False),
        sa.Column("kept_user_id", _id(), nullable=False),
        sa.Column("gone_user_id", _id(), nullable=False),
        sa.Column("merged_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sealed, nullable=True),
        *(
            sa.ForeignKeyConstraint([who], ["users.id"], name=op.f(f"fk_merges_{who}_users"))
            for who in ("kept_user_id", "gone_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    for who in ("kept_user_id", "gone_user_id"):
        op.create_index(op.f(f"ix_merges_{who}"), "merges", [who], unique=False)
    op.create_index(
        op.f("ix_merges_merged_at"),
        "merges",
        ["merged_at"],
        unique=False,
        postgresql_where=sa.text("sealed IS NOT NULL"),
        sqlite_where=sa.text("sealed IS NOT NULL"),
    )


def _parted() -> None:
    op.create_table(
        "parted_identities",
        sa.Column("appid", sa.String(64), nullable=False),
        sa.Column("openid", sa.String(128), nullable=False),
        sa.Column("user_id", _id(), nullable=False),
        sa.Column("parted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_parted_identities_user_id_users")
        ),
        sa.PrimaryKeyConstraint("appid", "openid", name=op.f("pk_parted_identities")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    name = op.f("ix_parted_identities_user_id")
    op.create_index(name, "parted_identities", ["user_id"], unique=False)


def downgrade() -> None:
    """Drops both."""
    op.drop_table("parted_identities")
    op.drop_table("merges")
