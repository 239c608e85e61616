"""A number that rises with every writing transaction: whoever keeps an answer sees by it whether it still holds."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Create the table, with its only row."""
    made = op.create_table(
        "novigem_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="novigem_revision_pk"),
    )
    op.bulk_insert(made, [{"id": 1, "number": 0}])
