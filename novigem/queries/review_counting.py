"""What the counters of all figures share: the values they work with, and the reasons that they give.

The views word the reasons. How each kind of figure is counted stands in the modules of the kinds.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from novigem.model.change import Change
from novigem.model.periods import local_day
from novigem.model.program import Figure
from novigem.queries.review_people import Team
from novigem.queries.review_states import Fields, Track
from novigem.queries.review_types import Case, PeriodName, Stretch
from novigem.rules.operators import MISSING, Registry

# Reasons why a record is not known, or does not count: the views word them.
NO_FIELDS: Final = "fields-not-read"
NO_OWNER: Final = "owner-not-known"
FIRST_DAY: Final = "first-day-not-known"
LOGGED_LATER: Final = "logged-after-its-day"
NOT_DONE: Final = "not-done"
NO_DATE: Final = "no-date"
NOT_NOTED: Final = "not-noted"
NOTED_LATE: Final = "noted-late"
LOOKED_AT: Final = "looked-at"
NO_ACCOUNT: Final = "no-account"
NO_AMOUNT: Final = "no-amount"
NO_TOUCH: Final = "no-touch"
TOUCHES_NOT_KNOWN: Final = "touches-not-known"
# What is shown beside a figure.
MOVED: Final = "date-moved"
DONE_LATER: Final = "done-later"
DELETED: Final = "deleted"
OUTSIDE: Final = "of-others"
WITHOUT_DAY: Final = "without-a-day"

Tests = Callable[[tuple[Any, ...], int], bool | None]


class Given(NamedTuple):
    """What every counter works with: `stretches` that have begun, and `since` when the log tells of each object."""

    zone: ZoneInfo
    stretches: tuple[Stretch, ...]
    team: Team
    fields: Mapping[str, Fields]
    since: Mapping[str, int]
    registry: Registry


class FigureCounter:
    """What the counters of all kinds share: whose records count, and the cases that were found, by period."""

    def __init__(self, number: int, figure: Figure, given: Given) -> None:
        self.number = number
        self.figure = figure
        self.given = given
        self.fields = given.fields[figure.object]
        self.holds: Tests = self.fields.test(figure.groups)
        self.cases: dict[PeriodName, dict[str, Case]] = defaultdict(dict)
        self.beside: dict[PeriodName, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    @property
    def objects(self) -> tuple[str, ...]:
        """The objects whose changes it sees."""
        return (self.figure.object,)

    def pass_to(self, track: Track, at: int) -> None:
        """Judge what lay before a moment."""

    def note(self, track: Track, change: Change, at: int, before: tuple[Any, ...] | None) -> None:
        """Note a change."""

    def finish(self, tracks: Mapping[str, Track]) -> None:
        """Look at all records once more, as they stand at the end."""

    def value(self, track: Track, field: str) -> Any:
        """Give what a record holds in a field."""
        return self.fields.value(track.values, field)

    def whose(self, track: Track, at: int) -> bool | None:
        """Tell whether a record counts by who owns it; None where that is not known."""
        if self.figure.whose == "everybody":
            return True
        owner = self.value(track, "OwnerId")
        return None if owner is MISSING else self.given.team.takes_part(owner, at)

    def day(self, at: int) -> date:
        """Give the day of a moment."""
        return local_day(at, self.given.zone)

    def stretch_at(self, at: int) -> Stretch | None:
        """Give the period that a moment lies in."""
        return next((one for one in self.given.stretches if one.start <= at < one.end), None)

    def stretch_of(self, day: date) -> Stretch | None:
        """Give the period that a day lies in."""
        return next((one for one in self.given.stretches if one.first <= day <= one.last), None)

    def add(self, stretch: Stretch, case: Case) -> None:
        """Keep a case."""
        self.cases[stretch.name][case.record] = case

    def count_beside(self, stretch: Stretch, what: str) -> None:
        """Count something that is shown beside the figure."""
        self.beside[stretch.name][what] += 1
