"""Goals that tell the awards of some rules from the others of a challenge.

A rate is the percentage that are of the rules which the goal names. It holds while there are enough awards and enough
of them are good. It can fall again, and then it holds no more. `fewest` counts the awards of the rules that it names,
which should be few: it holds while there are enough awards and not too many of those.
"""

from collections.abc import Callable, Sequence
from itertools import groupby

from novigem.model.entry import GOAL_UNIT, Entry, Progress, ProgressKey
from novigem.model.program import Goal

# How an award counts: its `goal_item`.
GOOD = "good"
OTHER = "other"
_ALL = 100 * GOAL_UNIT
#: How somebody stands of whose awards there are not enough yet.
TOO_FEW = "too few awards"


def counts_as(goal: Goal, rule: str | None) -> str:
    """Tell how an award of a rule counts: as good or not."""
    is_named = rule in (goal.told_apart or ())
    return GOOD if is_named == (goal.fewest is None) else OTHER


def good_of(row: Progress) -> int:
    """Give how many of the counted awards of a rate are good, as far as there are enough of them for it."""
    # The value is rounded down by less than one award.
    return -(-row.value * row.entries // _ALL)


def few_words(row: Progress) -> str:
    """Say how a row stands of what should be few: within what is allowed, over it, or with too few awards to tell."""
    if row.target == 0:
        return "away"
    if row.completed is not None:
        return "within"
    return "over" if row.value > row.target else TOO_FEW


def advance_rate(
    progress: Progress | None,
    key: ProgressKey,
    target: int,
    least: int,
    entries: Sequence[Entry],
    *,
    few: bool = False,
    target_at: Callable[[int], int] | None = None,
) -> Progress:
    """Add entries, at least one, that stand in event time, after the moments of all those counted before them.

    `target` is the one of now; `target_at`, where it had others, gives that of a moment: each award is held to it.

    The value of a rate is the percentage, rounded down to millionths; 0 until there are as many awards as it takes
    (`least`). With `few` it is the number of those that are not good, from the first on.
    What happened at one moment is looked at together. `completed` is the moment from which on the rate has held, and
    `reached` the one since which it is what it is.
    """
    counted = [one for one in entries if one.goal_item in (GOOD, OTHER)]
    good, number = (0, 0) if progress is None else (_good(progress, few=few), progress.entries)
    value, completed = (0, None) if progress is None else (progress.value, progress.completed)
    first = entries[0].occurred if progress is None else progress.first
    reached = None if progress is None else progress.reached
    for moment, together in groupby(counted, key=lambda one: one.occurred):
        for entry in together:
            good += entry.goal_item == GOOD
            number += 1
        before, value = value, _value(good, number, least, few=few)
        wanted = target if target_at is None else target_at(moment)
        is_reached = value <= wanted if few else _ALL * good >= wanted * number
        holds = number >= least and is_reached and wanted > 0
        completed = (completed or moment) if holds else None
        if value != before or reached is None:
            reached = moment
    last = entries[-1].occurred
    return Progress(*key, value, target, number, first, last, completed, reached or first)


def _good(row: Progress, *, few: bool) -> int:
    return row.entries - row.value // GOAL_UNIT if few else good_of(row)


def _value(good: int, number: int, least: int, *, few: bool) -> int:
    if few:
        return (number - good) * GOAL_UNIT
    return _ALL * good // number if number >= least else 0
