"""Displays: links to walls, which can be ended, and the tokens of embeds that were used."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "novigem_display_link",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("board", _TEXT, nullable=True),
        sa.Column("team", _TEXT, nullable=True),
        sa.Column("author", _TEXT, nullable=True),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="novigem_display_link_pk"),
    )
    op.create_table(
        "novigem_display_use",
        sa.Column("token", _TEXT, nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="novigem_display_use_pk"),
    )
