"""Privacy in a database: who is not listed, who was erased, and the secrets behind both."""

import secrets
from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select

from novigem.ledger.sql import tables
from novigem.ledger.sql.bulk import BulkWriter
from novigem.model.redaction import NO_REDACTION, SUPPRESSIONS, Erasure, Redactor, Suppression

_SECRET_BYTES = 32
_ROWS_AT_A_TIME = 2000
_PRIVACY = BulkWriter(tables.privacy, "update")
_SECRETS = BulkWriter(tables.secret, "ignore")
_ERASED = BulkWriter(tables.erased, "update")
_ERASURES = BulkWriter(tables.erasure)
# Whoever writes shares it, and whoever erases has it alone: nothing raw is written while somebody is erased.
_POSTGRES_LOCK = 0x4E6F7665696C


def read_redactor(connection: Connection) -> Redactor:
    """Give who is erased."""
    suppressions = [Suppression(*row) for row in connection.execute(select(tables.erased))]
    if not suppressions:
        return NO_REDACTION
    return Redactor(read_secret(connection, SUPPRESSIONS) or b"", {one.mark: one for one in suppressions})


def read_secret(connection: Connection, name: str) -> bytes | None:
    """Give a secret of this database; None where it has not been made."""
    return connection.execute(select(tables.secret.c.value).where(tables.secret.c.name == name)).scalar()


def make_secret(connection: Connection, name: str) -> bytes:
    """Give a secret of this database, and make it if there is none; two who make it at once get the same."""
    _SECRETS.write(connection, [(name, secrets.token_bytes(_SECRET_BYTES))])
    return read_secret(connection, name) or b""


def share_with_writers(connection: Connection) -> None:
    """Wait until nobody is erasing, and let nobody begin before this transaction ends."""
    # SQLite has one writer at a time.
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock_shared(_POSTGRES_LOCK)))


def keep_writers_out(connection: Connection) -> None:
    """Wait for everybody who writes, and let nobody write before this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_POSTGRES_LOCK)))


def write_opted_out(connection: Connection, user: str, moment: int | None) -> None:
    """Note that somebody is listed on no board, or with None that they are."""
    if moment is None:
        connection.execute(delete(tables.privacy).where(tables.privacy.c.user == user))
    else:
        _PRIVACY.write(connection, [(user, moment)])


def read_opted_out(connection: Connection) -> dict[str, int]:
    """Give who is listed on no board, and since when, ordered by user."""
    return {row[0]: row[1] for row in connection.execute(select(tables.privacy).order_by(tables.privacy.c.user))}


def write_erasure(connection: Connection, erasure: Erasure, suppressions: Sequence[Suppression]) -> Erasure:
    """Keep that somebody was erased, and give it back numbered."""
    last = connection.execute(select(func.coalesce(func.max(tables.erasure.c.number), 0))).scalar_one()
    numbered = erasure._replace(number=last + 1)
    _ERASED.write(connection, [tuple(one) for one in suppressions])
    _ERASURES.write(connection, [tuple(numbered)])
    return numbered


def read_erasures(connection: Connection) -> list[Erasure]:
    """Give the erasures there were, oldest first."""
    return [Erasure(*row) for row in connection.execute(select(tables.erasure).order_by(tables.erasure.c.number))]


def scrub(connection: Connection) -> None:
    """Let a database give up what it keeps of old rows: in free pages and beside the file, or as dead rows.

    The connection must be outside of a transaction.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return
    for table in tables.metadata.sorted_tables:
        connection.exec_driver_sql(f"VACUUM {table.name}")
