"""Sessions that are refreshed in place: no index on a column that a refresh changes."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_1230"
down_revision = "2026_11_24_1200"


def upgrade() -> None:
    """Swaps the index on the expiry for one that moves when the sweep looks, not at each use.

    Rows that are there get 0, so the next sweeps look at them, a small batch at a time.
    """
    op.add_column(
        "sessions", sa.Column("sweep_at", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_index(op.f("ix_sessions_sweep_at"), "sessions", ["sweep_at"], unique=False)
    op.create_index(
        op.f("ix_sessions_user_id_ended_at"), "sessions", ["user_id", "ended_at"], unique=False
    )
    op.drop_index(op.f("ix_sessions_user_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_expires_at"), table_name="sessions")
    if op.get_bind().dialect.name == "postgresql":
        # Room on each page for the next version of a row that is on it.
        op.execute("ALTER TABLE sessions SET (fillfactor = 85)")


def downgrade() -> None:
    """Puts the old indexes back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE sessions RESET (fillfactor)")
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.drop_index(op.f("ix_sessions_user_id_ended_at"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_sweep_at"), table_name="sessions")
    op.drop_column("sessions", "sweep_at")
