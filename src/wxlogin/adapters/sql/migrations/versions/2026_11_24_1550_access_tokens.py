"""WeChat's access tokens, shared by all processes."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_1550"
down_revision = "2026_11_24_1545"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "access_tokens",
        sa.Column("appid", sa.String(64), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("asks", sa.SmallInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("appid", name=op.f("pk_access_tokens")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("access_tokens")
