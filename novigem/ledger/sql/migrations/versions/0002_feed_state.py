"""What a feed out of Salesforce keeps: copies of records, who works on which feed, and how its last read went."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the three tables; those of the schema before are left as they are."""
    op.create_table(
        "novigem_snapshot",
        sa.Column("org", _TEXT, nullable=False),
        sa.Column("object", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("values", _TEXT, nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.BigInteger(), nullable=False),
        sa.Column("sweep", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("org", "object", "id", name="novigem_snapshot_pk"),
    )
    op.create_table(
        "novigem_lease",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("owner", _TEXT, nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="novigem_lease_pk"),
    )
    op.create_table(
        "novigem_report",
        sa.Column("feed", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("feed", name="novigem_report_pk"),
    )
