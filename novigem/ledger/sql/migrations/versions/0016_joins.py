"""Joins: two users that are one person, and who decided it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "novigem_join",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("person", _TEXT, nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("author", _TEXT, nullable=True),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="novigem_join_pk"),
    )
