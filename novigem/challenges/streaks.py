"""Streaks: the periods that awards fall into, and which of them follow each other for one person."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from novigem.model.pause import Pause
from novigem.model.periods import Cadence, Calendar, local_day, start_of_day
from novigem.model.program import StreakPeriod
from novigem.model.working_time import PersonTerms, WorkingDays

_ONE_DAY = timedelta(days=1)


def streak_label(kind: StreakPeriod, calendar: Calendar, at: int) -> str:
    """Give the label of the period that a moment falls into: `day:2026-01-05`, `week:2026-01-05`, `month:2026-01`."""
    if kind != "working day":
        return calendar.period(Cadence.WEEKLY if kind == "week" else Cadence.MONTHLY, at).label
    day = local_day(at, calendar.zone)
    # A zone that repeats a stretch around midnight can put an instant beside the day its clock shows.
    if at >= start_of_day(day + _ONE_DAY, calendar.zone):
        day += _ONE_DAY
    elif at < start_of_day(day, calendar.zone):
        day -= _ONE_DAY
    return f"day:{day}"


def paused_days(pauses: Iterable[Pause], zone: ZoneInfo) -> Iterator[tuple[date, date]]:
    """Yield the local days, from the first to the last, that lie in a pause as a whole: nobody can earn on them."""
    for one in pauses:
        first, after = (local_day(moment, zone) for moment in (one.start, one.end))
        if start_of_day(first, zone) < one.start:
            first += _ONE_DAY
        if first < after:
            yield first, after - _ONE_DAY


class StreakPeriods(NamedTuple):
    """The periods of a streak as one person lives them.

    A period without a working day of the person (weekend, holidays, leave) neither breaks a streak nor extends it.
    """

    calendar: Calendar
    days: WorkingDays
    terms: PersonTerms | None

    def counts(self, label: str) -> bool:
        """Tell whether the person works in a period at all."""
        first, last = self._bounds(label)
        if self.days.is_working_day(first, self.terms):
            return True
        found = self.days.next_working_day(first, self.terms)
        return found is not None and found <= last

    def before(self, label: str) -> str | None:
        """Give the last period before one in which the person works; None where there is none."""
        day = self.days.previous_working_day(self._bounds(label)[0], self.terms)
        if day is None:
            return None
        kind = label.partition(":")[0]
        return f"day:{day}" if kind == "day" else self.calendar.label_of_day(_CADENCES[kind], day)

    def _bounds(self, label: str) -> tuple[date, date]:
        kind, _colon, text = label.partition(":")
        if kind == "day":
            day = date.fromisoformat(text)
            return day, day
        return self.calendar.days_of(label)


_CADENCES = {"week": Cadence.WEEKLY, "month": Cadence.MONTHLY}
