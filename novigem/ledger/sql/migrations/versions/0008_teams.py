"""Which role and manager everybody had from when on, which tells who belonged to a team when something happened."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# What was told first has been so always; the same moment as `ALWAYS_START`.
_ALWAYS = -62_104_060_800_000_000


def upgrade() -> None:
    """Create the table, and begin it with what is known of everybody."""
    op.create_table(
        "novigem_assignment",
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("role", _TEXT, nullable=True),
        sa.Column("manager", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("user", "since", name="novigem_assignment_pk"),
        sqlite_with_rowid=False,
    )
    known = 'INSERT INTO novigem_assignment ("user", since, role, manager) SELECT id, :always, role, manager'
    op.get_bind().execute(sa.text(f"{known} FROM novigem_person"), {"always": _ALWAYS})
