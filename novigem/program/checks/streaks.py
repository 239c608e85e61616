"""Streaks that fit into the time there is: of a challenge, and of a badge over the whole program."""

from collections.abc import Iterator
from datetime import date, timedelta

from novigem.model.program import Challenge, StreakPeriod
from novigem.program.checks.goals import measures
from novigem.program.checks.limits import periods_in
from novigem.program.document import Path
from novigem.program.draft import Draft

_KINDS = {"working day": "day", "week": "week", "month": "month"}
# Days of longer stretches are not counted one by one; no streak of theirs is refused for a weekend.
_LONGEST_COUNTED = 3660


def streaks_can_be_reached(draft: Draft) -> None:
    """Refuse a streak of more periods than its challenge, or the program, touches."""
    for part in draft.challenges:
        goal = part.value.goal
        if goal.streak and part.knows("goal", "type", "cadence", "starts", "ends") and len(measures(goal)) == 1:
            _fits(draft, part.at("goal", "target"), part.value, goal.streak, goal.target)
            for person in draft.people:
                target = person.value.targets.get(part.value.id) if person.knows("targets") else None
                if target is not None and target != goal.target:
                    _fits(draft, person.at("targets", part.value.id), part.value, goal.streak, target)
    for path, streak, target in _of_badges(draft):
        _fits(draft, path, None, streak, target)


def _of_badges(draft: Draft) -> Iterator[tuple[Path, StreakPeriod, int]]:
    for part in draft.badges:
        earned_by = part.value.earned_by
        if earned_by is None or earned_by.streak is None or not part.knows("earned_by", "tiers"):
            continue
        if earned_by.target is not None:
            yield part.at("earned_by", "target"), earned_by.streak, earned_by.target
        for number, tier in enumerate(part.value.tiers):
            yield part.at("tiers", number, "at"), earned_by.streak, tier.at


def _fits(draft: Draft, path: Path, challenge: Challenge | None, streak: StreakPeriod, target: float) -> None:
    most = _most(draft, challenge, streak)
    if most is None or target <= most:
        return
    where = "the program" if challenge is None else "its challenge"
    within = f"one {_PERIODS[challenge.cadence]} of {where}" if challenge and challenge.cadence else where
    message = f"the streak is {target:,} {streak}s long, and {within} has {most:,} only"
    hint = f"lower the target to {most:,} or less, or give {where} more time"
    draft.note(path, "NV411", message, hint if most else f"give {where} a {streak} at least")


_PERIODS = {"weekly": "week", "monthly": "month", "quarterly": "quarter"}


def _most(draft: Draft, challenge: Challenge | None, streak: StreakPeriod) -> int | None:
    """Give how many periods of a kind the time there is touches; None where it has no end."""
    most = periods_in(draft, challenge).get(_KINDS[streak])
    working = _working_days(draft, challenge) if streak == "working day" else None
    return most if most is None or working is None else min(most, working)


def _working_days(draft: Draft, challenge: Challenge | None) -> int | None:
    """Give how many days between the ends of the time there is are no weekend; None where that is not sure."""
    program = draft.head.value
    first = (challenge.starts if challenge else None) or program.starts
    last = (challenge.ends if challenge else None) or program.last_day
    if first is None or last is None or not draft.dates_known or not draft.head.knows("working_time"):
        return None
    days = (last - first).days + 1
    weekend = {_WEEKDAYS.index(name) for name in program.working_time.weekend}
    return (
        sum(_is_working(first + timedelta(days=n), weekend) for n in range(days)) if days <= _LONGEST_COUNTED else None
    )


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _is_working(day: date, weekend: set[int]) -> bool:
    return day.weekday() not in weekend
