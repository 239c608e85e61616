"""Goals of a running program that change from a day on: whom another target leaves where."""

from collections.abc import Iterator
from typing import NamedTuple

from novigem.challenges.tracks import Tracks
from novigem.ledger.store import RowFilter, Store
from novigem.model.entry import GOAL_UNIT
from novigem.model.periods import local_day
from novigem.model.program import Goal, Program


class GoalShift(NamedTuple):
    """Somebody who has not completed a challenge: what is counted, and the target before and from the day on.

    Figures are in units of the goal.
    """

    challenge: str
    period: str
    user: str
    value: float
    before: float
    after: float
    #: For what should be few: whether one award more, whatever it is, makes enough of them and not too many of those.
    holds: bool | None = None

    @property
    def is_reached(self) -> bool:
        """Whether the next award from the day on completes it."""
        return self.value >= self.after > 0 if self.holds is None else self.holds


def goes_on(old: Goal, new: Goal) -> bool:
    """Tell whether what one goal has counted can be added to what another counts."""
    return how_it_counts(old) == how_it_counts(new)


def how_it_counts(goal: Goal) -> str:
    """Say in words how a goal counts, as far as what it counts can be added up."""
    per = "" if goal.streak is None else f" of {goal.streak}s with {goal.at_least} or more"
    what = goal.measure if goal.fewest is None else "count of what should be few"
    return f"a {what}{per}"


def goal_shifts(store: Store, before: Program, after: Program, effective: int) -> Iterator[GoalShift]:
    """Yield whom other targets concern from a moment on; who has completed keeps that."""
    old = {one.id: one.goal.target for one in before.challenges}
    tracks, day = Tracks(after), local_day(effective, after.zone)
    for challenge in after.challenges:
        if old.get(challenge.id, challenge.goal.target) == challenge.goal.target:
            continue
        rows = store.progress_rows(RowFilter(after.program, challenge=challenge.id))
        # A period that is over by then is decided.
        going_on = [row for row in rows if not row.period or after.calendar.days_of(row.period)[1] >= day]
        people = store.people([row.user for row in going_on])
        for row in going_on:
            measure = tracks.measure(row.key, tracks.terms(row.user, people.get(row.user)))
            target = measure.target
            if row.completed is None and target != row.target:
                value, was, then = (_in_units(one) for one in (row.value, row.target, target))
                holds = row.entries + 1 >= measure.least and row.value < target if challenge.goal.fewest else None
                yield GoalShift(challenge.id, row.period, row.user, value, was, then, holds)


def _in_units(millionths: int) -> float:
    whole, rest = divmod(millionths, GOAL_UNIT)
    return millionths / GOAL_UNIT if rest else whole
