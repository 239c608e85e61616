"""Final standings: written once, and guarded by the database like the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_POSTGRES_GUARD = """
CREATE OR REPLACE FUNCTION novigem_closing_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'final standings do not change';
END $$
"""


def upgrade() -> None:
    """Create the table, and let the database itself refuse to change or remove a row."""
    op.create_table(
        "novigem_closing",
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("period", _TEXT, nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("version", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("program", "kind", "id", "period", name="novigem_closing_pk"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER novigem_closing_no_{verb.lower()} BEFORE {verb} ON novigem_closing "
                "BEGIN SELECT RAISE(ABORT, 'final standings do not change'); END"
            )
        return
    op.execute(_POSTGRES_GUARD)
    op.execute(
        "CREATE TRIGGER novigem_closing_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON novigem_closing "
        "FOR EACH STATEMENT EXECUTE FUNCTION novigem_closing_guard()"
    )
