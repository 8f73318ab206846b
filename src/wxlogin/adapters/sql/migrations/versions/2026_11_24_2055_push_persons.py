"""Whom pushed events concern, as a keyed hash, so that an erasure finds them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "2026_11_24_2055"
down_revision = "2026_11_24_1715"


def upgrade() -> None:
    """Adds the column and its index; events from before go with their time."""
    exact = sa.String(128).with_variant(
        mysql.VARCHAR(128, charset="ascii", collation="ascii_bin"), "mysql"
    )
    op.add_column("push_events", sa.Column("person", exact, nullable=True))
    op.create_index(op.f("ix_push_events_person"), "push_events", ["person"])


def downgrade() -> None:
    """Takes them back."""
    op.drop_index(op.f("ix_push_events_person"), table_name="push_events")
    op.drop_column("push_events", "person")
