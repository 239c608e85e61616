"""Periods of one calendar neither overlap nor leave gaps, in every zone there is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.model.change import from_micros, to_micros
from novigem.model.clocks import FURTHEST_APART, Clocks
from novigem.model.periods import Cadence, Calendar, local_day, start_of_day
from novigem.testing import make_id, make_program

# Zones whose days are odd: a day left out, midnight removed or repeated, offsets of quarters, changes in Ramadan.
ODD = (
    "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns", "Asia/Gaza",
    "America/Havana", "Australia/Lord_Howe", "Pacific/Kwajalein", "America/Toronto", "Asia/Tehran", "Europe/London",
    "America/New_York", "UTC",
)  # fmt: skip
EVERY = tuple(sorted(available_timezones() - {"Factory", "localtime", "posixrules"}))
ODD_MOMENTS = (
    datetime(2011, 12, 30, 10, tzinfo=UTC),  # Samoa leaves out a day
    datetime(2018, 11, 4, 3, tzinfo=UTC),  # São Paulo leaves out midnight
    datetime(2018, 2, 18, 2, tzinfo=UTC),  # São Paulo repeats the hour before midnight
    datetime(2006, 10, 29, 2, 31, tzinfo=UTC),  # St John's goes back at one minute past midnight
    datetime(1919, 3, 31, 4, 30, tzinfo=UTC),  # Toronto jumps over midnight
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2026, 12, 31, 12, tzinfo=UTC),  # ISO week 53
    datetime(2026, 3, 8, 7, tzinfo=UTC),
)
FIRST, LAST = datetime(1915, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - Hypothesis asks for bounds without a zone
zones = st.sampled_from(ODD) | st.sampled_from(EVERY)
moments = st.builds(
    lambda at, minutes: to_micros(at) + minutes * 60_000_000,
    st.sampled_from(ODD_MOMENTS) | st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    st.integers(-3000, 3000),
)


@given(zones, st.integers(0, 6), st.sampled_from(list(Cadence)), moments)
def test_every_instant_lies_in_exactly_one_period_and_periods_touch(
    zone: str, week_start: int, cadence: Cadence, at: int
) -> None:
    calendar = Calendar(ZoneInfo(zone), week_start)
    period = calendar.period(cadence, at)
    assert period.start <= at < period.end
    for edge in (period.start, period.end - 1):
        assert Calendar(ZoneInfo(zone), week_start).period(cadence, edge) == period
    after = Calendar(ZoneInfo(zone), week_start).period(cadence, period.end)
    before = Calendar(ZoneInfo(zone), week_start).period(cadence, period.start - 1)
    assert (after.start, before.end) == (period.end, period.start)
    assert len({before.label, period.label, after.label}) == 3


@given(zones, st.integers(0, 6), st.lists(moments, min_size=2, max_size=8))
def test_what_was_asked_before_does_not_change_the_answer(zone: str, week_start: int, asked: list[int]) -> None:
    calendar = Calendar(ZoneInfo(zone), week_start)
    for at in asked:
        for cadence in Cadence:
            assert calendar.period(cadence, at) == Calendar(ZoneInfo(zone), week_start).period(cadence, at)


@given(zones, st.integers(0, 6), st.dates(date(1915, 1, 1), date(2100, 1, 1)))
def test_a_period_begins_with_its_own_first_day(zone: str, week_start: int, day: date) -> None:
    calendar = Calendar(ZoneInfo(zone), week_start)
    week = calendar.period_of_day(Cadence.WEEKLY, day)
    first = date.fromisoformat(week.label.removeprefix("week:"))
    assert first.weekday() == week_start
    assert 0 <= (day - first).days < 7
    assert week.start == start_of_day(first, calendar.zone)
    month = calendar.period_of_day(Cadence.MONTHLY, day)
    assert month.label == f"month:{day:%Y-%m}"
    assert month.start == start_of_day(day.replace(day=1), calendar.zone)
    assert calendar.period_of_day(Cadence.QUARTERLY, day).label == f"quarter:{day.year}-Q{(day.month + 2) // 3}"


@given(zones, st.integers(1, 12), moments)
def test_quarters_of_a_business_year_touch_and_have_labels_of_their_own(zone: str, year_start: int, at: int) -> None:
    calendar = Calendar(ZoneInfo(zone), 0, year_start)
    period = calendar.period(Cadence.QUARTERLY, at)
    assert period.start <= at < period.end
    assert calendar.period(Cadence.QUARTERLY, period.end).start == period.end
    first, last = calendar.days_of(period.label)
    assert (first.day, (first.month - year_start) % 3, (last + timedelta(days=1)).day) == (1, 0, 1)
    assert 89 <= (last - first).days + 1 <= 92
    assert ("Q" in period.label) == (year_start == 1)
    assert calendar.label_of_day(Cadence.QUARTERLY, last) == period.label


@given(zones, zones, moments)
def test_a_moment_counts_on_the_day_that_one_s_own_clock_shows(program_zone: str, own: str, at: int) -> None:
    program = make_program(timezone=program_zone, people=[{"user": make_id("005", 1), "timezone": own}])
    counted = Clocks(program).counted(make_id("005", 1), at)
    if own == program_zone:
        assert counted == at
        return
    shown = Calendar(ZoneInfo(own)).period(Cadence.DAILY, at).label
    # A day that the program's zone left out is the next one.
    day = date.fromisoformat(shown.removeprefix("day:"))
    is_there = start_of_day(day, program.zone) < start_of_day(day + timedelta(days=1), program.zone)
    assert not is_there or program.calendar.period(Cadence.DAILY, counted).label == shown
    # What counts lies so far beside the day at most, as readers of the ledger suppose.
    whole = program.calendar.period(Cadence.DAILY, counted)
    assert not is_there or whole.start - FURTHEST_APART <= at < whole.end + FURTHEST_APART


@given(zones, st.dates(date(1915, 1, 1), date(2100, 1, 1)))
def test_days_never_run_backwards(zone: str, day: date) -> None:
    place = ZoneInfo(zone)
    start, end = start_of_day(day, place), start_of_day(day + timedelta(days=1), place)
    assert start <= end
    # A day that the zone left out is empty; every other one begins when its clocks first show it.
    if start < end:
        assert local_day(start, place) == day


@given(st.integers(-(10**16), 10**16))
def test_moments_survive_as_whole_microseconds(micros: int) -> None:
    assert to_micros(from_micros(micros)) == micros


@pytest.mark.parametrize(
    ("zone", "at", "label"),
    [
        ("America/New_York", "2026-03-09T03:59:59.999999+00:00", "week:2026-03-02"),
        ("America/New_York", "2026-03-09T04:00:00+00:00", "week:2026-03-09"),
        ("America/New_York", "2026-03-02T05:00:00+00:00", "week:2026-03-02"),
        ("UTC", "2026-12-31T23:59:59+00:00", "week:2026-12-28"),
        ("UTC", "2027-01-01T00:00:00+00:00", "week:2026-12-28"),
        ("Pacific/Apia", "2011-12-30T09:59:59+00:00", "week:2011-12-26"),
        ("Pacific/Apia", "2011-12-30T10:00:00+00:00", "week:2011-12-26"),
        ("Pacific/Apia", "2012-01-01T09:59:59+00:00", "week:2011-12-26"),
        ("Pacific/Apia", "2012-01-01T10:00:00+00:00", "week:2012-01-02"),
    ],
)
def test_weeks_known_from_a_wall_calendar(zone: str, at: str, label: str) -> None:
    assert Calendar(ZoneInfo(zone)).period(Cadence.WEEKLY, to_micros(datetime.fromisoformat(at))).label == label


def test_a_week_with_a_clock_change_is_an_hour_shorter_or_longer() -> None:
    calendar = Calendar(ZoneInfo("America/New_York"))
    hours = [
        (week.end - week.start) / 3_600_000_000
        for week in (calendar.period_of_day(Cadence.WEEKLY, date(2026, m, d)) for m, d in ((3, 4), (3, 12), (10, 28)))
    ]
    assert hours == [167, 168, 169]
