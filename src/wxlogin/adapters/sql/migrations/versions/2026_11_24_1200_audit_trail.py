"""The audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

revision = "2026_11_24_1200"
down_revision = "2026_11_24_0900"


def _exact(length: int) -> TypeEngine[str]:
    """Text compared sign by sign, on MySQL too."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "audit_events",
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("id", _exact(36), nullable=False),
        sa.Column("event", _exact(32), nullable=False),
        sa.Column("reason", _exact(64), nullable=False),
        sa.Column("actor", _exact(16), nullable=False),
        sa.Column("appid", sa.String(length=64), nullable=True),
        sa.Column("user_id", _exact(36), nullable=True),
        sa.Column("sid", _exact(36), nullable=True),
        sa.Column("client", _exact(64), nullable=False),
        sa.PrimaryKeyConstraint("at", "id", name=op.f("pk_audit_events")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    for columns in (["user_id", "at"], ["sid"], ["event", "at"]):
        name = op.f(f"ix_audit_events_{'_'.join(columns)}")
        op.create_index(name, "audit_events", columns, unique=False)


def downgrade() -> None:
    """Drops it."""
    op.drop_table("audit_events")
