"""What people decided about flags."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table; those of the schema before are left as they are."""
    op.create_table(
        "novigem_flag",
        sa.Column("flag", _TEXT, nullable=False),
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("detector", _TEXT, nullable=False),
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("author", _TEXT, nullable=False),
        sa.Column("judged", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("flag", name="novigem_flag_pk"),
    )
