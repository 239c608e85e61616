"""Erasing in a database: the one time that old rows are written over, and the guards of the ledger lifted for it.

Erasing walks every table that there is, so that one which joins later is not forgotten.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, func, literal, select, text, tuple_, update

from novigem.ledger.journal import BEGINNING, JournalRow, entry_bytes
from novigem.ledger.privacy import Resealed, Rewritten, Row, resealed
from novigem.ledger.rechain import must_be_whole, rewrite_chain
from novigem.ledger.redaction import FORGOTTEN_TABLES, UNTOUCHED_TABLES, ProgramRedactor, redacted_row
from novigem.ledger.row_digests import Renamed
from novigem.ledger.sql import tables
from novigem.model.redaction import Redactor

_ROWS_AT_A_TIME = 2000


def rows_naming(connection: Connection, redactor: Redactor, redact_program: ProgramRedactor) -> Iterator[Row]:
    """Yield every row that names somebody whom a redactor knows."""
    for table in _tables():
        for part in _parts(connection, table):
            yield from (Row(table.name, row) for row in part if redacted_row(table.name, row, redactor, redact_program))


def erase(connection: Connection, redactor: Redactor, redact_program: ProgramRedactor) -> Rewritten:
    """Write every row that names somebody whom a redactor knows anew, and the journal from the first such entry on."""
    must_be_whole(_journal(connection), _bodies(connection), _sealed(connection))
    counts: Counter[str] = Counter()
    closings: list[Resealed] = []
    first: int | None = None
    renamed = Renamed()
    with _guards_lifted(connection), _overwriting(connection):
        for table in _tables():
            for part in _parts(connection, table):
                changed = [
                    (row, made) for row in part if (made := redacted_row(table.name, row, redactor, redact_program))
                ]
                counts[table.name] += len(changed)
                for row, made in changed:
                    renamed.add(table.name, row, made)
                if table.name in FORGOTTEN_TABLES:
                    _remove(connection, table, [row for row, _made in changed])
                else:
                    _update(connection, table, changed)
                if table is tables.closing:
                    closings += [resealed(row, made) for row, made in changed]
                if table is tables.ledger and changed and first is None:
                    first = changed[0][0]["entry"]
        before, after = _chain_anew(connection, first, renamed)
    return Rewritten({name: count for name, count in counts.items() if count}, before, after, tuple(closings))


def _chain_anew(connection: Connection, first: int | None, renamed: Renamed) -> tuple[bytes | None, bytes | None]:
    """Write the journal anew from the batch of an entry, or the first that notes other rows, on.

    Gives its last digest before and after; None where nothing of it is another.
    """
    journal, columns = tables.journal, tables.journal.c
    query = select(columns.batch, columns.rows).where(columns.rows.is_not(None)).order_by(columns.batch)
    noted = renamed.anew((batch, kept) for batch, kept in connection.execute(query))
    batches = list(noted)
    if first is not None:
        of_entry = select(func.min(columns.batch)).where(columns.last >= first)
        batches.append(connection.execute(of_entry).scalar_one())
    if not batches:
        return None, None
    begin = min(batches)
    newest = select(columns.digest).order_by(columns.batch.desc()).limit(1)
    before = connection.execute(newest).scalar_one()
    previous = connection.execute(newest.where(columns.batch < begin)).scalar() or BEGINNING
    rows = (
        JournalRow(*(row | {"rows": noted.get(row["batch"], row["rows"])}).values())
        for part in _parts(connection, journal)
        for row in part
        if row["batch"] >= begin
    )
    key = columns.batch == bindparam("key")
    statement = (
        update(journal)
        .where(key)
        .values({columns[name]: bindparam(f"new_{name}") for name in ("checks", "previous", "digest", "rows")})
    )
    for row in rewrite_chain(rows, previous, partial(_bodies_between, connection)):
        values = {"new_checks": row.checks, "new_previous": row.previous, "new_digest": row.digest}
        connection.execute(statement, {"key": row.batch, "new_rows": row.rows, **values})
    return before, connection.execute(newest).scalar_one()


def _bodies_between(connection: Connection, first: int, last: int) -> list[bytes]:
    columns = tables.ledger.c
    query = select(tables.ledger).where(columns.entry.between(first, last)).order_by(columns.entry)
    return [entry_bytes(tuple(row)) for row in connection.execute(query)]


def _journal(connection: Connection) -> Iterator[JournalRow]:
    return (JournalRow(*row.values()) for part in _parts(connection, tables.journal) for row in part)


def _bodies(connection: Connection) -> Iterator[tuple[int, bytes]]:
    rows = (tuple(row.values()) for part in _parts(connection, tables.ledger) for row in part)
    return ((row[0], entry_bytes(row)) for row in rows)


def _sealed(connection: Connection) -> Iterator[tuple[str, str]]:
    return ((row["body"], row["digest"]) for part in _parts(connection, tables.closing) for row in part)


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


def _remove(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    columns = list(table.primary_key)
    matches = and_(*(column == bindparam(f"key_{n}") for n, column in enumerate(columns)))
    keys = [{f"key_{n}": row[column.name] for n, column in enumerate(columns)} for row in rows]
    if keys:
        connection.execute(delete(table).where(matches), keys)


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
