"""Rules that can never fire: conditions that wait for what cannot happen, or that exclude each other."""

from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any, Final
from zoneinfo import ZoneInfo

from novigem.model.text import one_form
from novigem.program.draft import Draft, Placed
from novigem.program.words import counted, kind_of
from novigem.rules.operators import BUILT_IN, CHANGE_OPERATORS, FieldState, Operator
from novigem.rules.patterns import edges

_BUILT_IN: Final[dict[str, Operator]] = {operator.name: operator for operator in BUILT_IN}
_ABOVE: Final = {"greaterThan": False, "greaterThanOrEqual": True}
_BELOW: Final = {"lessThan": False, "lessThanOrEqual": True}
# True of an empty field too, so they ask nothing of it.
_ALLOW_BLANK: Final = frozenset({"notEquals", "notIn", "notContains", "isChanged", "changedFrom"})
# Enough for any rule that a person wrote; keeps the pairs of a hostile file few.
MOST_COMPARED: Final = 30
# Characters of values times characters of a pattern, for the same reason.
MOST_STEPS: Final = 1_000_000
_ZONE: Final = ZoneInfo("UTC")
_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


def wants_change(condition: Placed) -> bool:
    """Whether a condition holds only for an edit that changed the field."""
    return condition.operator in CHANGE_OPERATORS and (condition.operator != "isChanged" or condition.value is True)


def changes_happen_on_update(draft: Draft) -> None:
    """Refuse a rule on create that waits for a change: a new record has changed nothing."""
    for part in draft.rules:
        if part.value.trigger != "create" or not part.knows("trigger"):
            continue
        for condition in (one for group in part.groups for one in group if wants_change(one)):
            message = f"`{condition.operator}` never holds on create: a new record has changed nothing"
            hint = "use `trigger: create or update`, which looks at edits too, or remove this condition"
            draft.note_key(condition.path, "NV401", message, hint)


def day_ranges_hold_a_day(draft: Draft) -> None:
    """Refuse a range of days that holds no day."""
    for part in draft.rules:
        for condition in (one for group in part.groups for one in group):
            if condition.operator == "within" and isinstance(condition.value, dict):
                first, last = condition.value.get("from_days"), condition.value.get("to_days")
                if first is not None and last is not None and first > last:
                    message = f"no day is {first} or more and {last} or fewer days away"
                    draft.note(condition.path, "NV406", message, _ways_to_mean(first, last))


def _ways_to_mean(first: int, last: int) -> str:
    """Give what may have been meant by a range that ends before it starts; both, where two opposites may be."""
    if first > 0 and last == 0:
        return (
            f"write `{{from_days: -{first}, to_days: 0}}` for the {first} days before the change, or "
            f"`{{from_days: 0, to_days: {first}}}` for those after it"
        )
    return f"write `{{from_days: {last}, to_days: {first}}}`; days ahead are positive, days past are negative"


def day_ranges_have_two_ends(draft: Draft) -> None:
    """Advise against a range that is open towards the side which it reaches into: nearly every day lies in it."""
    for part in draft.rules:
        for group in part.groups:
            for condition in group:
                if condition.operator == "within" and isinstance(condition.value, dict):
                    held = {one.operator for one in group if one.field == condition.field}
                    _has_two_ends(draft, condition, held)


def _has_two_ends(draft: Draft, condition: Placed, held: set[str]) -> None:
    """Look at one range; `held` are the operators that hold its field, one of which may be the other end."""
    first, last = condition.value.get("from_days"), condition.value.get("to_days")
    if last is None and first is not None and first < 0 and held.isdisjoint(_BELOW):
        days = counted(-first, "day")
        message = f"every day from {days} before the change on lies in it, however far ahead"
        hint = (
            f"write `{{from_days: {-first}}}` for {days} ahead or more, "
            f"`{{from_days: {first}, to_days: 0}}` for the last {days}"
        )
        draft.note((*condition.path, "from_days"), "NV922", message, hint)
    elif first is None and last is not None and last > 0 and held.isdisjoint(_ABOVE):
        days = counted(last, "day")
        message = f"every day up to {days} after the change lies in it, however long past"
        hint = (
            f"write `{{from_days: 0, to_days: {last}}}` for the next {days}, "
            f"`{{from_days: {last}}}` for {days} ahead or more"
        )
        draft.note((*condition.path, "to_days"), "NV922", message, hint)


def conditions_agree(draft: Draft) -> None:
    """Refuse conditions of one group that exclude each other. One finding a group: the rest would be echoes."""
    for part in draft.rules:
        for group in part.groups:
            by_field: dict[str, list[Placed]] = defaultdict(list)
            for condition in group:
                by_field[condition.field].append(condition)
            pairs = (pair for one in by_field.values() for pair in combinations(one[:MOST_COMPARED], 2))
            clash = next(((first, second) for first, second in pairs if _exclude(first, second)), None)
            if clash is not None:
                _tell(draft, *clash)


def _tell(draft: Draft, first: Placed, second: Placed) -> None:
    line = draft.document.spot(first.path, key=True).line
    message = f"`{second.operator}` and `{first.operator}` (line {line}) of {first.field} exclude each other"
    hint = "conditions of one group must all hold; use `any` for one or the other"
    draft.note_key(second.path, "NV402", message, hint)


def _exclude(first: Placed, second: Placed) -> bool:
    if first.operator not in _BUILT_IN or second.operator not in _BUILT_IN:
        return False
    return any(clash(one, other) for clash in _CLASHES for one, other in ((first, second), (second, first)))


def _values_fail(one: Placed, other: Placed) -> bool:
    """Whether one names the only values there may be, and the other holds for none of them."""
    values = _only_values(one)
    operator = _BUILT_IN[other.operator]
    if values is None or operator.name in {"within", "changedFrom", "increasedBy", "isChanged"}:
        return False
    if operator.name == "matches" and sum(len(str(one)) for one in values) * len(other.value) > MOST_STEPS:
        return False
    return not any(_holds(operator, value, other.value) for value in values)


def _only_values(condition: Placed) -> list[Any] | None:
    if condition.operator in {"equals", "changedTo"}:
        return [condition.value]
    return list(condition.value) if condition.operator == "in" else None


def _holds(operator: Operator, value: Any, expected: Any) -> bool:
    # Records carry dates as text. A date may stand for any moment of its day, which the test cannot know.
    if isinstance(value, date):
        if isinstance(value, datetime) or isinstance(expected, datetime):
            return True
        value = value.isoformat()
    elif kind_of(value) != kind_of(expected) and operator.name not in {"in", "notIn", "isBlank", "isNotBlank"}:
        # A whole number as text, or true as text, cannot be one field's value; told as a clash of kinds.
        return operator.name in {"notEquals", "notContains"}
    test = _BUILT_IN["changedTo"].test if operator.name == "changedTo" else operator.test
    return test(FieldState(value, None, True, _NOW, _ZONE), expected) is True  # noqa: FBT003 - the third field is `changed`


def _bounds_cross(one: Placed, other: Placed) -> bool:
    """Whether a lower bound lies above an upper one."""
    if one.operator not in _ABOVE or other.operator not in _BELOW:
        return False
    low, high = one.value, other.value
    if kind_of(low) != kind_of(high):
        return True
    if isinstance(low, datetime) != isinstance(high, datetime) or getattr(low, "tzinfo", 0) != getattr(
        high, "tzinfo", 0
    ):
        return False
    return bool(low > high) or (low == high and not (_ABOVE[one.operator] and _BELOW[other.operator]))


def _blank_and_filled(one: Placed, other: Placed) -> bool:
    """Whether one wants the field empty and the other wants a value in it."""
    wants_blank = (one.operator, one.value) in {("isBlank", True), ("isNotBlank", False)} if _is_flag(one) else False
    if not wants_blank:
        return False
    if _is_flag(other):
        return (other.operator, other.value) in {("isBlank", False), ("isNotBlank", True)}
    return (
        other.operator not in _ALLOW_BLANK
        and not (isinstance(other.value, str) and _holds(_BUILT_IN[other.operator], "", other.value))
        and (_only_values(other) is None)
    )


def _is_flag(condition: Placed) -> bool:
    return condition.operator in {"isBlank", "isNotBlank"}


def _changed_and_not(one: Placed, other: Placed) -> bool:
    """Whether one wants a change and the other none, or the change leads back to where it came from."""
    if one.operator == "isChanged" and one.value is False:
        return wants_change(other)
    if one.operator == "changedFrom":
        values = _only_values(other)
        return values is not None and all(type(value) is type(one.value) and value == one.value for value in values)
    return False


def _edges_differ(one: Placed, other: Placed) -> bool:
    """Whether two texts cannot both begin, or both end, the same value."""
    first, second = _edges(one), _edges(other)
    if first is None or second is None:
        return False
    begin, end = zip(first, second, strict=True)
    return not (begin[0].startswith(begin[1]) or begin[1].startswith(begin[0])) or not (
        end[0].endswith(end[1]) or end[1].endswith(end[0])
    )


def _edges(condition: Placed) -> tuple[str, str] | None:
    """Give what a condition wants the text to begin with, and to end with; nothing is what any text begins with."""
    text = one_form(str(condition.value))
    wanted = {"startsWith": (text, ""), "endsWith": ("", text), "matches": edges(text)}
    return wanted.get(condition.operator)


_CLASHES: Final = (_values_fail, _bounds_cross, _blank_and_filled, _changed_and_not, _edges_differ)
