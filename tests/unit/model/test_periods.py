"""Periods where clocks change around midnight: days begin once, and each moment lies in one period."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from novigem.model.change import from_micros, to_micros
from novigem.model.periods import Cadence, Calendar, start_of_day

ST_JOHNS, TORONTO = ZoneInfo("America/St_Johns"), ZoneInfo("America/Toronto")
SUNDAY = 6


def moment(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        pytest.param(
            "America/St_Johns", date(2006, 10, 29), "2006-10-29T02:30", id="back at 00:01: the first midnight"
        ),
        pytest.param("America/Havana", date(2025, 11, 2), "2025-11-02T04:00", id="back at 01:00: the first midnight"),
        pytest.param("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00", id="no midnight: the change"),
    ],
)
def test_a_day_begins_at_its_first_midnight_or_at_the_change_that_removes_it(zone: str, day: date, start: str) -> None:
    assert f"{from_micros(start_of_day(day, ZoneInfo(zone))):%Y-%m-%dT%H:%M}" == start


@pytest.mark.parametrize(
    ("cadence", "old", "new"),
    [
        (Cadence.DAILY, "day:2009-10-31", "day:2009-11-01"),
        (Cadence.WEEKLY, "week:2009-10-25", "week:2009-11-01"),
        (Cadence.MONTHLY, "month:2009-10", "month:2009-11"),
    ],
)
def test_a_period_that_has_begun_goes_on_while_clocks_show_the_day_before_again(
    cadence: Cadence, old: str, new: str
) -> None:
    # At 00:01 on November 1st, 02:31 UTC, the clocks of St John's went back to 23:01 on October 31st.
    began, left, again = (moment(f"2009-11-01T{time}+00:00") for time in ("02:30", "02:31", "03:30"))
    moments = (began - 1, began, left - 1, left, again - 1, again)
    found = [Calendar(ST_JOHNS, SUNDAY).period(cadence, at) for at in moments]
    assert [one.label for one in found] == [old] + 5 * [new]
    assert found[0].end == found[1].start == began


@pytest.mark.parametrize("cadence", Cadence)
@pytest.mark.parametrize(
    ("zone", "change"),
    [
        (ST_JOHNS, datetime(2009, 11, 1, 2, 31, tzinfo=UTC)),
        (ST_JOHNS, datetime(2009, 3, 8, 3, 31, tzinfo=UTC)),
        (TORONTO, datetime(1919, 3, 31, 4, 30, tzinfo=UTC)),
    ],
    ids=["midnight comes twice", "the minute after midnight is left out", "midnight is jumped over"],
)
@pytest.mark.parametrize("week_start", [0, SUNDAY])
def test_periods_neither_overlap_nor_leave_gaps_around_a_clock_change(
    zone: ZoneInfo, change: datetime, cadence: Cadence, week_start: int
) -> None:
    moments = [to_micros(change + timedelta(minutes=minutes)) for minutes in range(-120, 121)]
    found = [Calendar(zone, week_start).period(cadence, at) for at in moments]
    assert [at for at, one in zip(moments, found, strict=True) if not one.start <= at < one.end] == []
    met = sorted(set(found), key=lambda one: one.start)
    assert [one.end for one in met[:-1]] == [one.start for one in met[1:]]


def test_the_end_of_the_period_asked_last_lies_in_the_next_one() -> None:
    calendar = Calendar(ZoneInfo("UTC"))
    first = calendar.period(Cadence.WEEKLY, moment("2026-01-07T12:00+00:00"))
    following = calendar.period(Cadence.WEEKLY, first.end)
    assert (first.label, following.label) == ("week:2026-01-05", "week:2026-01-12")
    assert calendar.period(Cadence.WEEKLY, first.start) == first
