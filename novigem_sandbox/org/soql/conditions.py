"""WHERE as a function of a row, with what it says about stamps and ids, so that an index can be used."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from novigem.model.ids import whole_id
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.soql.columns import Column, Get, Scope
from novigem_sandbox.org.soql.spans import days_of, midnight
from novigem_sandbox.org.soql.syntax import Comparison, Condition, Group, Literal, Negation
from novigem_sandbox.org.table import Row

Test = Callable[[Row], bool]
#: From and to, both included; None where it is open.
Range = tuple[str | None, str | None]

_NUMBERS = ("currency", "double", "percent", "int")
_IDS = ("id", "reference")
# What stands behind every stamp and id.
_END = "~"
_LONGEST_FILTERED = 255


class Compiled(NamedTuple):
    """A condition: its test, and the stamps and ids that a row must have for it to hold (None: any)."""

    test: Test
    stamps: Range | None = None
    ids: Range | None = None
    chosen: frozenset[str] | None = None


class Span(NamedTuple):
    """A literal as the values that it covers: from `first` to before `after`; a single value has no `after`."""

    first: Any
    after: Any = None


def compile_condition(scope: Scope, condition: Condition, *, time_zone: str, now: datetime) -> Compiled:
    """Make a condition into a function. Raises Refusal for fields and values that do not fit."""
    return _Compiler(scope, time_zone, now).compile(condition)


class _Compiler:
    def __init__(self, scope: Scope, time_zone: str, now: datetime) -> None:
        self._scope = scope
        self._zone = time_zone
        self._now = now

    def compile(self, condition: Condition) -> Compiled:
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        if isinstance(condition, Negation):
            test = self.compile(condition.condition).test
            return Compiled(lambda row: not test(row))
        return self._group(condition)

    def _group(self, group: Group) -> Compiled:
        parts = [self.compile(one) for one in group.conditions]
        tests = tuple(part.test for part in parts)
        is_all = group.operator == "and"
        join = _meet if is_all else _span
        chosen = [part.chosen for part in parts if part.chosen is not None]
        return Compiled(
            _all_of(tests) if is_all else _any_of(tests),
            join([part.stamps for part in parts]),
            join([part.ids for part in parts]),
            frozenset.intersection(*chosen) if chosen and is_all else None,
        )

    def _comparison(self, comparison: Comparison) -> Compiled:
        column = self._scope.column(comparison.path)
        if _is_long(column):
            message = f"field '{column.field.name}' can not be filtered in a query call"
            raise self._scope.refuse(comparison.path.at, message)
        values = [self._value(column, literal) for literal in comparison.literals]
        test = _test(column, comparison.operator, values)
        if not column.is_own:
            return Compiled(test)
        limits = _limits(comparison.operator, values)
        if column.field.name == self._scope.shape.stamp_field:
            return Compiled(test, stamps=limits)
        if column.field.name == "Id":
            listed = comparison.operator in ("=", "in")
            chosen = frozenset(str(value.first) for value in values) if listed else None
            return Compiled(test, ids=limits, chosen=chosen)
        return Compiled(test)

    def _value(self, column: Column, literal: Literal) -> Span:  # noqa: PLR0911 - a row for each kind of field
        """Give a literal in the form in which rows hold the field's values. Raises Refusal."""
        kind, wanted = literal.kind, column.field.type
        if kind == "null":
            return Span(None)
        if wanted in _IDS and kind == "string":
            return Span(_id(str(literal.value), literal))
        if wanted in _NUMBERS and kind == "number":
            return Span(Decimal(str(literal.value)))
        if (wanted, kind) in (("boolean", "boolean"), ("date", "date")):
            return Span(literal.value)
        if wanted == "datetime" and kind == "datetime":
            return Span(_moment(literal))
        if wanted in ("date", "datetime") and kind not in ("string", "number", "boolean", "date", "datetime"):
            return self._span(literal, is_day=wanted == "date")
        if kind == "string" and wanted not in (*_NUMBERS, *_IDS, "boolean", "date", "datetime"):
            return Span(str(literal.value).casefold())
        raise self._scope.refuse(column.at, _unfit(column, kind))

    def _span(self, literal: Literal, *, is_day: bool) -> Span:
        first, after = days_of(literal.kind, int(literal.value or 0), self._now, self._zone)
        if is_day:
            return Span(first.isoformat(), after.isoformat())
        return Span(midnight(first, self._zone), midnight(after, self._zone))


def _is_long(column: Column) -> bool:
    field = column.field
    return (field.type == "textarea" and field.length > _LONGEST_FILTERED) or field.type in ("address", "anyType")


def _unfit(column: Column, kind: str) -> str:
    types = {"datetime": "dateTime", "int": "int", "reference": "ID", "id": "ID"}
    wanted = types.get(column.field.type, column.field.type)
    quoted = "and should not be enclosed in quotes" if kind == "string" else "and should be enclosed in quotes"
    known = column.field.type in (*_NUMBERS, "boolean", "date", "datetime")
    rest = quoted if known == (kind == "string") else ""
    return f"value of filter criterion for field '{column.field.name}' must be of type {wanted} {rest}".rstrip()


def _id(text: str, literal: Literal) -> str:
    try:
        return whole_id(text)
    except ValueError as error:
        message = f"invalid ID field: {str(literal.value)[:80]}"
        raise Refusal("INVALID_QUERY_FILTER_OPERATOR", message) from error


def _moment(literal: Literal) -> str:
    try:
        moment = datetime.fromisoformat(literal.text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refusal("INVALID_QUERY_FILTER_OPERATOR", f"invalid dateTime: {literal.text}") from error
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def _test(column: Column, operator: str, values: list[Span]) -> Test:
    get = _folded(column)
    if operator == "like":
        return _like(get, str(values[0].first or ""))
    if operator in ("=", "!=", "in", "not in"):
        return _equal(get, values, wanted=operator in ("=", "in"))
    value = values[0]
    if value.first is None:
        return lambda _row: False
    edge = value.after if value.after is not None and operator in (">", "<=") else value.first
    if value.after is not None:
        # A span is behind its last moment for `>`, and reaches up to it for `<=`.
        operator = {">": ">=", "<=": "<"}.get(operator, operator)
    return _ordered(get, operator, edge)


def _folded(column: Column) -> Get:
    """Give the value as comparisons take it: texts are compared without regard to case, ids are not."""
    get = column.get
    if column.field.type in (*_NUMBERS, *_IDS, "boolean", "date", "datetime"):
        return get

    def fold(row: Row) -> Any:
        value = get(row)
        return value.casefold() if isinstance(value, str) else value

    return fold


def _like(get: Get, pattern: str) -> Test:
    """Find the pieces between the `%` one after the other: no pattern makes it search for ever."""
    pieces = [_piece(piece) for piece in re.split(r"(?<!\\)%", pattern)]
    first, middle, last = pieces[0], pieces[1:-1], pieces[-1]
    ending = re.compile(f"(?:{last.pattern})\\Z", re.DOTALL)

    def test(row: Row) -> bool:
        value = get(row)
        if not isinstance(value, str):
            return False
        if len(pieces) == 1:
            return first.fullmatch(value) is not None
        found = first.match(value)
        for piece in middle:
            if found is None:
                return False
            found = piece.search(value, found.end())
        return found is not None and ending.search(value, found.end()) is not None

    return test


def _piece(text: str) -> re.Pattern[str]:
    """Give a piece of a pattern without `%`: each `_` is one character, unless a backslash stands before it."""
    parts = re.split(r"(\\[%_]|_)", text)
    made = ("." if part == "_" else re.escape(part[1:] if part in ("\\%", "\\_") else part) for part in parts)
    return re.compile("".join(made), re.DOTALL)


def _equal(get: Get, values: list[Span], *, wanted: bool) -> Test:
    plain = frozenset(value.first for value in values if value.after is None)
    spans = tuple(value for value in values if value.after is not None)
    if not spans:
        if len(plain) == 1:
            (only,) = plain
            return (lambda row: get(row) == only) if wanted else (lambda row: get(row) != only)
        return (lambda row: get(row) in plain) if wanted else (lambda row: get(row) not in plain)

    def test(row: Row) -> bool:
        value = get(row)
        inside = value is not None and any(span.first <= value < span.after for span in spans)
        return (inside or value in plain) == wanted

    return test


def _ordered(get: Get, operator: str, edge: Any) -> Test:
    if operator == "<":
        return lambda row: (value := get(row)) is not None and value < edge
    if operator == "<=":
        return lambda row: (value := get(row)) is not None and value <= edge
    if operator == ">":
        return lambda row: (value := get(row)) is not None and value > edge
    return lambda row: (value := get(row)) is not None and value >= edge


def _all_of(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 2:  # noqa: PLR2004 - a window has two ends, and this is what the feed asks most
        first, second = tests
        return lambda row: first(row) and second(row)
    return lambda row: all(test(row) for test in tests)


def _any_of(tests: tuple[Test, ...]) -> Test:
    return lambda row: any(test(row) for test in tests)


def _limits(operator: str, values: list[Span]) -> Range | None:
    if any(value.first is None for value in values) or operator in ("!=", "not in", "like"):
        return None
    firsts = [str(value.first) for value in values]
    lasts = [str(value.after or value.first) for value in values]
    if operator in ("=", "in"):
        return min(firsts), max(lasts)
    return (firsts[0], None) if operator in (">", ">=") else (None, lasts[0])


def _meet(ranges: list[Range | None]) -> Range | None:
    """Give the range in which all hold."""
    known = [one for one in ranges if one is not None]
    if not known:
        return None
    lows = [low for low, _high in known if low is not None]
    highs = [high for _low, high in known if high is not None]
    return max(lows, default=None), min(highs, default=None)


def _span(ranges: list[Range | None]) -> Range | None:
    """Give the range in which any may hold."""
    if any(one is None for one in ranges):
        return None
    known = [one for one in ranges if one is not None]
    low = min((one[0] or "" for one in known), default="")
    high = max((one[1] or _END for one in known), default=_END)
    return low or None, None if high == _END else high
