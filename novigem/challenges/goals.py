"""Goals: what one award adds to its challenge, and how awards add up to progress."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, NamedTuple

from novigem.challenges.streaks import StreakPeriods
from novigem.model.change import whole_characters
from novigem.model.entry import GOAL_UNIT, Entry, Progress, ProgressKey
from novigem.model.ids import reference
from novigem.model.program import Goal

# Progress is kept in a 64-bit integer of millionths: a single value above a million million adds nothing, and a sum
# stops growing there.
_LARGEST_VALUE = 10**12 * GOAL_UNIT
_LARGEST_SUM = 9 * _LARGEST_VALUE


class Contribution(NamedTuple):
    """What one award adds: a value in millionths, and the item that a `distinct` goal or a streak counts."""

    value: int = 0
    item: str | None = None


def contribution(
    goal: Goal, record_object: str, points: int, new: Mapping[str, Any], period: str | None = None
) -> Contribution:
    """Give what an award for a record adds to a goal.

    `new` holds the record's values; `period` is the label of the period that a streak counts it in.
    """
    if goal.counted_object is not None and goal.counted_object != record_object:
        return Contribution()
    match goal.measure:
        case "points":
            return Contribution(points * GOAL_UNIT)
        case "sum":
            return Contribution(_millionths(new.get(goal.sum or "")))
        case "distinct":
            item = item_of(goal, new)
            return Contribution() if item is None else Contribution(GOAL_UNIT, item)
        case "streak":
            return Contribution(GOAL_UNIT, period)
        case _:
            return Contribution(GOAL_UNIT)


def item_of(goal: Goal, new: Mapping[str, Any]) -> str | None:
    """Give the thing that a `distinct` goal counts, as values of a record name it; None where they name none."""
    item = new.get(goal.distinct or "")
    return None if item is None or item == "" else _item_text(item)


class Move(Enum):
    """What an award does to progress: nothing, add its value, or begin a new run with it."""

    NONE = 0
    ADD = 1
    BEGIN = 2


class Measure(NamedTuple):
    """How the awards of one person add up to progress: the goal, the person's target, the periods of a streak.

    `target` is in millionths; 0 is never reached. `earlier` are targets that held before, oldest first, each with the
    moment up to which it did (microseconds since 1970 UTC).
    """

    goal: Goal
    target: int
    streak: StreakPeriods | None = None
    earlier: tuple[tuple[int, int], ...] = ()

    def target_at(self, at: int) -> int:
        """Give the target that decides for what happened at a moment."""
        return next((target for until, target in self.earlier if at < until), self.target)

    @property
    def counts_items(self) -> bool:
        """True where it matters how often each thing has been counted before."""
        return self.streak is not None or self.goal.distinct is not None

    def asks(self, item: str) -> tuple[str, ...]:
        """Give the things whose counts tell what an award for a thing moves."""
        before = None if self.streak is None else self.streak.before(item)
        return (item,) if before is None else (item, before)

    def move(self, item: str | None, count: Callable[[str], int]) -> Move:
        """Tell what an award moves; `count` tells how often a thing has been counted before it.

        A period of a streak counts from the award on that makes it have enough of them; the run goes on where the
        last period before it counts too.
        """
        if not self.counts_items:
            return Move.ADD
        if item is None:
            return Move.NONE
        if self.streak is None:
            return Move.ADD if count(item) == 0 else Move.NONE
        if count(item) + 1 != self.goal.at_least or not self.streak.counts(item):
            return Move.NONE
        before = self.streak.before(item)
        return Move.ADD if before is not None and count(before) >= self.goal.at_least else Move.BEGIN


def recount(key: ProgressKey, measure: Measure, standing: Iterable[Entry]) -> Progress | None:
    """Count progress anew from the standing entries of one user, challenge and period; None when there are none."""
    seen: Counter[str] = Counter()
    counted = []
    for entry in sorted(standing, key=lambda one: one.order):
        counted.append((entry, measure.move(entry.item, seen.__getitem__)))
        if entry.item is not None:
            seen[entry.item] += 1
    return advance(None, key, measure, counted) if counted else None


def advance(
    progress: Progress | None, key: ProgressKey, measure: Measure, counted: Sequence[tuple[Entry, Move]]
) -> Progress:
    """Add entries, at least one, that stand in event time, at or after all those counted before them.

    Where a value falls, they are all entries there are: `progress` is None.
    """
    value, completed = (0, None) if progress is None else (progress.value, progress.completed)
    rises: list[tuple[int, int]] = []
    for entry, move in counted:
        if move is not Move.NONE:
            start = value if move is Move.ADD else 0
            value = max(-_LARGEST_SUM, min(_LARGEST_SUM, start + entry.goal_value))
            if move is Move.BEGIN:
                # What an earlier run came to is past.
                rises.clear()
            if value > start:
                rises.append((start, entry.occurred))
        if completed is None:
            target = measure.target_at(entry.occurred) if measure.earlier else measure.target
            completed = entry.occurred if value >= target > 0 else None
    first = counted[0][0].occurred if progress is None else progress.first
    entries = len(counted) if progress is None else progress.entries + len(counted)
    before = first if progress is None else progress.reached
    reached = next((moment for start, moment in reversed(rises) if start < value), before)
    last = counted[-1][0].occurred
    return Progress(*key, value, measure.target, entries, first, last, completed, reached)


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
    text = str(reference(item)).replace("\x00", "")[:255]
    return text if text.isascii() else str(whole_characters(text))
