"""Periods: half-open stretches of local calendar time, `[start, end)` in the program's zone.

The same instant always falls in exactly one period of a calendar: periods neither overlap nor leave gaps, across
clock changes, leap days and ISO week 53.
"""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from novigem.model.change import from_micros, to_micros

#: Stretches of time in microseconds, as all moments in the store are; a day is one of 24 hours.
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


Month = Literal[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
MONTHS: Final = get_args(Month)


class Cadence(StrEnum):
    """How often a recurring challenge, a board or a limit starts again."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class Period(NamedTuple):
    """A stretch `[start, end)` in microseconds since 1970 UTC, with a label such as `week:2026-01-05`."""

    label: str
    start: int
    end: int


def start_of_day(day: date, zone: ZoneInfo) -> int:
    """Give the first instant of a local day, in microseconds since 1970 UTC.

    Where a clock change removes midnight, the day starts at the change; where it repeats it, at the first midnight.
    """
    return to_micros(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC))


def local_day(micros: int, zone: ZoneInfo) -> date:
    """Give the calendar day of an instant in a zone."""
    return from_micros(micros).astimezone(zone).date()


class Calendar:
    """The periods of one zone. `week_start` is 0 for Monday ... 6 for Sunday.

    `year_start` is the month, 1 to 12, in which the business year and its first quarter begin.
    """

    def __init__(self, zone: ZoneInfo, week_start: int = 0, year_start: int = 1) -> None:
        self.zone = zone
        self.week_start = week_start
        self.year_start = year_start
        self._cache: dict[Cadence, Period] = {}

    def period(self, cadence: Cadence, micros: int) -> Period:
        """Give the period of a cadence that holds an instant."""
        # Changes come nearly in order, so the period of the last one asked answers almost every question.
        cached = self._cache.get(cadence)
        if cached is not None and cached.start <= micros < cached.end:
            return cached
        day = local_day(micros, self.zone)
        period = self.period_of_day(cadence, day)
        # A zone that repeats a stretch around midnight can put an instant beside the day its clock shows.
        if micros < period.start:
            period = self.period_of_day(cadence, self._first_day(cadence, day) - timedelta(days=1))
        elif micros >= period.end:
            period = self.period_of_day(cadence, self._next_first_day(cadence, day))
        self._cache[cadence] = period
        return period

    def period_of_day(self, cadence: Cadence, day: date) -> Period:
        """Give the period of a cadence that holds a calendar day."""
        first = self._first_day(cadence, day)
        following = self._next_first_day(cadence, day)
        return Period(self._label(cadence, first), start_of_day(first, self.zone), start_of_day(following, self.zone))

    def label_of_day(self, cadence: Cadence, day: date) -> str:
        """Give the label of the period that holds a calendar day."""
        return self._label(cadence, self._first_day(cadence, day))

    def days_of(self, label: str) -> tuple[date, date]:
        """Give the first and the last calendar day of the period of a label. Raises ValueError for a text that is none.

        Under a calendar whose weeks start on another day, it is the week that holds the first day of the label's.
        """
        kind, _colon, text = label.partition(":")
        cadence, day = _read_label(kind, text)
        return self._first_day(cadence, day), self._next_first_day(cadence, day) - timedelta(days=1)

    def _first_day(self, cadence: Cadence, day: date) -> date:
        if cadence is Cadence.DAILY:
            return day
        if cadence is Cadence.WEEKLY:
            return day - timedelta(days=(day.weekday() - self.week_start) % 7)
        if cadence is Cadence.MONTHLY:
            return day.replace(day=1)
        return _months_on(day.replace(day=1), -((day.month - self.year_start) % 3))

    def _label(self, cadence: Cadence, first: date) -> str:
        if cadence is Cadence.QUARTERLY and self.year_start > 1:
            # No quarter of a business year may be taken for one of the calendar year.
            return f"quarter:{first.year:04}-{first.month:02}"
        return _label(cadence, first)

    def _next_first_day(self, cadence: Cadence, day: date) -> date:
        first = self._first_day(cadence, day)
        if cadence in (Cadence.DAILY, Cadence.WEEKLY):
            return first + timedelta(days=1 if cadence is Cadence.DAILY else 7)
        return _months_on(first, 1 if cadence is Cadence.MONTHLY else 3)


def _months_on(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _label(cadence: Cadence, first: date) -> str:
    if cadence is Cadence.DAILY:
        return f"day:{first.isoformat()}"
    if cadence is Cadence.WEEKLY:
        return f"week:{first.isoformat()}"
    if cadence is Cadence.MONTHLY:
        return f"month:{first:%Y-%m}"
    return f"quarter:{first.year}-Q{(first.month + 2) // 3}"


def _read_label(kind: str, text: str) -> tuple[Cadence, date]:
    if kind == "quarter":
        year, is_of_calendar_year, number = text.partition("-Q")
        if not is_of_calendar_year:
            return Cadence.QUARTERLY, date.fromisoformat(f"{text}-01")
        return Cadence.QUARTERLY, date(int(year), 3 * int(number) - 2, 1)
    if kind == "month":
        return Cadence.MONTHLY, date.fromisoformat(f"{text}-01")
    return Cadence.WEEKLY, date.fromisoformat(text)
