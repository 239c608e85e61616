"""What people wish: who is listed on no board, who was erased, and the secrets behind pseudonyms."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the four tables, and let judgements keep what the id of their flag is made of."""
    op.create_table(
        "novigem_privacy",
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("opted_out", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user", name="novigem_privacy_pk"),
    )
    op.create_table(
        "novigem_secret",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="novigem_secret_pk"),
    )
    op.create_table(
        "novigem_erased",
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("user", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("mark", name="novigem_erased_pk"),
    )
    op.create_table(
        "novigem_erasure",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("author", _TEXT, nullable=True),
        sa.Column("counts", _TEXT, nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("after", sa.LargeBinary(), nullable=True),
        sa.Column("closings", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="novigem_erasure_pk"),
    )
    op.add_column("novigem_flag", sa.Column("about", _TEXT, nullable=True))
