"""What rules that remember keep: claims; and an index that finds what came after a change of a record."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table of claims, and let the index of logged changes hold their moment."""
    op.create_table(
        "novigem_claim",
        sa.Column("fact_digest", sa.LargeBinary(), nullable=False),
        sa.Column("change", sa.LargeBinary(), nullable=False),
        sa.Column("part", _TEXT, nullable=False),
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("rule", _TEXT, nullable=False),
        sa.Column("record", _TEXT, nullable=False),
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("limits", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("wins", sa.Boolean(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("why", _TEXT, nullable=False),
        sa.Column("draft", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("fact_digest", "change", "part", name="novigem_claim_pk"),
    )
    op.create_index("novigem_claim_record_idx", "novigem_claim", ["record"])
    op.create_index("novigem_claim_limits_idx", "novigem_claim", ["limits", "user", "at"])
    op.drop_index("novigem_change_record_idx", table_name="novigem_change")
    op.create_index("novigem_change_record_idx", "novigem_change", ["record", "at"])
