"""The journal over the ledger, which proves that no entry was changed, and requests that a second person decides."""

import sqlalchemy as sa
from alembic import op

from novigem.ledger.journal import Batch, JournalRow

revision = "0005"
down_revision = "0004"

# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# The ledger as it is at this version; later columns are null in what is older.
_COLUMNS = (
    "entry", "key_digest", "generation", "key", "kind", "user", "points", "program", "version", "rule", "challenge",
    "period", "object", "record", "account", "change", "seq", "goal_value", "goal_item", "occurred", "recorded",
    "reverses", "reason", "author",
)  # fmt: skip
# The journal as it is at this version.
_JOURNAL = ("batch", "first", "last", "recorded", "checks", "previous", "digest")
_ROWS_AT_A_TIME = 10_000


def upgrade() -> None:
    """Create the two tables, guard the journal, and cover the entries that are there."""
    op.create_table(
        "novigem_journal",
        sa.Column("batch", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.Column("checks", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("batch", name="novigem_journal_pk"),
    )
    op.create_table(
        "novigem_request",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("program", _TEXT, nullable=False),
        sa.Column("user", _TEXT, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("record", _TEXT, nullable=True),
        sa.Column("rule", _TEXT, nullable=True),
        sa.Column("appeal", sa.BigInteger(), nullable=True),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column("author", _TEXT, nullable=True),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", _TEXT, nullable=True),
        sa.Column("decision", _TEXT, nullable=True),
        sa.Column("paid", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="novigem_request_pk"),
    )
    _cover(op.get_bind())
    _guard_journal(op.get_bind().dialect.name)


def _cover(connection: sa.Connection) -> None:
    """Write the journal of all entries that are older than it, some at a time."""
    ledger = sa.table("novigem_ledger", *(sa.column(name) for name in _COLUMNS))
    journal = sa.table("novigem_journal", *(sa.column(name) for name in _JOURNAL))
    newest: JournalRow | None = None
    recorded = _COLUMNS.index("recorded")
    query = sa.select(ledger).order_by(ledger.c.entry).limit(_ROWS_AT_A_TIME)
    while rows := connection.execute(query.where(ledger.c.entry > (newest.last if newest else 0))).all():
        batch = Batch()
        batch.add([tuple(row) for row in rows], max(row[recorded] for row in rows))
        newest = batch.row(newest)
        connection.execute(journal.insert().values({name: getattr(newest, name) for name in _JOURNAL}))


def _guard_journal(dialect: str) -> None:
    if dialect == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER novigem_journal_no_{verb.lower()} BEFORE {verb} ON novigem_journal "
                "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )
        return
    # The guard of the ledger does for the journal too: it refuses whatever sets it off.
    op.execute(
        "CREATE TRIGGER novigem_journal_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON novigem_journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION novigem_ledger_guard()"
    )
