"""Pauses: when a program pays nothing, and who decided it."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0018"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "novigem_pause",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("author", _TEXT, nullable=True),
        sa.Column("reason", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="novigem_pause_pk"),
    )
