"""Signatures that do not cover a pushed message's content: each comes with one event."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "2026_11_24_1310"
down_revision = "2026_11_24_1300"


def upgrade() -> None:
    """Adds the column and what makes it unique."""
    exact = sa.String(128).with_variant(
        mysql.VARCHAR(128, charset="ascii", collation="ascii_bin"), "mysql"
    )
    op.add_column("push_events", sa.Column("once", exact, nullable=True))
    op.create_index(op.f("ix_push_events_once"), "push_events", ["once"], unique=True)


def downgrade() -> None:
    """Takes them back."""
    op.drop_index(op.f("ix_push_events_once"), table_name="push_events")
    op.drop_column("push_events", "once")
