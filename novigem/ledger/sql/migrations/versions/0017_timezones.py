"""Time zones of people: as last told, and from when on which one was told."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Let people and assignments keep a time zone."""
    op.add_column("novigem_person", sa.Column("timezone", _TEXT, nullable=True))
    op.add_column("novigem_assignment", sa.Column("timezone", _TEXT, nullable=True))
    told = sa.text("timezone IS NOT NULL")
    op.create_index(
        "novigem_assignment_timezone_idx",
        "novigem_assignment",
        ["timezone"],
        sqlite_where=told,
        postgresql_where=told,
    )
