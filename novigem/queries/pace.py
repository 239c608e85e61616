"""Pace: whether somebody makes it in a challenge, by their own working days.

Comes in: a challenge, a person and the reader's clock. Goes out: what was made per working day so far, what is needed
per working day from now on, and when it would be done at that pace. Where it is too early to say, nothing is said:
a rate, a streak or what should be few has no pace at all, since no award brings these nearer by its own size.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Literal

from novigem.challenges.goals import Measure
from novigem.challenges.lifecycle import cadence_of
from novigem.challenges.streaks import paused_days
from novigem.challenges.targets import challenge_days
from novigem.challenges.tracks import Tracks
from novigem.ledger.store import Store
from novigem.model.clocks import Clocks, Zones
from novigem.model.entry import GOAL_UNIT, ProgressKey
from novigem.model.periods import local_day
from novigem.model.program import Challenge, Program
from novigem.model.working_time import PersonTerms, WorkingDays

#: What awards bring nearer, each by its own size.
_ADDED_UP = ("count", "sum", "points", "distinct")
#: After so many working days something can be said; in short periods after a third of them.
_ENOUGH_DAYS = 3
_PART_OF_ALL = 3
# Nobody waits for a day that is further away than this.
_MOST_DAYS = 1000

Verdict = Literal["done", "away", "no pace", "not begun", "over", "too early", "ahead", "behind"]


@dataclass(frozen=True)
class Pace:
    """How somebody is going towards a target: `value` and `target` in millionths, days are working days of their own.

    `worked` counts the days up to today, `left` those from today on: today is in both, since something may still
    happen on it. `made` is what one of the days brought so far, `needed` what each of those left has to bring, and
    `done_by` the day on which the target would be reached at this pace. None: it cannot be said. `last` is the last
    day that counts.
    """

    verdict: Verdict
    value: int
    target: int
    worked: Fraction = Fraction(0)
    left: Fraction = Fraction(0)
    made: Fraction | None = None
    needed: Fraction | None = None
    done_by: date | None = None
    last: date | None = None


def read_pace(store: Store, program: Program, challenge: Challenge, user: str, now: int, *, period: str = "") -> Pace:
    """Give the pace of a person in a challenge; `period` is the label of one period of a recurring challenge.

    `now` is in microseconds since 1970 UTC. What the target is follows from the person's terms, as everywhere.
    """
    label = period or current_period(store, program, challenge, user, now)
    zones = Zones(store)
    tracks, key = Tracks(program, zones), ProgressKey(program.program, challenge.id, label, user)
    terms = tracks.terms(user, store.people([user]).get(user))
    row = store.progress([key]).get(key)
    measure = tracks.measure(key, terms)
    value = 0 if row is None else row.value
    target = measure.target if row is None else row.target
    if row is not None and row.completed is not None:
        return Pace("done", value, target)
    if target == 0:
        return Pace("away", value, target)
    days = challenge_days(program, challenge, label)
    if measure.goal.measure not in _ADDED_UP or days is None:
        return Pace("no pace", value, target)
    today = local_day(Clocks(program, zones).counted(user, now), program.zone)
    return _pace(_Days(program, terms), value, target, days, today)


def current_period(store: Store, program: Program, challenge: Challenge, user: str | None, now: int) -> str:
    """Give the label of the period that a moment falls into for somebody; "" where a challenge does not recur."""
    cadence = cadence_of(challenge)
    if cadence is None:
        return ""
    window = program.challenge_window(challenge)
    moment = now if user is None else Clocks(program, Zones(store)).counted(user, now)
    return program.calendar.period(cadence, max(window.start, min(moment, window.end - 1))).label


def measure_of(store: Store, program: Program, challenge: Challenge, user: str, period: str) -> Measure:
    """Give how the awards of somebody add up in a challenge: their own target, and how many awards it takes."""
    tracks = Tracks(program, Zones(store))
    terms = tracks.terms(user, store.people([user]).get(user))
    return tracks.measure(ProgressKey(program.program, challenge.id, period, user), terms)


class _Days:
    """The working days of one person in a program, less the days of its pauses."""

    def __init__(self, program: Program, terms: PersonTerms | None) -> None:
        self._days = WorkingDays(program.working_time, tuple(paused_days(program.pauses, program.zone)))
        self._terms = terms

    def between(self, first: date, last: date) -> Fraction:
        """Count those from the first to the last day, both included."""
        return Fraction(0) if first > last else self._days.working_days(first, last, self._terms)

    def after(self, day: date, number: int) -> date | None:
        """Give the working day that comes so many after a day; None where it is too far away."""
        found: date | None = day
        for _one in range(min(number, _MOST_DAYS)):
            found = None if found is None else self._days.next_working_day(found, self._terms)
        return found if number <= _MOST_DAYS else None


def _pace(days: _Days, value: int, target: int, span: tuple[date, date], today: date) -> Pace:
    first, last = span
    missing = target - value
    if today < first:
        left = days.between(first, last)
        return Pace("not begun", value, target, left=left, needed=_each(missing, left), last=last)
    worked, left = days.between(first, min(today, last)), days.between(today, last)
    if today > last or left == 0:
        return Pace("over", value, target, worked, made=_each(value, worked), last=last)
    needed, made = _each(missing, left), _each(value, worked)
    enough = min(_ENOUGH_DAYS, ceil(days.between(first, last) / _PART_OF_ALL))
    if worked < enough or made is None or needed is None:
        return Pace("too early", value, target, worked, left, needed=needed, last=last)
    # What today brings is in what was made: from tomorrow on it goes on as before.
    done_by = days.after(today, ceil(missing / (made * GOAL_UNIT))) if made else None
    is_ahead = done_by is not None and done_by <= last
    return Pace("ahead" if is_ahead else "behind", value, target, worked, left, made, needed, done_by, last)


def _each(amount: int, days: Fraction) -> Fraction | None:
    return Fraction(amount) / days / GOAL_UNIT if days else None
