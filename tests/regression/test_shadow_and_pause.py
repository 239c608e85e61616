"""A program that is paused as a whole, and one that is scored before it begins while only its leader looks."""

from datetime import UTC, datetime
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.engine.pausing import pause_program, resume_program
from novigem.errors import InputError
from novigem.ledger.store import RowFilter
from novigem.model.change import Change
from novigem.model.entry import GOAL_UNIT
from novigem.model.people import Block
from novigem.model.program import Program
from novigem.queries.explain import explain_record
from novigem.queries.queries import Queries
from novigem.testing import make_id, make_program
from tests.regression.beds import ANNA, COMPLETING, Bed, task

WEEKS = {"starts": "2026-01-05", "weeks": 4}


def season(**keys: Any) -> Program:
    return make_program(COMPLETING | {"points": 5}, **WEEKS, **keys)


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def tasks(*days: int) -> list[Change]:
    """Give a task of its own, completed at noon, on each of some days of January."""
    return [task(one, done=True, record=one) for one in days]


def pause(bed: Bed, program: Program, begins: int, ends: int | None = None) -> None:
    """Pause the test program from a day on, to another."""
    Engine(bed.store, [program]).apply([])
    pause_program(bed.store, "test", reason="the org is moved", author="Sam", now=day(begins))
    if ends is not None:
        resume_program(bed.store, "test", author="Sam", now=day(ends))


def doctor(bed: Bed, program: Program) -> list[str]:
    return [name for name, found in examine(bed.store, {"test": program}) if found]


def test_what_happened_before_a_pause_counts_however_late_it_comes(any_bed: Bed) -> None:
    program = season()
    any_bed.play(program, *tasks(5))
    pause(any_bed, program, 7)
    report = any_bed.play(program, *tasks(6, 7, 8))
    assert report.blocked == {("test", "rule-1", Block.PAUSED): 2}
    resume_program(any_bed.store, "test", now=day(9))
    any_bed.play(program, *tasks(8, 9))
    assert sorted(one.occurred // 86_400_000_000 - 20_457 for one in any_bed.standing()) == [1, 2, 5]
    assert doctor(any_bed, program) == []


def test_the_board_says_since_when_and_why(any_bed: Bed) -> None:
    program = season(leaderboards=[{"id": "team"}])
    any_bed.play(program, *tasks(5))
    pause(any_bed, program, 7)
    board = Queries(any_bed.store, now=day(8)).board()
    assert board.paused is not None
    assert (board.paused.reason, board.paused.author, board.paused.is_open) == ("the org is moved", "Sam", True)
    assert Queries(any_bed.store, now=day(6)).board().paused is None


def test_explain_names_the_pause(any_bed: Bed) -> None:
    program = season()
    pause(any_bed, program, 7, 9)
    any_bed.play(program, *tasks(8))
    (answer,) = explain_record(any_bed.store, [program], make_id("00T", 8))
    assert answer.reason == "program paused from 2026-01-07 00:00 to 2026-01-09 00:00 UTC: the org is moved"


def test_whole_days_in_a_pause_break_no_streak_and_extend_none(any_bed: Bed) -> None:
    program = season(badges=[{"id": "steady", "earned_by": {"streak": "working day", "target": 4}}])
    pause(any_bed, program, 7, 9)
    any_bed.play(program, *tasks(5, 6, 7, 8, 9, 12))
    (row,) = any_bed.store.progress_rows(RowFilter(challenge="badge/steady"))
    assert row.value == 4 * GOAL_UNIT
    assert row.completed is not None
    assert doctor(any_bed, program) == []


def test_a_decision_may_not_concern_what_was_scored(any_bed: Bed) -> None:
    program = season()
    any_bed.play(program, *tasks(5, 8))
    with pytest.raises(InputError, match="scored already"):
        pause_program(any_bed.store, "test", reason="late", now=day(8))
    pause_program(any_bed.store, "test", reason="in time", now=day(9))
    with pytest.raises(InputError, match="is paused since"):
        pause_program(any_bed.store, "test", reason="again", now=day(10))
    any_bed.play(program, *tasks(12))
    with pytest.raises(InputError, match="scored already"):
        resume_program(any_bed.store, "test", now=day(11))
    resume_program(any_bed.store, "test", now=day(13))
    with pytest.raises(InputError, match="is not paused"):
        resume_program(any_bed.store, "test", now=day(14))


def test_a_pause_that_has_not_begun_is_called_off(any_bed: Bed) -> None:
    program = season()
    pause(any_bed, program, 5)
    resume_program(any_bed.store, "test", now=day(6))
    pause_program(any_bed.store, "test", reason="a retreat", since=day(20), now=day(7))
    resume_program(any_bed.store, "test", now=day(8))
    assert any_bed.play(program, *tasks(20)).entries == 1


def test_an_engine_that_is_at_work_learns_of_a_pause(any_bed: Bed) -> None:
    engine = Engine(any_bed.store, [season()])
    engine.apply(tasks(5))
    pause_program(any_bed.store, "test", reason="now", now=day(6))
    assert engine.apply(tasks(7)).entries == 0
    assert any_bed.points() == {ANNA: 5}
