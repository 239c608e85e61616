"""What fits a described field: which operators, which kinds of values, and which values of a picklist. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from novigem.model.text import one_form
from novigem.program.draft import Placed
from novigem.program.words import kind_of
from novigem.rules.operators import ANY_TYPE, BOOLEAN, NUMBER, TEXT, TIME, Operator
from novigem.rules.patterns import fits

# What a value is held against as a whole; a registered operator may do with its value what it likes.
_WHOLE: Final = frozenset(
    {
        "equals",
        "notEquals",
        "in",
        "notIn",
        "changedFrom",
        "changedTo",
        "greaterThan",
        "greaterThanOrEqual",
        "lessThan",
        "lessThanOrEqual",
    }
)
_EXACT: Final = frozenset({"equals", "notEquals", "in", "notIn", "changedFrom", "changedTo"})
_PARTS: Final = frozenset({"contains", "notContains", "startsWith", "endsWith"})
_LISTS: Final = frozenset({"in", "notIn"})
_PICKLISTS: Final = frozenset({"picklist", "multipicklist"})
_KINDS: Final[Sequence[tuple[frozenset[str], tuple[str, ...]]]] = (
    (TEXT, ("text",)),
    (NUMBER, ("number",)),
    # A date in quotes is compared with the text that stands for the date, and so fits where it is well written.
    (TIME, ("date", "text")),
    (BOOLEAN, ("boolean",)),
)


class Wrong(NamedTuple):
    """A value that does not fit; `number` is its place where the condition lists several."""

    value: Any
    number: int | None


def takes(operator: Operator, field_type: str) -> bool:
    """Tell whether an operator can be used on a field; True for types that nobody here knows."""
    return field_type not in ANY_TYPE or field_type in operator.field_types


def kinds_of(field_type: str) -> tuple[str, ...]:
    """Give the kinds of values that a field may equal; nothing where that is not known."""
    return next((kinds for types, kinds in _KINDS if field_type in types), ())


def unfit_values(condition: Placed, field_type: str) -> Iterator[Wrong]:
    """Yield the values of a condition that a field of a type never holds."""
    kinds = kinds_of(field_type)
    if kinds and condition.operator in _WHOLE:
        yield from (one for one in _values(condition) if kind_of(one.value) not in kinds)


def short_ids(condition: Placed, field_type: str) -> Iterator[Wrong]:
    """Yield ids of 15 characters: a feed keeps ids with 18, so that none of them would ever be equal."""
    if field_type in {"id", "reference"} and condition.operator in _EXACT:
        for one in _values(condition):
            if isinstance(one.value, str) and len(one.value) == 15 and one.value.isalnum():  # noqa: PLR2004 - an id
                yield one


def offered(field: Mapping[str, Any]) -> list[str] | None:
    """Give the active values of a picklist; None for a field that is none, or offers nothing to compare with."""
    if field["type"] not in _PICKLISTS:
        return None
    return [one["value"] for one in field.get("picklistValues") or () if one.get("active", True)] or None


def values_not_offered(condition: Placed, field: Mapping[str, Any]) -> Iterator[Wrong]:
    """Yield the values of a condition that a picklist does not have, or no value of it holds."""
    values = offered(field)
    return (
        iter(())
        if values is None
        else values_not_among(condition, values, has_several=field["type"] == "multipicklist")
    )


def values_not_among(condition: Placed, values: Sequence[str], *, has_several: bool = False) -> Iterator[Wrong]:
    """Yield the texts of a condition that no value equals, holds or fits; `has_several` splits them at semicolons."""
    values = [one_form(value) for value in values]
    for one in _values(condition):
        if not isinstance(one.value, str) or one.value == "":
            continue
        if condition.operator == "matches":
            # What several values make together is not known before a record has them.
            if not has_several and not any(fits(value, one_form(one.value)) for value in values):
                yield one
            continue
        parts = one_form(one.value).split(";") if has_several else [one_form(one.value)]
        if condition.operator in _EXACT:
            if any(part not in values for part in parts):
                yield one
        elif condition.operator in _PARTS and not all(_is_in_any(condition.operator, part, values) for part in parts):
            yield one


def operators_for(field_type: str, operators: Sequence[Operator]) -> list[str]:
    """Give the names of the operators that a field takes."""
    return [one.name for one in operators if takes(one, field_type)]


def _is_in_any(operator: str, part: str, values: Sequence[str]) -> bool:
    test = {"startsWith": str.startswith, "endsWith": str.endswith}.get(operator, str.__contains__)
    return any(test(value, part) for value in values)


def _values(condition: Placed) -> Iterator[Wrong]:
    if condition.operator in _LISTS and isinstance(condition.value, list):
        yield from (Wrong(value, number) for number, value in enumerate(condition.value))
    else:
        yield Wrong(condition.value, None)
