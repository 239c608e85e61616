"""The first schema: the append-only ledger, the change log, and what is derived from the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_POSTGRES_GUARD = """
CREATE FUNCTION novigem_ledger_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END $$
"""


def upgrade() -> None:
    """Create every table, and let the database itself refuse to change or remove a ledger entry."""
    op.create_table(
        "novigem_badge_award",
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("badge", _TEXT, nullable=False),
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("challenge", _TEXT, nullable=False),
        sa.Column("period", _TEXT, nullable=False),
        sa.Column("awarded", sa.BigInteger(), nullable=False),
        sa.Column("reason", _TEXT, nullable=True),
        sa.Column("author", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("program", "badge", "user", "challenge", "period", name=("novigem_badge_award_pk")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "novigem_change",
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("object", _TEXT, nullable=False),
        sa.Column("record", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("at", "digest", name=("novigem_change_pk")),
        sqlite_with_rowid=False,
    )
    op.create_index("novigem_change_record_idx", "novigem_change", ["record"], unique=False)
    op.create_table(
        "novigem_item",
        sa.Column("scope", _TEXT, nullable=False),
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("item", _TEXT, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "user", "item", name=("novigem_item_pk")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "novigem_ledger",
        sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("version", _TEXT, nullable=False),
        sa.Column("rule", _TEXT, nullable=True),
        sa.Column("challenge", _TEXT, nullable=True),
        sa.Column("period", _TEXT, nullable=True),
        sa.Column("object", _TEXT, nullable=True),
        sa.Column("record", _TEXT, nullable=True),
        sa.Column("account", _TEXT, nullable=True),
        sa.Column("change", sa.LargeBinary(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("goal_value", sa.BigInteger(), nullable=False),
        sa.Column("goal_item", _TEXT, nullable=True),
        sa.Column("occurred", sa.BigInteger(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.Column("reason", _TEXT, nullable=True),
        sa.Column("author", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("entry", name=("novigem_ledger_pk")),
        sa.UniqueConstraint("key_digest", "generation", name=("novigem_ledger_key_digest_generation_key")),
    )
    op.create_index("novigem_ledger_record_idx", "novigem_ledger", ["record"], unique=False)
    op.create_index(
        "novigem_ledger_reverses_key",
        "novigem_ledger",
        ["reverses"],
        unique=True,
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.create_index("novigem_ledger_user_idx", "novigem_ledger", ["user", "program"], unique=False)
    op.create_table(
        "novigem_person",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=True),
        sa.Column("email", _TEXT, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("role", _TEXT, nullable=True),
        sa.Column("manager", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=("novigem_person_pk")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "novigem_position",
        sa.Column("feed", _TEXT, nullable=False),
        sa.Column("position", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("feed", name=("novigem_position_pk")),
    )
    op.create_table(
        "novigem_program",
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("version", _TEXT, nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("program", "version", name=("novigem_program_pk")),
    )
    op.create_table(
        "novigem_progress",
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("challenge", _TEXT, nullable=False),
        sa.Column("period", _TEXT, nullable=False),
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("completed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("program", "challenge", "period", "user", name=("novigem_progress_pk")),
        sqlite_with_rowid=False,
    )
    op.create_index("novigem_progress_user_idx", "novigem_progress", ["user"], unique=False)
    op.create_table(
        "novigem_rejected",
        sa.Column("feed", _TEXT, nullable=False),
        sa.Column("place", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("raw", _TEXT, nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "place", name=("novigem_rejected_pk")),
    )
    op.create_table(
        "novigem_total",
        sa.Column("book", _TEXT, nullable=False),
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("book", "user", name=("novigem_total_pk")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "novigem_total_rank_idx",
        "novigem_total",
        ["book", sa.literal_column("points DESC"), "reached", "accounts", "entries"],
        unique=False,
    )
    op.create_table(
        "novigem_tier",
        sa.Column("book", _TEXT, nullable=False),
        sa.Column("chain", _TEXT, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("second", sa.BigInteger(), nullable=False),
        sa.Column("third", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("book", "chain", "points", "first", "second", "third", name="novigem_tier_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "novigem_tier_shared_idx",
        "novigem_tier",
        ["book", "chain", "points", "first", "second", "third", "people"],
        unique=False,
        sqlite_where=sa.text("people > 1"),
        postgresql_where=sa.text("people > 1"),
    )

    _guard_ledger(op.get_bind().dialect.name)


def _guard_ledger(dialect: str) -> None:
    if dialect == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER novigem_ledger_no_{verb.lower()} BEFORE {verb} ON novigem_ledger "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )
        return
    op.execute(_POSTGRES_GUARD)
    op.execute(
        "CREATE TRIGGER novigem_ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON novigem_ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION novigem_ledger_guard()"
    )
