"""COUNT, MIN, MAX, SUM and AVG, with GROUP BY."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.soql.columns import Column, Scope
from novigem_sandbox.org.soql.lexer import malformed
from novigem_sandbox.org.soql.syntax import Aggregate, Path, Query
from novigem_sandbox.org.table import Row

_NUMBERS = ("currency", "double", "percent", "int")
_COUNTS: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "count_distinct": lambda values: len(set(values)),
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "sum": lambda values: _plain(sum(values, Decimal())) if values else None,
    "avg": lambda values: _plain(sum(values, Decimal()) / len(values)) if values else None,
}


def _plain(number: Decimal) -> Decimal:
    rounded = round(number, 6).normalize()
    exponent = rounded.as_tuple().exponent
    return rounded.quantize(Decimal("0.1")) if isinstance(exponent, int) and exponent > -1 else rounded


def aggregate_rows(scope: Scope, query: Query, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Give the rows of an aggregate query, groups in the order of their values. Raises Refusal."""
    groups = [scope.column(path) for path in query.groups]
    parts = _parts(scope, query, groups)
    members: dict[tuple[Any, ...], list[Row]] = {} if groups else {(): []}
    for row in rows:
        members.setdefault(tuple(column.get(row) for column in groups), []).append(row)
    keys = sorted(members, key=lambda key: [(value is not None, str(value)) for value in key])
    head = {"attributes": {"type": "AggregateResult"}}
    shown = [head | {name: part(key, members[key]) for name, part in parts} for key in keys]
    end = None if query.limit is None else query.offset + query.limit
    return shown[query.offset : end]


def _parts(
    scope: Scope, query: Query, groups: Sequence[Column]
) -> list[tuple[str, Callable[[tuple[Any, ...], list[Row]], Any]]]:
    parts: list[tuple[str, Callable[[tuple[Any, ...], list[Row]], Any]]] = []
    unnamed = 0
    for selected in query.fields:
        if isinstance(selected, Path):
            parts.append(_group_part(scope.column(selected), groups))
        elif isinstance(selected, Aggregate):
            name = selected.alias or f"expr{unnamed}"
            unnamed += selected.alias is None
            parts.append((name, _function_part(scope, selected)))
        else:
            raise malformed("The SOQL FIELDS function is not supported with aggregates")
    return parts


def _group_part(column: Column, groups: Sequence[Column]) -> tuple[str, Callable[[tuple[Any, ...], list[Row]], Any]]:
    place = next((place for place, group in enumerate(groups) if group.names == column.names), None)
    if place is not None:
        return column.names[-1], lambda key, _rows: key[place]
    raise malformed(f"Field must be grouped or aggregated: {column.names[-1]}")


def _function_part(scope: Scope, asked: Aggregate) -> Callable[[tuple[Any, ...], list[Row]], Any]:
    if asked.path is None:
        return lambda _key, rows: len(rows)
    column = scope.column(asked.path)
    if asked.function in ("sum", "avg") and column.field.type not in _NUMBERS:
        message = f"field {column.field.name} does not support aggregate operator {asked.function.upper()}"
        raise Refusal("MALFORMED_QUERY", message)
    function = _COUNTS[asked.function]
    return lambda _key, rows: function([value for row in rows if (value := column.get(row)) is not None])
