"""The operators: what each means, which field types it accepts, and what value it takes.

Every test is three-valued: True, False, or None for *unknown* (the value, or the value before, is not known, or is of
a type that cannot be compared). Only True pays. Null never satisfies a comparison; `notEquals`, `notIn` and
`notContains` are true for null.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from novigem.errors import InputError
from novigem.model.ids import reference
from novigem.model.program import Within
from novigem.model.text import one_form
from novigem.rules.patterns import fits


class _Missing:
    """The value of a field that the change does not tell."""

    def __repr__(self) -> str:
        return "unknown"


MISSING: Final = _Missing()


class FieldState(NamedTuple):
    """One field of one change: its value now, its value before, and whether the change changed it."""

    new: Any
    old: Any
    changed: bool | None
    at: datetime
    zone: ZoneInfo


Test = Callable[[FieldState, Any], bool | None]

# Field types, in the words of Salesforce's describe, grouped by how they compare.
TEXT = frozenset(
    {
        "string",
        "textarea",
        "picklist",
        "multipicklist",
        "id",
        "reference",
        "email",
        "phone",
        "url",
        "combobox",
        "encryptedstring",
    }
)
NUMBER = frozenset({"int", "long", "double", "currency", "percent"})
TIME = frozenset({"date", "datetime"})
BOOLEAN = frozenset({"boolean"})
ANY_TYPE = TEXT | NUMBER | TIME | BOOLEAN | {"time", "anyType", "base64", "address", "location"}


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: its name, meaning, the field types it accepts, the values it takes, and its test.

    `values` names what the program may write: any of `text`, `number`, `boolean`, `date`, `list`, `days`.
    `needs_old` is true where the test compares with the value before the change.
    """

    name: str
    meaning: str
    field_types: frozenset[str]
    values: tuple[str, ...]
    test: Test
    needs_old: bool = False


def same(value: Any, expected: Any, zone: ZoneInfo) -> bool:
    """Tell whether a field value equals an expected one: case-sensitive, and never across types (1 is not true).

    Both forms of an id are equal, and so are those of a letter with its accent.
    """
    if isinstance(expected, bool) or isinstance(value, bool):
        return value is expected
    if isinstance(expected, date):
        return _order(value, expected, zone) == 0
    if isinstance(expected, str):
        return isinstance(value, str) and bool(reference(value) == reference(expected))
    return isinstance(value, (int, float)) and value == expected


def _order(value: Any, expected: Any, zone: ZoneInfo) -> int | None:
    """Compare like `value - expected`: -1, 0, 1, or None where the two cannot be compared."""
    left: Any = value
    right: Any = expected
    if isinstance(expected, datetime):
        left = as_moment(value, zone)
        right = expected if expected.tzinfo else expected.replace(tzinfo=zone)
    elif isinstance(expected, date):
        left = as_day(value, zone)
    elif not isinstance(value, (int, float)):
        return None
    if left is None:
        return None
    return int(left > right) - int(left < right)


def as_moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """Read a Salesforce datetime (or a date, as its first instant in the zone); None if it is neither."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        # A datetime without offset names no instant; a plain date names the start of a local day.
        return moment.replace(tzinfo=zone) if len(value) == len("2026-01-05") else None
    return moment


def as_day(value: Any, zone: ZoneInfo) -> date | None:
    """Read a Salesforce date, or the local day of a datetime; None if it is neither."""
    if isinstance(value, str) and len(value) == len("2026-01-05"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    moment = as_moment(value, zone)
    try:
        return None if moment is None else moment.astimezone(zone).date()
    except OverflowError:
        # The first and the last day of the calendar have no neighbour in zones on the other side.
        return None


def is_blank(value: Any) -> bool:
    """Tell whether a known value is empty: null or empty text."""
    return value is None or value == ""


def _known(test: Callable[[Any, Any, ZoneInfo], bool | None]) -> Test:
    """Make a test of the value now; a value that is not told is unknown."""

    def on_state(state: FieldState, expected: Any) -> bool | None:
        return None if state.new is MISSING else test(state.new, expected, state.zone)

    return on_state


def _ordered(accept: frozenset[int]) -> Test:
    def test(value: Any, expected: Any, zone: ZoneInfo) -> bool | None:
        if value is None or value != value:  # noqa: PLR0124 - only NaN differs from itself; the change log keeps it as null
            return False
        order = _order(value, expected, zone)
        return None if order is None else order in accept

    return _known(test)


def _text(test: Callable[[str, str], bool], *, of_null: bool = False) -> Test:
    def on_value(value: Any, expected: Any, _zone: ZoneInfo) -> bool | None:
        if value is None:
            return of_null
        return test(one_form(value), one_form(expected)) if isinstance(value, str) else None

    return _known(on_value)


def _flag(test: Callable[[FieldState], bool | None]) -> Test:
    """Make a test that takes `true`, or `false` for its opposite; the opposite of unknown is unknown."""

    def on_state(state: FieldState, expected: Any) -> bool | None:
        result = test(state)
        return None if result is None else result is expected

    return on_state


def _blank_now(state: FieldState) -> bool | None:
    return None if state.new is MISSING else is_blank(state.new)


def _not_blank_now(state: FieldState) -> bool | None:
    blank = _blank_now(state)
    return None if blank is None else not blank


def _changed_from(state: FieldState, expected: Any) -> bool | None:
    return same(state.old, expected, state.zone) if state.changed else state.changed


def _changed_to(state: FieldState, expected: Any) -> bool | None:
    # It is `isChanged` and `equals` at once: another value now decides it, even where the value before is unknown.
    if state.new is not MISSING and not same(state.new, expected, state.zone):
        return False
    return None if state.changed and state.new is MISSING else state.changed


def _increased_by(state: FieldState, expected: Any) -> bool | None:
    if not state.changed:
        return state.changed
    if state.new is MISSING:
        return None
    if state.new is None or state.old is None:
        return False
    if not (isinstance(state.new, (int, float)) and isinstance(state.old, (int, float))):
        return None
    try:
        return bool(state.new - state.old >= expected)
    except OverflowError:
        return None


def _within(state: FieldState, expected: Within) -> bool | None:
    if state.new is MISSING:
        return None
    if state.new is None:
        return False
    day = as_day(state.new, state.zone)
    if day is None:
        return None
    ahead = (day - state.at.astimezone(state.zone).date()).days
    return (expected.from_days is None or ahead >= expected.from_days) and (
        expected.to_days is None or ahead <= expected.to_days
    )


def _guarded(name: str, test: Callable[[Any, Any], bool | None]) -> Callable[[Any, Any, ZoneInfo], bool | None]:
    def on_value(value: Any, expected: Any, _zone: ZoneInfo) -> bool | None:
        try:
            return test(value, expected)
        except Exception as error:
            raise InputError(
                f"the custom operator {name!r} failed on the value {value!r}: {error}",
                hint="make its function answer None (unknown) for values it cannot judge",
            ) from error

    return on_value


_SCALARS = ("text", "number", "boolean", "date")

BUILT_IN: Final[tuple[Operator, ...]] = (
    Operator(
        "equals",
        "the same value; text compares case-sensitively, an id in both its forms",
        ANY_TYPE,
        _SCALARS,
        _known(lambda value, expected, zone: value is not None and same(value, expected, zone)),
    ),
    Operator(
        "notEquals",
        "any other value; true for an empty field",
        ANY_TYPE,
        _SCALARS,
        _known(lambda value, expected, zone: value is None or not same(value, expected, zone)),
    ),
    Operator("greaterThan", "above the value", NUMBER | TIME, ("number", "date"), _ordered(frozenset({1}))),
    Operator(
        "greaterThanOrEqual", "the value or above", NUMBER | TIME, ("number", "date"), _ordered(frozenset({0, 1}))
    ),
    Operator("lessThan", "below the value", NUMBER | TIME, ("number", "date"), _ordered(frozenset({-1}))),
    Operator("lessThanOrEqual", "the value or below", NUMBER | TIME, ("number", "date"), _ordered(frozenset({-1, 0}))),
    Operator(
        "contains",
        "holds the text; for a multi-select, holds the value",
        TEXT,
        ("text",),
        _text(lambda value, part: part in value),
    ),
    Operator(
        "notContains",
        "does not hold the text; true for an empty field",
        TEXT,
        ("text",),
        _text(lambda value, part: part not in value, of_null=True),
    ),
    Operator("startsWith", "begins with the text", TEXT, ("text",), _text(str.startswith)),
    Operator("endsWith", "ends with the text", TEXT, ("text",), _text(str.endswith)),
    Operator(
        "matches",
        "fits the pattern as a whole: `*` is any text, also none, and `?` one character",
        TEXT,
        ("text",),
        _text(fits),
    ),
    Operator("isBlank", "the field is empty (`false`: it is not)", ANY_TYPE, ("boolean",), _flag(_blank_now)),
    Operator(
        "isNotBlank", "the field holds a value (`false`: it does not)", ANY_TYPE, ("boolean",), _flag(_not_blank_now)
    ),
    Operator(
        "isChanged",
        "this edit changed the field (`false`: it did not)",
        ANY_TYPE,
        ("boolean",),
        _flag(lambda state: state.changed),
        needs_old=True,
    ),
    Operator(
        "in",
        "one of the values",
        ANY_TYPE,
        ("list",),
        _known(lambda value, expected, zone: value is not None and any(same(value, one, zone) for one in expected)),
    ),
    Operator(
        "notIn",
        "none of the values; true for an empty field",
        ANY_TYPE,
        ("list",),
        _known(lambda value, expected, zone: value is None or not any(same(value, one, zone) for one in expected)),
    ),
    Operator(
        "changedFrom",
        "this edit changed the field away from the value",
        ANY_TYPE,
        _SCALARS,
        _changed_from,
        needs_old=True,
    ),
    Operator("changedTo", "this edit changed the field to the value", ANY_TYPE, _SCALARS, _changed_to, needs_old=True),
    Operator(
        "increasedBy",
        "this edit raised the number by at least the value",
        NUMBER,
        ("number",),
        _increased_by,
        needs_old=True,
    ),
    Operator("within", "the date lies in a range of days from the day of the change", TIME, ("days",), _within),
)  # fmt: skip - one operator a row reads as the table it is


#: What asks whether the edit changed the field: on a new record nothing has changed.
CHANGE_OPERATORS: Final = frozenset(operator.name for operator in BUILT_IN if operator.needs_old)


@dataclass(frozen=True)
class Registry:
    """The operators and Award Points To modes a program may use: the built-in ones and your own.

    Immutable: each `with_...` gives a new registry, so there is no hidden global.
    """

    operators: tuple[Operator, ...] = BUILT_IN
    recipients: tuple[tuple[str, Callable[..., str | None]], ...] = ()

    def operator(self, name: str) -> Operator | None:
        """Give the operator of a name, or None."""
        return next((operator for operator in self.operators if operator.name == name), None)

    def recipient(self, name: str) -> Callable[..., str | None] | None:
        """Give the registered Award Points To mode of a name, or None."""
        return dict(self.recipients).get(name)

    def with_operator(
        self, name: str, meaning: str, test: Callable[[Any, Any], bool | None], *, values: tuple[str, ...] = _SCALARS
    ) -> "Registry":
        """Add an operator. `test(value, expected)` gets the value now and answers True, False or None (unknown).

        Raises InputError when the name is taken.
        """
        if self.operator(name) is not None:
            raise InputError(f"the operator {name!r} exists already", hint="choose another name")
        added = Operator(name, meaning, ANY_TYPE, values, _known(_guarded(name, test)))
        return Registry((*self.operators, added), self.recipients)

    def with_recipient(self, name: str, choose: Callable[..., str | None]) -> "Registry":
        """Add an Award Points To mode. `choose(change)` gives the id of the user who earns, or None for nobody.

        Raises InputError when the name is taken.
        """
        if self.recipient(name) is not None:
            raise InputError(f"the Award Points To mode {name!r} exists already", hint="choose another name")
        return Registry(self.operators, (*self.recipients, (name, choose)))


DEFAULT_REGISTRY: Final = Registry()
