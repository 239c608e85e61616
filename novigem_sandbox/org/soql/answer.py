"""Answering a query: which index to read, what to keep, in which order, and what to show of it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cmp_to_key
from itertools import islice
from typing import Any

from novigem_sandbox.org.database import Database
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.soql.aggregates import aggregate_rows
from novigem_sandbox.org.soql.columns import Column, Scope
from novigem_sandbox.org.soql.conditions import Compiled, compile_condition
from novigem_sandbox.org.soql.lexer import pointed
from novigem_sandbox.org.soql.parser import parse
from novigem_sandbox.org.soql.rendering import renderer
from novigem_sandbox.org.soql.syntax import Aggregate, AllFields, Ordering, Query
from novigem_sandbox.org.table import Row, Table

_ADVICE = (
    "is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity "
    "name. Please reference your WSDL or the describe call for the appropriate names."
)
_MOST_OFFSET = 2000
_BASE = "/services/data/v60.0"


class Answer:
    """What a query found. `total` is fixed; pages show the rows as they are when a page is asked for."""

    def __init__(
        self, table: Table, columns: Sequence[Column], show: Callable[[Row, str], dict[str, Any]], found: list[str]
    ) -> None:
        self.table = table
        self.columns = columns
        self.total = len(found)
        self._show = show
        self._found = found

    def rows(self, start: int, size: int) -> list[Row]:
        """Give the rows of a page; those that were purged since are missing."""
        held = self.table.rows
        return [held[one] for one in self._found[start : start + size] if one in held]

    def page(self, start: int, size: int, base: str = _BASE) -> list[dict[str, Any]]:
        """Give a page as the API shows it; `base` begins the addresses of records."""
        show = self._show
        return [show(row, base) for row in self.rows(start, size)]

    def all_rows(self) -> list[dict[str, Any]]:
        """Give everything as the API shows it."""
        return self.page(0, self.total)


class Counted(Answer):
    """What an aggregate query found, or `count()`: rows that belong to no record."""

    def __init__(self, table: Table, shown: list[dict[str, Any]], total: int) -> None:
        super().__init__(table, (), lambda _row, _base: {}, [])
        self.total = total
        self._shown = shown

    def page(self, start: int, size: int, base: str = _BASE) -> list[dict[str, Any]]:
        """Give a page as the API shows it."""
        del base
        return self._shown[start : start + size]


def answer_query(database: Database, text: str, *, deleted: bool) -> Answer:
    """Answer a query; `deleted` also finds deleted and archived rows. Raises Refusal."""
    query = parse(text)
    with database.lock:
        table = _table(database, query)
        scope = Scope(database, table.shape, text)
        found = _matching(database, scope, table, query, deleted=deleted)
        if any(isinstance(one, Aggregate) for one in query.fields) or query.groups:
            return _counted(scope, table, query, found)
        columns = list(_columns(scope, query))
        ids = [
            row["Id"]
            for row in islice(found, query.offset, None if query.limit is None else query.offset + query.limit)
        ]
        return Answer(table, columns, renderer(scope, columns), ids)


def _table(database: Database, query: Query) -> Table:
    try:
        return database.table(query.object)
    except Refusal as error:
        message = f"sObject type '{query.object}' {_ADVICE}"
        raise Refusal("INVALID_TYPE", pointed(query.text, query.object_at, message)) from error


def _counted(scope: Scope, table: Table, query: Query, found: Iterator[Row]) -> Counted:
    only = query.fields[0]
    if len(query.fields) == 1 and isinstance(only, Aggregate) and only.path is None and not query.groups:
        count = sum(1 for _ in found)
        return Counted(table, [], count if query.limit is None else min(count, query.limit))
    shown = aggregate_rows(scope, query, found)
    return Counted(table, shown, len(shown))


def _columns(scope: Scope, query: Query) -> Iterator[Column]:
    seen = set()
    for selected in query.fields:
        if isinstance(selected, Aggregate):
            continue
        columns = (
            scope.all_fields(selected, query.limit) if isinstance(selected, AllFields) else [scope.column(selected)]
        )
        for column in columns:
            if column.names in seen:
                raise scope.refuse(column.at, f"duplicate field selected: {'.'.join(column.names)}")
            seen.add(column.names)
            yield column


def _matching(database: Database, scope: Scope, table: Table, query: Query, *, deleted: bool) -> Iterator[Row]:
    """Yield the rows that a query finds, in its order."""
    if query.offset > _MOST_OFFSET:
        raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {_MOST_OFFSET}")
    condition = None
    if query.where is not None:
        condition = compile_condition(scope, query.where, time_zone=database.time_zone, now=_now(database))
    order = [(scope.column(one.path), one) for one in query.order]
    rows, is_ordered = _source(table, condition, order)
    kept = _kept(database, rows, condition, deleted=deleted)
    return kept if is_ordered else iter(_sorted(list(kept), order))


def _now(database: Database) -> datetime:
    return database.clock.now()


def _kept(database: Database, rows: Iterator[Row], condition: Compiled | None, *, deleted: bool) -> Iterator[Row]:
    unshared = database.unshared
    test = None if condition is None else condition.test
    for row in rows:
        if not deleted and (row.get("IsDeleted") or row.get("IsArchived")):
            continue
        if (test is None or test(row)) and row["Id"] not in unshared:
            yield row


def _source(
    table: Table, condition: Compiled | None, order: list[tuple[Column, Ordering]]
) -> tuple[Iterator[Row], bool]:
    """Choose the index to read, and say whether it gives the rows in the order that is asked for."""
    names = [column.field.name if column.is_own and not one.descending else "" for column, one in order]
    in_stamps = names[:1] == [table.shape.stamp_field] and names[1:] in ([], ["Id"])
    in_ids = names in ([], ["Id"])
    if condition is not None and condition.chosen is not None:
        return table.some(condition.chosen), in_ids
    stamps = (None, None) if condition is None or condition.stamps is None else condition.stamps
    if in_stamps or stamps[0] is not None:
        return table.by_stamp(*stamps), in_stamps
    ids = (None, None) if condition is None or condition.ids is None else condition.ids
    return table.by_id(*ids), in_ids


def _sorted(rows: list[Row], order: list[tuple[Column, Ordering]]) -> list[Row]:
    rows.sort(key=lambda row: str(row["Id"]))
    # From the last step to the first: each sort keeps the order of those before it.
    for column, one in reversed(order):
        rows.sort(key=_sort_key(column, one))
    return rows


def _sort_key(column: Column, one: Ordering) -> Callable[[Row], Any]:
    folds = column.field.type not in ("id", "reference")

    def compare(left: Any, right: Any) -> int:
        if left is None or right is None:
            if left is right:
                return 0
            return (1 if left is None else -1) * (1 if one.nulls_last else -1)
        if left == right:
            return 0
        return (1 if left > right else -1) * (-1 if one.descending else 1)

    key = cmp_to_key(compare)

    def value(row: Row) -> Any:
        found = column.get(row)
        return key(found.casefold() if folds and isinstance(found, str) else found)

    return value
