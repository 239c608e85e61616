"""Pace: what was made per working day, what is needed, and when it is too early to say. Counted by hand."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from novigem import Engine
from novigem.model.change import to_micros
from novigem.queries.pace import Pace, read_pace
from novigem.testing import MemoryStore, make_change, make_id, make_program

_ANA = make_id("005", 1)
#: Monday, January 5 to Sunday, January 18: ten working days.
_SEASON = {"starts": "2026-01-05", "weeks": 2}


def _pace(day: int, awards: tuple[int, ...] = (), *, goal: dict[str, Any] | None = None, **keys: Any) -> Pace:
    challenge = {"type": "timebound", "goal": goal or {"count": "rules", "target": 10}, **keys.pop("challenge", {})}
    program = make_program({"challenge": "challenge-1"}, challenges=[challenge], **(_SEASON | keys))
    store = MemoryStore()
    changes = [
        make_change(record=number, at=datetime(2026, 1, one, 12, tzinfo=UTC)) for number, one in enumerate(awards, 1)
    ]
    Engine(store, [program]).apply(changes)
    return read_pace(store, program, program.challenges[0], _ANA, to_micros(datetime(2026, 1, day, 15, tzinfo=UTC)))


def test_three_working_days_say_enough() -> None:
    # Wednesday, the third day: four of ten. Six are missing on eight days, today among them.
    found = _pace(7, (5, 5, 6, 7))
    assert (found.verdict, found.worked, found.left) == ("ahead", 3, 8)
    assert (found.made, found.needed) == (Fraction(4, 3), Fraction(6, 8))
    # Six more at 4/3 a day take 4.5 days: Thursday, Friday, Monday, Tuesday, Wednesday.
    assert found.done_by == date(2026, 1, 14)


def test_too_slow_is_said_with_what_is_needed() -> None:
    found = _pace(13, (5, 6))
    # Two in seven days; eight are missing on Tuesday, Wednesday, Thursday and Friday.
    assert (found.verdict, found.made, found.needed) == ("behind", Fraction(2, 7), Fraction(8, 4))
    assert found.last == date(2026, 1, 18)


def test_on_the_first_days_it_is_too_early_to_say() -> None:
    found = _pace(6, (5, 6))
    assert (found.verdict, found.made, found.needed) == ("too early", None, Fraction(8, 9))


def test_a_week_needs_two_days_to_say_something() -> None:
    weekly = {"type": "recurring", "cadence": "weekly"}
    assert _pace(5, (5,), goal={"count": "rules", "target": 4}, challenge=weekly).verdict == "too early"
    assert _pace(6, (5, 6), goal={"count": "rules", "target": 4}, challenge=weekly).verdict == "ahead"


def test_whoever_has_made_nothing_has_no_day_on_which_it_is_done() -> None:
    found = _pace(9)
    assert (found.verdict, found.made, found.done_by) == ("behind", 0, None)


def test_leave_and_holidays_are_no_working_days() -> None:
    # Away from January 8 on, for a week: left are the 15th and the 16th.
    people = [{"user": _ANA, "leave": [{"from": date(2026, 1, 8), "to": date(2026, 1, 14)}]}]
    found = _pace(7, (5, 6, 7), people=people)
    assert (found.worked, found.left, found.needed) == (3, 3, Fraction(7, 3))


def test_on_a_weekend_nothing_new_was_worked() -> None:
    found = _pace(11, (5, 6, 7, 8, 9))
    assert (found.worked, found.left, found.made) == (5, 5, 1)
    assert (found.verdict, found.done_by) == ("ahead", date(2026, 1, 16))


@pytest.mark.parametrize(
    ("day", "awards", "verdict"),
    [(19, (5,), "over"), (18, (5,), "over"), (4, (), "not begun"), (9, (5,) * 10, "done")],
)
def test_before_after_and_when_it_is_done_there_is_no_pace(day: int, awards: tuple[int, ...], verdict: str) -> None:
    assert _pace(day, awards).verdict == verdict


@pytest.mark.parametrize(
    "goal", [{"streak": "working day", "target": 3}, {"rate": ["rule-1"], "target": 90, "at_least": 5}]
)
def test_streaks_and_rates_have_none(goal: dict[str, Any]) -> None:
    keys: dict[str, Any] = {}
    challenge = {"type": "timebound", "goal": goal}
    program = make_program(
        {"challenge": "challenge-1"}, {"challenge": "challenge-1"}, challenges=[challenge], **_SEASON, **keys
    )
    now = to_micros(datetime(2026, 1, 9, 15, tzinfo=UTC))
    assert read_pace(MemoryStore(), program, program.challenges[0], _ANA, now).verdict == "no pace"
