"""Digests of what a transaction wrote beside the ledger, chained with the entries in the journal."""

import sqlalchemy as sa
from alembic import op

from novigem.ledger.journal import Batch, JournalRow
from novigem.ledger.row_digests import DIGESTED, digest_row, is_digested

revision = "0012"
down_revision = "0011"

# The journal as it is at this version.
_JOURNAL = ("batch", "first", "last", "recorded", "checks", "previous", "digest", "rows")


def upgrade() -> None:
    """Give the journal its column, and note the rows that are there."""
    op.add_column("novigem_journal", sa.Column("rows", sa.LargeBinary(), nullable=True))
    _cover(op.get_bind())


def _cover(connection: sa.Connection) -> None:
    """Note what is older than that column, in one batch: what was changed before it is taken as it stands.

    Left uncovered, a database that notes nothing would look as if it might be old, for good.
    """
    batch = Batch()
    # Tables that came later hold nothing yet.
    for table in sorted(DIGESTED.keys() & set(sa.inspect(connection).get_table_names())):
        rows = [dict(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}").mappings()]  # noqa: S608 - our own table names
        # In one order in every database.
        batch.add_rows(sorted(digest_row(table, row) for row in rows if is_digested(table, row)))
    if batch:
        journal = sa.table("novigem_journal", *(sa.column(name) for name in _JOURNAL))
        newest = connection.execute(sa.select(journal).order_by(journal.c.batch.desc()).limit(1)).one_or_none()
        row = batch.row(None if newest is None else JournalRow(*newest))
        connection.execute(journal.insert().values({name: getattr(row, name) for name in _JOURNAL}))
