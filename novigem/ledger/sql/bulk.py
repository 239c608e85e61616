"""Writing and reading many rows at once: plain values straight to the driver, one statement per table and database.

SQLite takes `executemany`; PostgreSQL takes one array per column and unnests them, so that a batch is one round trip.
Keys to read by are a table of values on the one and unnested arrays on the other: a long `IN` costs more to compile
than to answer. Measured in `benchmarks/ledger.py`.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql

_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves the dialect factories untyped


class BulkWriter:
    """Inserts rows (tuples in the order of `columns`) into one table.

    `on_conflict` is `fail`, `ignore`, or `update`, which writes the columns outside the primary key over the old row,
    all but those to `keep`.
    """

    def __init__(self, table: Table, on_conflict: str = "fail", *, keep: Collection[str] = ()) -> None:
        self.columns = tuple(column.name for column in table.columns)
        names = ", ".join(_quoted(name) for name in self.columns)
        key = [column.name for column in table.primary_key]
        rest = [name for name in self.columns if name not in key and name not in keep]
        updates = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in rest)
        conflict = {
            "fail": "",
            "ignore": " ON CONFLICT DO NOTHING",
            "update": f" ON CONFLICT ({', '.join(_quoted(name) for name in key)}) DO UPDATE SET {updates}",
        }[on_conflict]
        head = f"INSERT INTO {table.name} ({names})"
        casts = _casts(tuple(table.columns))
        self._sqlite = f"{head} VALUES ({', '.join('?' for _ in self.columns)}){conflict}"
        self._postgres = f"{head} SELECT * FROM unnest({casts}){conflict}"  # noqa: S608 - our own table and column names

    def write(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Insert rows; gives how many the database took."""
        if not rows:
            return 0
        if connection.dialect.name == "sqlite":
            result = connection.exec_driver_sql(self._sqlite, list(rows))
        else:
            result = connection.exec_driver_sql(self._postgres, arrays(rows))
        return result.rowcount


class KeyUpdater:
    """Sets some columns of the rows of one table that have one of many keys; a key without a row is passed over.

    Rows to write are tuples: the values of `columns`, then those of the primary key.
    """

    def __init__(self, table: Table, *columns: str) -> None:
        key = [column.name for column in table.primary_key]
        names = [*columns, *key]
        settings = ", ".join(f"{_quoted(name)} = ?" for name in columns)
        matches = " AND ".join(f"{_quoted(name)} = ?" for name in key)
        self._sqlite = f"UPDATE {table.name} SET {settings} WHERE {matches}"  # noqa: S608 - our own table and column names
        given = {name: f"given.column{n}" for n, name in enumerate(names, start=1)}
        settings = ", ".join(f"{_quoted(name)} = {given[name]}" for name in columns)
        matches = " AND ".join(f"kept.{_quoted(name)} = {given[name]}" for name in key)
        casts = _casts([table.columns[name] for name in names])
        rows = f"unnest({casts}) AS given({', '.join(f'column{n}' for n, _name in enumerate(names, start=1))})"
        self._postgres = f"UPDATE {table.name} AS kept SET {settings} FROM {rows} WHERE {matches}"  # noqa: S608 - our own table and column names

    def write(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Set the columns, in the order of the rows."""
        if not rows:
            return
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(self._sqlite, list(rows))
        else:
            connection.exec_driver_sql(self._postgres, arrays(rows))


# Far below the parameter limits of both databases (SQLite 32,766, PostgreSQL 65,535).
_KEYS_AT_A_TIME = 5000


class KeyReader:
    """Reads the rows of one table that have one of many keys, as tuples in the order of the table's columns.

    `key` names the columns that a key gives values for, `same` those whose one value holds for all keys of a reading.
    `columns` are those to read, all of them if left out. `also` is one more SQL expression to select over `found`.
    `between` names a column that must lie in `[since, until)`, two more values that hold for all keys. `only` names a
    boolean column that must be true, and `where` is a condition in SQL that begins with a column. `unless` is such a
    condition too: where it holds, only the first two columns of the key have to match.
    """

    def __init__(
        self,
        table: Table,
        *key: str,
        same: Sequence[str] = (),
        columns: Sequence[str] | None = None,
        also: str | None = None,
        between: str | None = None,
        only: str | None = None,
        where: str | None = None,
        unless: str | None = None,
    ) -> None:
        names = [f"found.{_quoted(name)}" for name in columns or table.columns.keys()]
        held = [f"found.{_quoted(name)} = wanted.column{n}" for n, name in enumerate(key, start=1)]
        if unless and held[2:]:
            held[2:] = [f"(({' AND '.join(held[2:])}) OR found.{unless})"]
        held += [f"found.{_quoted(only)}"] if only else []
        held += [f"found.{where}"] if where else []
        wanted = ", ".join(f"column{n}" for n, _name in enumerate(key, start=1))
        head = f"SELECT {', '.join([*names, also] if also else names)} FROM "  # noqa: S608 - our own table and column names
        self._row = f"({', '.join('?' for _ in key)})"
        # In SQLite, CROSS JOIN keeps the order of the tables: look each key up, never scan.
        fixed = [f"{_quoted(name)} =" for name in same]
        fixed += [f"{_quoted(between)} >=", f"{_quoted(between)} <"] if between else []
        matches = " AND ".join([*(f"found.{test} ?" for test in fixed), *held])
        self._sqlite = (f"{head}(VALUES ", f") AS wanted CROSS JOIN {table.name} AS found ON {matches}")
        matches = " AND ".join([*(f"found.{test} %s" for test in fixed), *held])
        casts = _casts([table.columns[name] for name in key])
        self._postgres = f"{head}unnest({casts}) AS wanted({wanted}) JOIN {table.name} AS found ON {matches}"

    def read(self, connection: Connection, keys: Collection[tuple[Any, ...]], *same: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that there are, in no order."""
        every = list(dict.fromkeys(keys))
        for start in range(0, len(every), _KEYS_AT_A_TIME):
            part = every[start : start + _KEYS_AT_A_TIME]
            if connection.dialect.name == "sqlite":
                statement = ", ".join([self._row] * len(part)).join(self._sqlite)
                result = connection.exec_driver_sql(statement, (*(value for key in part for value in key), *same))
            else:
                result = connection.exec_driver_sql(self._postgres, (*arrays(part), *same))
            # Straight from the driver: rows of SQLAlchemy cost three times as much to fetch, one by one.
            yield from result.cursor.fetchall()


def arrays(rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Give the columns of some rows as parameters for PostgreSQL, to be cast to arrays."""
    return tuple(_array(column) for column in zip(*rows, strict=True))


def _array(values: tuple[Any, ...]) -> Any:
    """Give values as the text of an array, where they are of one kind that is easily written.

    psycopg writes an array value by value in Python: 1,000 copies of records then take 65 ms to write, and 25 ms so.
    """
    kinds = set(map(type, values))
    if kinds == {int}:
        return f"{{{','.join(map(str, values))}}}"
    if kinds == {bytes}:
        return "{" + ",".join(f'"\\\\x{value.hex()}"' for value in values) + "}"
    if kinds == {str}:
        # No text may hold NUL, so it marks where one ends; psycopg refuses, as ever, what has one inside.
        joined = "\0".join(values)
        if joined.count("\0") == len(values) - 1:
            quoted = joined.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
            return f'{{"{quoted}"}}'
    return list(values)


def _casts(columns: Sequence[Column[Any]]) -> str:
    # An array has no collation of its own.
    types = (column.type.compile(_POSTGRES).partition(" COLLATE")[0] for column in columns)
    return ", ".join(f"%s::{name}[]" for name in types)


def _quoted(name: str) -> str:
    # Our own column names only; `user` and `at` are reserved words in one database or the other.
    return f'"{name}"'
