"""Several challenges: what an entry counts for beside its first one."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column, empty in every entry that is there: each counted for one challenge at most."""
    op.add_column("novigem_ledger", sa.Column("also", _TEXT, nullable=True))
