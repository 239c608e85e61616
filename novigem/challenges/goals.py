"""Goals: what one award adds to its challenge, and how awards add up to progress."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from novigem.model.change import whole_characters
from novigem.model.entry import GOAL_UNIT, Entry, Progress, ProgressKey
from novigem.model.program import Goal

# Progress is kept in a 64-bit integer of millionths: a single value above a million million adds nothing, and a sum
# stops growing there.
_LARGEST_VALUE = 10**12 * GOAL_UNIT
_LARGEST_SUM = 9 * _LARGEST_VALUE


class Contribution(NamedTuple):
    """What one award adds: a value in millionths, and for a `distinct` goal the item it names."""

    value: int = 0
    item: str | None = None


def contribution(goal: Goal, record_object: str, points: int, new: Mapping[str, Any]) -> Contribution:
    """Give what an award for a record adds to a goal; `new` holds the record's values."""
    if goal.counted_object is not None and goal.counted_object != record_object:
        return Contribution()
    match goal.measure:
        case "points":
            return Contribution(points * GOAL_UNIT)
        case "sum":
            return Contribution(_millionths(new.get(goal.sum or "")))
        case "distinct":
            item = new.get(goal.distinct or "")
            return Contribution() if item is None or item == "" else Contribution(GOAL_UNIT, _item_text(item))
        case _:
            return Contribution(GOAL_UNIT)


def target_of(goal: Goal) -> int:
    """Give the target in millionths."""
    return int(Decimal(str(goal.target)) * GOAL_UNIT)


def recount(key: ProgressKey, goal: Goal, standing: Iterable[Entry]) -> Progress | None:
    """Count progress anew from the standing entries of one user, challenge and period; None when there are none."""
    seen: set[str | None] = set()
    counted = []
    for entry in sorted(standing, key=lambda one: one.order):
        counted.append((entry, entry.goal_item not in seen))
        seen.add(entry.goal_item)
    return advance(None, key, goal, counted) if counted else None


def advance(progress: Progress | None, key: ProgressKey, goal: Goal, counted: Sequence[tuple[Entry, bool]]) -> Progress:
    """Add entries, at least one, that stand in event time, at or after all those counted before them.

    Each comes with whether the thing it names is new, which a `distinct` goal asks.
    """
    target = target_of(goal)
    value, completed = (0, None) if progress is None else (progress.value, progress.completed)
    every = goal.distinct is None
    for entry, item_is_new in counted:
        if every or item_is_new:
            value = max(-_LARGEST_SUM, min(_LARGEST_SUM, value + entry.goal_value))
        if completed is None and value >= target:
            completed = entry.occurred
    first = counted[0][0].occurred if progress is None else progress.first
    entries = len(counted) if progress is None else progress.entries + len(counted)
    return Progress(*key, value, target, entries, first, counted[-1][0].occurred, completed)


def _millionths(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    try:
        # The shortest text of a float is the number that Salesforce sent; binary fractions would not add up exactly.
        number = int(Decimal(repr(value)) * GOAL_UNIT)
    except (InvalidOperation, ValueError, OverflowError):
        return 0
    return number if abs(number) <= _LARGEST_VALUE else 0


def _item_text(item: Any) -> str:
    # PostgreSQL refuses NUL in text; no real value differs by it alone.
    text = str(item).replace("\x00", "")[:255]
    return text if text.isascii() else str(whole_characters(text))
