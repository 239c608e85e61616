"""Streaks: in which periods somebody works at all, and which period a moment falls into."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from novigem.challenges.streaks import StreakPeriods, streak_label
from novigem.model.change import to_micros
from novigem.model.periods import Cadence, Calendar
from novigem.model.working_time import Leave, PersonTerms, WorkingDays, WorkingTime

UTC_CALENDAR = Calendar(ZoneInfo("UTC"))
ST_JOHNS = Calendar(ZoneInfo("America/St_Johns"))
TORONTO = Calendar(ZoneInfo("America/Toronto"))


def periods(*leave: tuple[str, str]) -> StreakPeriods:
    """Give the periods of somebody who works from Monday to Saturday, and is on leave at times."""
    days = tuple(Leave(from_=date.fromisoformat(first), to=date.fromisoformat(last)) for first, last in leave)
    terms = PersonTerms(user="ann@acme.example", leave=days)
    return StreakPeriods(UTC_CALENDAR, WorkingDays(WorkingTime(weekend=("sunday",))), terms)


def moment(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))


def test_a_week_counts_when_its_first_day_is_the_only_working_one() -> None:
    assert periods(("2026-01-06", "2026-01-11")).counts("week:2026-01-05")


def test_a_month_counts_when_its_last_day_is_the_only_working_one() -> None:
    assert periods(("2026-01-01", "2026-01-30")).counts("month:2026-01")


def test_a_month_does_not_count_when_its_next_working_day_is_the_first_of_another() -> None:
    assert not periods(("2026-03-01", "2026-03-31")).counts("month:2026-03")


def test_the_eve_of_a_working_day_does_not_count_for_it() -> None:
    assert [periods().counts(f"day:2026-01-{day}") for day in (10, 11, 12)] == [True, False, True]


def test_the_period_before_is_the_last_with_a_working_day() -> None:
    away = periods(("2026-01-12", "2026-01-17"))
    assert away.before("day:2026-01-19") == "day:2026-01-10"
    assert away.before("week:2026-01-19") == "week:2026-01-05"
    assert away.before("month:2026-01") == "month:2025-12"


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("working day", "day:2026-01-31", "day:2026-02-01"),
        ("month", "month:2026-01", "month:2026-02"),
        ("week", "week:2026-01-26", "week:2026-01-26"),
    ],
)
def test_midnight_belongs_to_the_day_that_begins(kind: str, before: str, after: str) -> None:
    midnight = moment("2026-02-01T00:00:00+00:00")
    assert [streak_label(kind, UTC_CALENDAR, at) for at in (midnight - 1, midnight)] == [before, after]


def test_a_day_that_the_clocks_leave_again_after_a_minute_has_begun_for_good() -> None:
    # At 00:01 on the 29th, 02:31 UTC, the clocks of St John's went back to 23:01 on the 28th.
    began, left, again = (moment(f"2006-10-29T{time}+00:00") for time in ("02:30", "02:31", "03:30"))
    moments = (began - 1, began, left - 1, left, again - 1, again)
    labels = [streak_label("working day", ST_JOHNS, at) for at in moments]
    assert labels == ["day:2006-10-28"] + 5 * ["day:2006-10-29"]


@pytest.mark.parametrize(
    ("calendar", "change"),
    [(ST_JOHNS, datetime(2006, 10, 29, 2, 31, tzinfo=UTC)), (TORONTO, datetime(1919, 3, 31, 4, 30, tzinfo=UTC))],
    ids=["midnight comes twice", "midnight is jumped over"],
)
def test_around_odd_clock_changes_a_streak_counts_the_days_of_the_calendar(
    calendar: Calendar, change: datetime
) -> None:
    moments = [to_micros(change + timedelta(minutes=minutes)) for minutes in range(-120, 121)]
    labels = [streak_label("working day", calendar, at) for at in moments]
    assert labels == [Calendar(calendar.zone).period(Cadence.DAILY, at).label for at in moments]
    assert labels == sorted(labels)
