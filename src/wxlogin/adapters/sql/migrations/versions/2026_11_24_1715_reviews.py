"""Nicknames and avatars that wait for a decision."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

revision = "2026_11_24_1715"
down_revision = "2026_11_24_1635"


def _exact(length: int) -> TypeEngine[str]:
    """Text compared sign by sign, on MySQL too."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "reviews",
        sa.Column("id", _exact(36), nullable=False),
        sa.Column("user_id", _exact(36), nullable=False),
        sa.Column("appid", sa.String(64), nullable=False),
        sa.Column("kind", _exact(16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", _exact(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("trace_id", _exact(128), nullable=True),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reviews_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(op.f("ix_reviews_user_id"), "reviews", ["user_id"], unique=False)
    op.create_index(
        op.f("ix_reviews_appid_trace_id"), "reviews", ["appid", "trace_id"], unique=False
    )
    op.create_index(op.f("ix_reviews_state_at"), "reviews", ["state", "at"], unique=False)


def downgrade() -> None:
    """Drops it."""
    op.drop_table("reviews")
