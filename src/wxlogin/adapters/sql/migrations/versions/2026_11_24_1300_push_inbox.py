"""The inbox of what WeChat pushes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

revision = "2026_11_24_1300"
down_revision = "2026_11_24_1230"


def _exact(length: int) -> TypeEngine[str]:
    """Text compared sign by sign, on MySQL too."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "push_events",
        sa.Column("key", _exact(128), nullable=False),
        sa.Column("appid", sa.String(length=64), nullable=False),
        sa.Column("kind", _exact(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", _exact(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("word", _exact(64), nullable=False),
        sa.Column(
            "sealed",
            sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql"),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_push_events")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    for columns in (["state", "due_at"], ["received_at"]):
        name = op.f(f"ix_push_events_{'_'.join(columns)}")
        op.create_index(name, "push_events", columns, unique=False)


def downgrade() -> None:
    """Drops it."""
    op.drop_table("push_events")
