"""From when on which program version is in force. Those of before were in force from the start."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# "No start", as this version of the schema writes it.
_ALWAYS = -62_104_060_800_000_000


def upgrade() -> None:
    """Create the table, and note the versions that are there."""
    op.create_table(
        "novigem_timeline",
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("version", _TEXT, nullable=False),
        sa.Column("effective", sa.BigInteger(), nullable=False),
        sa.Column("how", _TEXT, nullable=False),
        sa.Column("author", _TEXT, nullable=True),
        sa.Column("reason", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("program", "accepted", name="novigem_timeline_pk"),
    )
    noted = sa.text(
        "INSERT INTO novigem_timeline (program, accepted, version, effective, how) "
        "SELECT program, accepted, version, :always, 'accepted' FROM novigem_program"
    )
    op.get_bind().execute(noted, {"always": _ALWAYS})
