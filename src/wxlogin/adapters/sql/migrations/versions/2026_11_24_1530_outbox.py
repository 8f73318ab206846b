"""The outbox of webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

revision = "2026_11_24_1530"
down_revision = "2026_11_24_1310"


def _exact(length: int) -> TypeEngine[str]:
    """Text compared sign by sign, on MySQL too."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", _exact(32), nullable=False),
        sa.Column("user_id", _exact(36), nullable=False),
        sa.Column("other_id", _exact(36), nullable=True),
        sa.Column("sid", _exact(36), nullable=True),
        sa.Column("reason", _exact(32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("word", _exact(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(op.f("ix_outbox_due_at"), "outbox", ["due_at"], unique=False)
    op.create_index(op.f("ix_outbox_user_id_seq"), "outbox", ["user_id", "seq"], unique=False)
    filled = sa.text("other_id IS NOT NULL")
    op.create_index(
        op.f("ix_outbox_other_id"),
        "outbox",
        ["other_id"],
        unique=False,
        postgresql_where=filled,
        sqlite_where=filled,
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("outbox")
