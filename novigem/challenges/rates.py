"""Rates: of all awards of a challenge, the percentage that are of the rules which the goal names.

A rate holds while there are enough awards and enough of them are good. It can fall again, and then it holds no more.
"""

from collections.abc import Callable, Sequence
from itertools import groupby

from novigem.model.entry import GOAL_UNIT, Entry, Progress, ProgressKey
from novigem.model.program import Goal

# How an award counts: its `goal_item`.
GOOD = "good"
OTHER = "other"
_ALL = 100 * GOAL_UNIT


def counts_as(goal: Goal, rule: str | None) -> str:
    """Tell how an award of a rule counts in a rate."""
    return GOOD if rule in (goal.rate or ()) else OTHER


def good_of(row: Progress) -> int:
    """Give how many of the counted awards of a row are good, as far as there are enough of them for a rate."""
    # The value is rounded down by less than one award.
    return -(-row.value * row.entries // _ALL)


def advance_rate(
    progress: Progress | None,
    key: ProgressKey,
    target: int,
    least: int,
    entries: Sequence[Entry],
    *,
    target_at: Callable[[int], int] | None = None,
) -> Progress:
    """Add entries, at least one, that stand in event time, after the moments of all those counted before them.

    `target` is the one of now; `target_at`, where it had others, gives that of a moment: each award is held to it.

    The value is the percentage, rounded down to millionths; 0 until there are as many awards as it takes (`least`).
    What happened at one moment is looked at together. `completed` is the moment from which on the rate has held, and
    `reached` the one since which it is what it is.
    """
    counted = [one for one in entries if one.goal_item in (GOOD, OTHER)]
    good, number = (0, 0) if progress is None else (good_of(progress), progress.entries)
    value, completed = (0, None) if progress is None else (progress.value, progress.completed)
    first = entries[0].occurred if progress is None else progress.first
    reached = None if progress is None else progress.reached
    for moment, together in groupby(counted, key=lambda one: one.occurred):
        for entry in together:
            good += entry.goal_item == GOOD
            number += 1
        before, value = value, _ALL * good // number if number >= least else 0
        wanted = target if target_at is None else target_at(moment)
        holds = number >= least and _ALL * good >= wanted * number and wanted > 0
        completed = (completed or moment) if holds else None
        if value != before or reached is None:
            reached = moment
    last = entries[-1].occurred
    return Progress(*key, value, target, number, first, last, completed, reached or first)
