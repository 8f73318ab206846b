"""What people agreed to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

revision = "2026_11_24_1600"
down_revision = "2026_11_24_1550"


def _exact(length: int) -> TypeEngine[str]:
    """Text compared sign by sign, on MySQL too."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql")


def upgrade() -> None:
    """Makes the table, and the place of the last version beside each user."""
    op.create_table(
        "consents",
        sa.Column("user_id", _exact(36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("appid", sa.String(length=64), nullable=False),
        sa.Column("version", _exact(64), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_consents_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "at", name=op.f("pk_consents")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.add_column("users", sa.Column("consent_version", _exact(64), nullable=True))


def downgrade() -> None:
    """Takes them back."""
    op.drop_column("users", "consent_version")
    op.drop_table("consents")
