"""What the names in programs have come to mean, and the ids of roles, which outlast their names."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table, and let people and assignments keep the id of a role."""
    op.create_table(
        "novigem_binding",
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("means", _TEXT, nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("program", "kind", "name", "means", name="novigem_binding_pk"),
    )
    op.add_column("novigem_person", sa.Column("role_id", _TEXT, nullable=True))
    op.add_column("novigem_assignment", sa.Column("role_id", _TEXT, nullable=True))
