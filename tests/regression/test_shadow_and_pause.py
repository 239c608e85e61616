"""A program that is paused as a whole, and one that is scored before it begins while only its leader looks."""

from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.engine.pausing import pause_program, resume_program
from novigem.errors import InputError, UnknownName
from novigem.ledger.store import EntryFilter, RowFilter
from novigem.model.change import Change
from novigem.model.entry import GOAL_UNIT
from novigem.model.people import Block
from novigem.model.program import Program
from novigem.planning.apply import Wish, apply_program
from novigem.queries.explain import explain_record
from novigem.queries.queries import Queries
from novigem.queries.seasons import read_seasons
from novigem.queries.visibility import VIEWERS, Viewer
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


EVERYBODY: tuple[Viewer, ...] = get_args(Viewer)


def shadow(**keys: Any) -> Program:
    board = [{"id": "trial-board"}]
    named = {"program": "trial", "name": "Trial", "status": "shadow", "starts": "2026-01-05", "weeks": 1}
    return make_program(COMPLETING | {"points": 5}, leaderboards=board, **named | keys)


def test_every_status_says_who_may_see_its_program() -> None:
    statuses = {name for one in get_args(Program.model_fields["status"].annotation) for name in get_args(one)}
    assert statuses == set(VIEWERS)
    for status, viewers in VIEWERS.items():
        assert viewers == ({"leader"} if status == "shadow" else set(EVERYBODY))


@pytest.mark.parametrize("viewer", EVERYBODY)
def test_nothing_of_a_shadow_season_is_shown_to_anybody_but_its_leader(any_bed: Bed, viewer: Viewer) -> None:
    badge = {"id": "first", "earned_by": {"count": "rules", "target": 1}}
    challenge = {"challenges": [{"id": "c"}], "badges": [badge]}
    rule = COMPLETING | {"points": 5, "challenge": "c"}
    trial = make_program(
        rule, **challenge, program="trial", name="Trial", status="shadow", starts="2026-01-05", weeks=1
    )
    Engine(any_bed.store, [trial, season()]).apply(tasks(6, 7))
    queries = Queries(any_bed.store, now=day(9), viewer=viewer)
    seen = {"test", "trial"} if viewer == "leader" else {"test"}
    assert set(queries.programs()) == seen
    assert {one.program for one in queries.entries(EntryFilter())} == seen
    for rows in (
        {one.program for one in queries.progress(RowFilter())},
        {one.progress.program for one in queries.completions(RowFilter())},
        {one.program for one in queries.badges(RowFilter())},
    ):
        assert rows == seen - {"test"}
    if viewer == "leader":
        assert queries.board(program_id="trial").is_shadow
        return
    with pytest.raises(UnknownName):
        queries.board(program_id="trial")
    with pytest.raises(UnknownName):
        queries.program_version("trial", trial.version)


def test_a_shadow_season_scores_and_is_never_closed(any_bed: Bed) -> None:
    trial = shadow()
    any_bed.play(trial, *tasks(6, 7, 20))
    assert any_bed.points() == {ANNA: 10}
    assert Manual(Engine(any_bed.store, [trial])).close_due() == []
    (found,) = read_seasons(Queries(any_bed.store, now=day(30)))
    assert (found.status, found.states) == ("shadow", ())
    assert [name for name, wrong in examine(any_bed.store, {"trial": trial}) if wrong] == []


def test_what_a_shadow_season_paid_does_not_count_in_the_season_that_it_becomes(any_bed: Bed) -> None:
    any_bed.play(shadow(), *tasks(6, 7, 12))
    real = shadow(status="active", starts="2026-01-12")
    with pytest.raises(InputError, match="is a shadow season"):
        apply_program(any_bed.store, Wish(real, date(2026, 6, 2)), now=datetime(2026, 6, 1, tzinfo=UTC))
    apply_program(any_bed.store, Wish(real, rescore=True), now=datetime(2026, 6, 1, tzinfo=UTC))
    assert [one.record for one in any_bed.standing()] == [make_id("00T", 12)]
