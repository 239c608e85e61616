"""Goals: what one award adds to its challenge, and how awards add up to progress."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from novigem.challenges.rates import advance_rate, counts_as
from novigem.challenges.streaks import StreakPeriods
from novigem.challenges.sums import amount_of
from novigem.model.change import whole_characters
from novigem.model.entry import GOAL_UNIT, LARGEST_SUM, Entry, Progress, ProgressKey
from novigem.model.ids import reference
from novigem.model.program import Goal


class Contribution(NamedTuple):
    """What one award adds: a value in millionths, and the item that a `distinct` goal or a streak counts.

    `why` says in words why it adds nothing to a sum.
    """

    value: int = 0
    item: str | None = None
    why: str | None = None


def contribution(
    goal: Goal, record_object: str, points: int, new: Mapping[str, Any], named: str | None = None
) -> Contribution:
    """Give what an award for a record adds to a goal.

    `new` holds the record's values; `named` is the label of the period that a streak counts it in, or the rule by which
    a rate, or a goal that asks for few, counts it.
    """
    if goal.counted_object is not None and goal.counted_object != record_object:
        return Contribution()
    match goal.measure:
        case "points":
            found = Contribution(points * GOAL_UNIT)
        case "sum":
            added = amount_of(goal, new)
            found = Contribution(added.value, why=added.why)
        case "distinct":
            item = item_of(goal, new)
            found = Contribution() if item is None else Contribution(GOAL_UNIT, item)
        case "streak":
            found = Contribution(GOAL_UNIT, named)
        case "rate" | "fewest" as measure:
            told = "it counts for the rate alone" if measure == "rate" else "it counts for the goal alone"
            found = Contribution(GOAL_UNIT, counts_as(goal, named), None if points else told)
        case _:
            found = Contribution(GOAL_UNIT)
    return found


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

    `target` is in millionths; 0 is never reached. `least` is how many awards a rate takes, or `fewest`. `earlier` are
    targets that held before, oldest first, each with the moment up to which it did (microseconds since 1970 UTC).
    """

    goal: Goal
    target: int
    streak: StreakPeriods | None = None
    least: int = 1
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
    if measure.goal.told_apart is not None:
        added, then = [entry for entry, _move in counted], measure.target_at if measure.earlier else None
        few = measure.goal.fewest is not None
        return advance_rate(progress, key, measure.target, measure.least, added, few=few, target_at=then)
    value, completed = (0, None) if progress is None else (progress.value, progress.completed)
    rises: list[tuple[int, int]] = []
    for entry, move in counted:
        if move is not Move.NONE:
            start = value if move is Move.ADD else 0
            value = start + entry.goal_value
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
    kept = max(-LARGEST_SUM, min(LARGEST_SUM, value))
    return Progress(*key, kept, measure.target, entries, first, last, completed, reached)


def _item_text(item: Any) -> str:
    # PostgreSQL refuses NUL in text; no real value differs by it alone.
    text = str(reference(item)).replace("\x00", "")[:255]
    return text if text.isascii() else str(whole_characters(text))
