"""When somebody came so far: in a challenge, and beside corrections by hand; and when a decision's points count."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"


def upgrade() -> None:
    """Let progress rows tell when their value was reached, and find adjustments without reading the ledger.

    Rows that are there already learn it from the entries when they next move, or when somebody asks.
    """
    op.add_column("novigem_progress", sa.Column("reached", sa.BigInteger(), nullable=True))
    op.add_column("novigem_request", sa.Column("occurred", sa.BigInteger(), nullable=True))
    is_adjustment = sa.text("kind = 'adjustment'")
    op.create_index(
        "novigem_ledger_adjustment_idx",
        "novigem_ledger",
        ["program", "user", "occurred"],
        sqlite_where=is_adjustment,
        postgresql_where=is_adjustment,
    )
