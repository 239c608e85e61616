"""Working days: weekends, holidays, leave; and that a calendar is built once, and only where one is named."""

import subprocess
import sys
from datetime import date, timedelta

import pytest

from novigem.model.working_time import Holidays, Leave, PersonTerms, WorkingDays, WorkingTime, public_holidays

NEW_YORK = WorkingTime(holidays=Holidays(country="US", subdivision="NY"))
BAVARIAN = PersonTerms(user="ben@acme.example", holidays=Holidays(country="DE", subdivision="BY"))
AWAY = PersonTerms(user="ann@acme.example", leave=(Leave(from_=date(2026, 1, 12), to=date(2026, 1, 16)),))
EPIPHANY, KING = date(2026, 1, 6), date(2026, 1, 19)


def test_weekends_and_holidays_are_no_working_days() -> None:
    days = WorkingDays(NEW_YORK)
    assert [day for day in range(16, 21) if days.is_working_day(date(2026, 1, day))] == [16, 20]


def test_the_weekend_is_what_the_program_says() -> None:
    days = WorkingDays(WorkingTime(weekend=("friday", "saturday")))
    assert [days.is_working_day(date(2026, 1, day)) for day in (9, 10, 11)] == [False, False, True]


def test_a_persons_own_holidays_stand_in_place_of_the_programs() -> None:
    days = WorkingDays(NEW_YORK)
    assert (days.is_working_day(EPIPHANY, BAVARIAN), days.is_working_day(KING, BAVARIAN)) == (False, True)
    assert (days.is_working_day(EPIPHANY), days.is_working_day(KING)) == (True, False)


def test_leave_includes_its_first_and_last_day() -> None:
    days = WorkingDays(WorkingTime())
    assert days.working_days(date(2026, 1, 5), date(2026, 1, 23)) == 15
    assert days.working_days(date(2026, 1, 5), date(2026, 1, 23), AWAY) == 10


def test_the_next_working_day_lies_behind_leave_weekend_and_holiday() -> None:
    days = WorkingDays(NEW_YORK)
    assert days.next_working_day(date(2026, 1, 9), AWAY) == date(2026, 1, 20)
    assert days.previous_working_day(date(2026, 1, 20), AWAY) == date(2026, 1, 9)


@pytest.mark.parametrize("step", ["next_working_day", "previous_working_day"])
def test_leave_to_the_end_of_the_calendar_has_no_day_behind_it(step: str) -> None:
    for_ever = PersonTerms(user="ann@acme.example", leave=(Leave(from_=date.min, to=date.max),))
    assert getattr(WorkingDays(WorkingTime()), step)(KING, for_ever) is None


def test_the_steps_and_the_count_agree_with_the_plain_question() -> None:
    days = WorkingDays(NEW_YORK)
    start = date(2025, 12, 20)
    stretch = [start + timedelta(days=number) for number in range(90)]
    for terms in (None, AWAY, BAVARIAN):
        plain = [day for day in stretch if days.is_working_day(day, terms)]
        assert days.working_days(stretch[0], stretch[-1], terms) == len(plain)
        walked = [plain[0]]
        while (following := days.next_working_day(walked[-1], terms)) is not None and following <= stretch[-1]:
            walked.append(following)
        assert walked == plain
        assert [days.previous_working_day(day, terms) for day in plain[1:]] == plain[:-1]


def test_a_year_of_holidays_is_worked_out_once() -> None:
    days = WorkingDays(NEW_YORK)
    public_holidays.cache_clear()
    for _change in range(1000):
        days.working_days(date(2026, 1, 5), date(2026, 1, 16))
    assert public_holidays.cache_info().misses == 1


def test_holidays_are_loaded_only_where_a_program_names_a_country() -> None:
    script = (
        "import sys; from novigem.testing import MemoryStore, make_change, make_program; from novigem import Engine\n"
        "goal = {'goal': {'streak': 'working day', 'target': 1}, 'type': 'one-time'}\n"
        "program = make_program({'challenge': 'challenge-1'}, challenges=[goal])\n"
        "Engine(MemoryStore(), [program]).apply([make_change()])\n"
        "print('holidays' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
