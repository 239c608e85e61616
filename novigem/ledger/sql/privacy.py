"""Privacy in a database: who is not listed, who was erased, and the one time that old rows are written over.

Erasing walks every table that there is, so that one which joins later is not forgotten.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, func, literal, select, text, tuple_, update

from novigem.ledger.privacy import Row
from novigem.ledger.sql import tables
from novigem.ledger.sql.bulk import BulkWriter
from novigem.ledger.veiling import UNTOUCHED_TABLES, ProgramVeil, veiled_row
from novigem.model.veil import MARKS, NO_VEIL, Erasure, Mark, Veil

_SECRET_BYTES = 32
_ROWS_AT_A_TIME = 2000
_PRIVACY = BulkWriter(tables.privacy, "update")
_SECRETS = BulkWriter(tables.secret, "ignore")
_ERASED = BulkWriter(tables.erased, "update")
_ERASURES = BulkWriter(tables.erasure)
# Whoever writes shares it, and whoever erases has it alone: nothing raw is written while somebody is erased.
_POSTGRES_LOCK = 0x4E6F7665696C


def read_veil(connection: Connection) -> Veil:
    """Give who is erased."""
    marks = [Mark(*row) for row in connection.execute(select(tables.erased))]
    if not marks:
        return NO_VEIL
    return Veil(read_secret(connection, MARKS) or b"", {one.mark: one for one in marks})


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


def write_erasure(connection: Connection, erasure: Erasure, marks: Sequence[Mark]) -> Erasure:
    """Keep that somebody was erased, and give it back numbered."""
    last = connection.execute(select(func.coalesce(func.max(tables.erasure.c.number), 0))).scalar_one()
    numbered = erasure._replace(number=last + 1)
    _ERASED.write(connection, [tuple(one) for one in marks])
    _ERASURES.write(connection, [tuple(numbered)])
    return numbered


def read_erasures(connection: Connection) -> list[Erasure]:
    """Give the erasures there were, oldest first."""
    return [Erasure(*row) for row in connection.execute(select(tables.erasure).order_by(tables.erasure.c.number))]


def rows_naming(connection: Connection, veil: Veil, veil_program: ProgramVeil) -> Iterator[Row]:
    """Yield every row that names somebody behind a veil."""
    for table in _tables():
        for part in _parts(connection, table):
            yield from (Row(table.name, row) for row in part if veiled_row(table.name, row, veil, veil_program))


def rewrite_rows(connection: Connection, veil: Veil, veil_program: ProgramVeil) -> dict[str, int]:
    """Write every row that names somebody behind a veil anew; gives how many there were, by table."""
    counts: Counter[str] = Counter()
    with _guards_lifted(connection), _overwriting(connection):
        for table in _tables():
            for part in _parts(connection, table):
                changed = [(row, made) for row in part if (made := veiled_row(table.name, row, veil, veil_program))]
                counts[table.name] += len(changed)
                _update(connection, table, changed)
    return {name: count for name, count in counts.items() if count}


def _tables() -> list[Table]:
    return [table for table in tables.metadata.sorted_tables if table.name not in UNTOUCHED_TABLES]


def _parts(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Read a table some rows at a time, in order of its key: rows behind may be written over meanwhile.

    A row whose key is written anew may come a second time, and names nobody by then.
    """
    key = list(table.primary_key)
    query = select(table).order_by(*key).limit(_ROWS_AT_A_TIME)
    part = [dict(row) for row in connection.execute(query).mappings()]
    while part:
        yield part
        last = tuple_(*(literal(part[-1][column.name], column.type) for column in key))
        part = [dict(row) for row in connection.execute(query.where(tuple_(*key) > last)).mappings()]


def _update(connection: Connection, table: Table, changed: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row, made in changed:
        key = {f"key_{n}": row[column.name] for n, column in enumerate(table.primary_key)}
        by_columns[tuple(made)].append(key | {f"new_{n}": value for n, value in enumerate(made.values())})
    matches = and_(*(column == bindparam(f"key_{n}") for n, column in enumerate(table.primary_key)))
    for columns, parameters in by_columns.items():
        values: dict[Any, Any] = {table.c[name]: bindparam(f"new_{n}") for n, name in enumerate(columns)}
        connection.execute(update(table).where(matches).values(values), parameters)


@contextmanager
def _guards_lifted(connection: Connection) -> Iterator[None]:
    """Take the triggers of our tables away and put them back, all inside the transaction; a failure undoes both."""
    if connection.dialect.name == "sqlite":
        found = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'novigem~_%' ESCAPE '~'"
        guards = list(connection.execute(text(found)))
        for name, _sql in guards:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield
        for _name, sql in guards:
            connection.exec_driver_sql(sql)
        return
    wanted = [table.name for table in tables.metadata.sorted_tables]
    found = "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
    guarded = sorted(set(connection.execute(text(found)).scalars()) & set(wanted))
    for name in guarded:
        connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    yield
    for name in guarded:
        connection.exec_driver_sql(f"ALTER TABLE {name} ENABLE TRIGGER USER")


@contextmanager
def _overwriting(connection: Connection) -> Iterator[None]:
    """Have SQLite write zeros over what it gives up, and leave its setting as it was."""
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA secure_delete").scalar()
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    yield
    connection.exec_driver_sql(f"PRAGMA secure_delete = {before}")


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
