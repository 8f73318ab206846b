"""WeChat's session_key, sealed, beside the sessions of apps that declare open data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "2026_11_24_1635"
down_revision = "2026_11_24_1610"


def upgrade() -> None:
    """Adds the column."""
    sealed = sa.LargeBinary().with_variant(mysql.VARBINARY(255), "mysql")
    op.add_column("sessions", sa.Column("session_key_sealed", sealed, nullable=True))


def downgrade() -> None:
    """Takes it back."""
    op.drop_column("sessions", "session_key_sealed")
