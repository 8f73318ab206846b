"""When an account that its person gave up will be erased."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_1545"
down_revision = "2026_11_24_1530"


def upgrade() -> None:
    """Adds the column and its index."""
    op.add_column("users", sa.Column("leaves_at", sa.BigInteger(), nullable=True))
    filled = sa.text("leaves_at IS NOT NULL")
    op.create_index(
        op.f("ix_users_leaves_at"),
        "users",
        ["leaves_at"],
        unique=False,
        postgresql_where=filled,
        sqlite_where=filled,
    )


def downgrade() -> None:
    """Takes them back."""
    op.drop_index(op.f("ix_users_leaves_at"), table_name="users")
    op.drop_column("users", "leaves_at")
