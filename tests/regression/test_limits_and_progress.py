"""What a limit takes away: points, and by default progress that is counted, but never the day of a streak."""

from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.audit.flags.scan import look
from novigem.engine.awards import limit_group
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.ledger.store import EntryFilter, RowFilter, StoredProgram
from novigem.model.entry import GOAL_UNIT, EntryKind
from novigem.model.program import Program
from novigem.planning.apply import Wish, apply_program
from novigem.program.dump import dump_program
from novigem.queries.explain import explain_record
from novigem.queries.queries import Queries
from novigem.queries.statement import statement_of
from novigem.testing import make_id, make_program
from novigem.views.terminal.statement import line_words
from tests.regression.beds import ANNA, BEN, COMPLETING, NOW, Bed, task

FIVE_DAYS = (5, 6, 7, 8, 9)
STREAK = {"streak": "working day", "target": 5}
LIMITS = {
    "a cap of points": {"cap": {"points": 15, "per": "week"}},
    "a cap of awards": {"cap": {"awards": 3, "per": "week"}},
    "a limit per account": {"per_account": {"awards": 3, "per": "week"}},
    "a pause": {"cooldown": {"hours": 72}},
}


def season(goal: dict[str, Any], rule: dict[str, Any], **challenge: Any) -> Program:
    """Give a season in which a completed task pays 5 points, with a board that breaks every tie."""
    return make_program(
        COMPLETING | {"points": 5, "challenge": "c"} | rule,
        challenges=[{"id": "c", "goal": goal, **challenge}],
        badges=[
            {"id": "steady", "earned_by": {"streak": "working day", "target": 5}},
            {"id": "busy", "earned_by": {"count": "Task", "target": 4}},
            {"id": "all", "earned_by": {"count": "Task", "target": 5, "past_limits": True}},
        ],
        leaderboards=[{"id": "team", "ties": ["fewer_awards", "first_to_reach"]}],
        starts="2026-01-05",
        weeks=2,
    )


def progress(bed: Bed, challenge: str = "c") -> tuple[int, bool]:
    (row,) = [one for one in bed.store.progress_rows(RowFilter("test", challenge=challenge)) if one.user == ANNA]
    return row.value // GOAL_UNIT, row.completed is not None


def found_by_doctor(bed: Bed, program: Program) -> list[str]:
    return [name for name, found in examine(bed.store, {"test": program}) if found]


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS.keys())
def test_a_streak_sees_the_day_of_an_award_that_a_limit_leaves_nothing_of(any_bed: Bed, limit: dict[str, Any]) -> None:
    """A cap of three awards a week made a streak of five working days impossible, and nothing said so."""
    program = season(STREAK, limit)
    for day in FIVE_DAYS:
        any_bed.play(program, task(day, done=True, record=day))
    paid = 10 if "cooldown" in limit else 15
    assert any_bed.points() == {ANNA: paid}
    assert progress(any_bed) == (5, True)
    assert sorted(one.badge for one in any_bed.store.badges()) == ["all", "steady"]
    assert found_by_doctor(any_bed, program) == []


def test_the_day_is_lost_again_with_the_task(any_bed: Bed) -> None:
    program = season(STREAK, LIMITS["a cap of points"])
    any_bed.play(program, *(task(day, done=True, record=day) for day in FIVE_DAYS))
    any_bed.play(program, task(10, done=False, record=8))
    assert any_bed.points() == {ANNA: 15}
    assert progress(any_bed) == (1, False)
    assert sorted(one.badge for one in any_bed.store.badges()) == []
    assert found_by_doctor(any_bed, program) == []


def test_room_that_is_given_back_pays_what_had_no_points_before(any_bed: Bed) -> None:
    program = season(STREAK, LIMITS["a cap of points"])
    any_bed.play(program, *(task(day, done=True, record=day) for day in FIVE_DAYS))
    any_bed.play(program, task(10, done=False, record=5))
    assert [(one.record or "")[:15][-1] for one in any_bed.standing()] == ["6", "7", "9", "8"]
    assert (any_bed.points(), progress(any_bed)) == ({ANNA: 15}, (4, False))
    assert found_by_doctor(any_bed, program) == []


@pytest.mark.parametrize(
    ("goal", "value"),
    [({"count": "rules"}, 3), ({"distinct": "Subject"}, 3), ({"sum": "Hours__c"}, 3), ({"points": "rules"}, 15)],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
@pytest.mark.parametrize("past_limits", [False, True])
def test_what_is_counted_stops_at_a_limit_unless_the_goal_says_otherwise(
    any_bed: Bed, goal: dict[str, Any], value: int, *, past_limits: bool
) -> None:
    """Ten tasks completed in one go must not complete a challenge past the cap of the day."""
    if past_limits and "points" in goal:
        return
    terms = goal | {"target": 10 if "points" not in goal else 50} | ({"past_limits": True} if past_limits else {})
    program = season(terms, {"cap": {"awards": 3, "per": "day"}})
    tasks = [task(5, done=True, record=n, new={"Subject": f"S{n}", "Hours__c": 1}) for n in range(1, 11)]
    any_bed.play(program, *tasks)
    assert any_bed.points() == {ANNA: 15}
    assert progress(any_bed) == ((10, True) if past_limits else (value, False))
    assert progress(any_bed, "badge/busy") == (3, False)
    assert found_by_doctor(any_bed, program) == []


def test_a_streak_may_stop_at_a_limit_too(any_bed: Bed) -> None:
    program = season(STREAK | {"past_limits": False}, LIMITS["a cap of points"])
    any_bed.play(program, *(task(day, done=True, record=day) for day in FIVE_DAYS))
    assert progress(any_bed) == (3, False)
    assert found_by_doctor(any_bed, program) == []


def test_what_is_paid_in_part_counts_whole_and_what_is_not_paid_counts_for_nothing(any_bed: Bed) -> None:
    program = season({"count": "rules", "target": 10}, {"cap": {"points": 11, "per": "week"}})
    any_bed.play(program, *(task(day, done=True, record=day) for day in FIVE_DAYS))
    assert [one.points for one in any_bed.standing()] == [5, 5, 1, 0, 0]
    assert progress(any_bed) == (3, False)
    assert progress(any_bed, "badge/busy") == (3, False)


def test_an_award_without_points_counts_on_no_board_and_is_no_award_of_a_run(any_bed: Bed) -> None:
    """Whoever goes on after the cap must not fall behind somebody with as many points for it."""
    program = season(STREAK, LIMITS["a cap of points"])
    first = [task(day, done=True, record=day) for day in FIVE_DAYS]
    second = [task(day, done=True, record=10 + day, owner=2) for day in (5, 6, 7)]
    report = any_bed.play(program, *first, *second)
    assert (report.entries, report.points) == (6, 30)
    assert [(one.rank, one.user, one.points, one.entries) for one in any_bed.board("team").rows] == [
        (1, ANNA, 15, 3),
        (1, BEN, 15, 3),
    ]
    flagged = look(any_bed.store, program)
    assert flagged.awards == 6


def test_explain_and_the_statement_say_that_the_day_counts(any_bed: Bed) -> None:
    program = season(STREAK, LIMITS["a cap of points"])
    any_bed.play(program, *(task(day, done=True, record=day) for day in FIVE_DAYS))
    words = "cap reached; the day counts for the streak, and for a badge"
    (answer,) = explain_record(any_bed.store, [program], make_id("00T", 9))
    assert (answer.verdict, answer.points, answer.entry) == ("blocked", 0, 5)
    assert answer.reason == f"0 points: {words}"
    lines = statement_of(any_bed.store, "test", ANNA).lines
    assert [(one.entry.points, one.balance) for one in lines] == [(5, 5), (5, 10), (5, 15), (0, 15), (0, 15)]
    assert line_words(lines[-1], program).startswith(f"rule-1: {words}")


def test_a_team_and_a_closing_count_past_a_limit_where_the_goal_does(any_bed: Bed) -> None:
    goal = {"count": "rules", "target": 5, "past_limits": True}
    program = make_program(
        COMPLETING | {"points": 5, "challenge": "c", "cap": {"points": 15, "per": "week"}},
        challenges=[{"id": "c", "goal": goal, "team_goal": {"target": 5, "credit": "nobody"}}],
        teams=[{"id": "east", "name": "East", "members": [ANNA, BEN]}],
        leaderboards=[{"id": "team"}, {"id": "teams", "scope": "teams"}],
        starts="2026-01-05",
        weeks=2,
    )
    any_bed.play(program, *(task(day, done=True, record=day) for day in FIVE_DAYS))
    (row,) = any_bed.store.progress_rows(RowFilter("test", challenge="team/c"))
    assert (row.value // GOAL_UNIT, row.completed is not None) == (5, True)
    closed = {one.id: one for one in Manual(Engine(any_bed.store, [program], clock=lambda: NOW)).close_due()}
    assert closed.keys() == {"c", "team", "teams"}
    assert found_by_doctor(any_bed, program) == []


def test_a_season_without_a_streak_has_no_entry_without_points(any_bed: Bed) -> None:
    program = make_program(COMPLETING | {"cap": {"awards": 1, "per": "day"}}, starts="2026-01-05", weeks=2)
    any_bed.play(program, *(task(5, done=True, record=n) for n in range(1, 5)))
    assert [one.points for one in any_bed.store.entries(EntryFilter("test"))] == [10]
    assert all(one.kind is EntryKind.RULE for one in any_bed.store.entries())


def test_what_limits_count_over_keeps_the_name_that_databases_know_it_by() -> None:
    """A cap that may be written in awards must not begin to count anew what was counted in points before."""
    program = make_program({"cap": {"points": 15, "per": "week"}, "cooldown": {"hours": 2}})
    assert limit_group(program, program.rules[0]) == "test/rule/rule-1/fc2f13a6"


def test_a_version_that_was_accepted_when_streaks_stopped_at_limits_keeps_that_meaning(any_bed: Bed) -> None:
    """What the text of a version leaves out means what it meant when the version came into use."""
    rule = COMPLETING | LIMITS["a cap of points"] | {"points": 5, "challenge": "c"}
    program = make_program(rule, challenges=[{"id": "c", "goal": STREAK}], starts="2026-01-05", weeks=2)
    kept = StoredProgram("test", program.version, dump_program(program), 1)
    with any_bed.store.begin() as transaction:
        transaction.save_program(kept)
    any_bed.play(program, *(task(day, done=True, record=day) for day in FIVE_DAYS))
    in_use = Queries(any_bed.store, now=NOW).program()
    assert (progress(any_bed), found_by_doctor(any_bed, in_use)) == ((3, False), [])
    apply_program(any_bed.store, Wish(program, rescore=True), now=NOW)
    in_use = Queries(any_bed.store, now=NOW).program()
    assert (progress(any_bed), found_by_doctor(any_bed, in_use)) == ((5, True), [])
    assert in_use.version == program.version
    assert any_bed.play(program, task(9, done=True, record=12)).points == 0
    assert found_by_doctor(any_bed, in_use) == []
