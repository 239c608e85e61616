"""Signing in: sessions, links that work once, and what people set for themselves; and who leads whom, by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "novigem_session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user", _TEXT, nullable=True),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("provider", _TEXT, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("agent", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="novigem_session_pk"),
    )
    op.create_index("novigem_session_user_idx", "novigem_session", ["user"])
    op.create_table(
        "novigem_sign_in_link",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user", _TEXT, nullable=True),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="novigem_sign_in_link_pk"),
    )
    op.create_table(
        "novigem_preference",
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("user", "name", name="novigem_preference_pk"),
    )
    op.create_index("novigem_person_manager_idx", "novigem_person", ["manager"])
