"""Targets that fit a person, streaks, badges that awards earn, and boards by percent."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import InputError
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import RowFilter
from novigem.model.change import Change
from novigem.model.entry import GOAL_UNIT, EntryKind
from novigem.model.program import Program
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_id, make_person, make_program

ANN, BEN, CLEO = (make_id("005", number) for number in (1, 2, 3))
LATER = datetime(2026, 6, 1, tzinfo=UTC)
PEOPLE = [make_person(1, name="Ann", email="ann@acme.example"), make_person(2, name="Ben"), make_person(3, name="Cleo")]


def fed(program: Program, changes: list[Change], people: list[Any] = PEOPLE) -> MemoryStore:
    store = MemoryStore()
    with store.begin() as transaction:
        transaction.save_people(people)
    Engine(store, [program]).apply(changes)
    return store


def signals(owner: int, days: list[int], at: str = "12:00", first: int = 0) -> list[Change]:
    """Give a new record of somebody on some days of January 2026."""
    return [
        make_change(record=1000 * owner + first + number, owner=owner, at=f"2026-01-{day:02}T{at}:00Z")
        for number, day in enumerate(days)
    ]


def streak(target: int = 3, **keys: Any) -> Program:
    goal = {"streak": "working day", "target": target}
    return make_program(
        {"challenge": "challenge-1"},
        challenges=[{"goal": goal, "completion": {"bonus": 50, "badge": "badge-1"}}],
        badges=[{}],
        **keys,
    )


def the_row(store: MemoryStore, user: str = ANN) -> tuple[float, bool]:
    (row,) = store.progress_rows(RowFilter(user=user, challenge="challenge-1"))
    return row.value / GOAL_UNIT, row.completed is not None


def test_a_weekend_neither_breaks_a_streak_nor_extends_it() -> None:
    assert the_row(fed(streak(4), signals(1, [8, 9, 10, 12]))) == (3, False)
    assert the_row(fed(streak(4), signals(1, [8, 9, 13]))) == (1, False)


def test_a_hole_that_is_filled_late_joins_two_runs_and_completes() -> None:
    store = fed(streak(5), signals(1, [5, 6, 8, 9]))
    assert the_row(store) == (2, False)
    Engine(store, [streak(5)]).apply(signals(1, [7], first=10))
    assert the_row(store) == (5, True)
    assert [badge.awarded for badge in store.badges()] == [
        max(entry.occurred for entry in store.entries() if entry.kind is EntryKind.RULE)
    ]


def test_a_reversal_breaks_a_run_and_takes_bonus_and_badge_back_until_it_is_mended() -> None:
    program = streak(3)
    store = fed(program, signals(1, [5, 6, 7]))
    assert the_row(store) == (3, True)
    earlier = make_change(record=1001, owner=2, at="2026-01-02T12:00:00Z")
    Engine(store, [program]).apply([earlier])
    assert (the_row(store), store.badges()) == ((1, False), [])
    Engine(store, [program]).apply(signals(1, [6], first=10))
    assert the_row(store) == (3, True)
    bonuses = [entry.points for entry in store.entries() if entry.challenge and entry.rule is None]
    assert bonuses == [50, -50, 50]
    assert len(store.badges()) == 1


@pytest.mark.parametrize("user", ["ANN@acme.example", ANN, ANN[:15]])
def test_own_leave_is_passed_over_however_the_person_is_named(user: str) -> None:
    leave = [{"from": date(2026, 1, 12), "to": date(2026, 1, 16)}]
    people = [{"user": user, "leave": leave}]
    assert the_row(fed(streak(3, people=people), signals(1, [8, 9, 13, 19]))) == (3, True)


def test_a_day_counts_with_enough_awards_and_completes_at_the_last_of_them() -> None:
    goal = {"streak": "week", "target": 2, "at_least": 2}
    program = make_program({"challenge": "challenge-1"}, challenges=[{"goal": goal}])
    store = fed(program, [*signals(1, [5, 6, 7, 12]), *signals(1, [14], first=20)])
    (row,) = store.progress_rows()
    assert (row.value // GOAL_UNIT, row.completed) == (2, max(one.occurred for one in store.entries()))


def team(*, fair: bool = True) -> Program:
    """Give a program of two weeks: Ann works 60 percent, Ben is away for one of them, Cleo the whole time."""
    return make_program(
        {"challenge": "challenge-1"},
        challenges=[{"goal": {"count": "rules", "target": 10}, "fair": fair}],
        leaderboards=[{"by": "percent", "scope": {"challenge": "challenge-1"}}],
        starts="2026-01-05",
        weeks=2,
        people=[
            {"user": "ann@acme.example", "part_time": 60},
            {"user": BEN, "leave": [{"from": date(2026, 1, 5), "to": date(2026, 1, 9)}]},
            {"user": CLEO[:15], "leave": [{"from": date(2025, 12, 1), "to": date(2026, 3, 1)}]},
        ],
    )


def test_the_same_relative_effort_gives_the_same_percentage() -> None:
    # Each does half of what their working time asks for: 10 for full time, 6 for Ann, 5 for Ben.
    effort = {1: [5, 6, 7], 4: [5, 6, 7, 8, 9], 2: [12, 13]}
    store = fed(team(), [change for owner, days in effort.items() for change in signals(owner, days)])
    board = Queries(store, now=LATER).board()
    shown = {row.user: (row.rank, row.value, row.target) for row in board.rows}
    assert shown[ANN] == (1, 3 * GOAL_UNIT, 6 * GOAL_UNIT)
    assert shown[make_id("005", 4)] == (1, 5 * GOAL_UNIT, 10 * GOAL_UNIT)
    assert shown[BEN] == (2, 2 * GOAL_UNIT, 5 * GOAL_UNIT)


def test_somebody_away_the_whole_time_completes_nothing_and_is_named_instead_of_ranked() -> None:
    store = fed(team(), signals(3, [5, 6]))
    (row,) = store.progress_rows()
    assert (row.target, row.completed) == (0, None)
    board = Queries(store, now=LATER).board()
    assert (board.rows, board.absent) == ((), ("Cleo",))


def test_without_fair_everybody_has_the_same_target() -> None:
    store = fed(team(fair=False), [*signals(1, [5]), *signals(2, [12])])
    assert {row.target for row in store.progress_rows()} == {10 * GOAL_UNIT}


@pytest.mark.parametrize(
    ("goal", "part_time", "target"),
    [
        ({"count": "rules", "target": 5}, 50, 3_000_000),
        ({"count": "rules", "target": 5}, 49, 2_000_000),
        ({"count": "rules", "target": 1}, 1, 1_000_000),
        ({"sum": "Amount", "target": 12.5}, 50, 6_300_000),
        ({"sum": "Amount", "target": 12.5}, 33, 4_100_000),
        ({"points": "rules", "target": 100}, 33, 33_000_000),
    ],
)
def test_targets_are_rounded_half_up_to_the_grain_of_the_goal(goal: Any, part_time: int, target: int) -> None:
    program = make_program(
        {"challenge": "challenge-1"},
        challenges=[{"goal": goal, "fair": True}],
        starts="2026-01-05",
        weeks=2,
        people=[{"user": ANN, "part_time": part_time}],
    )
    (row,) = fed(program, signals(1, [5])).progress_rows()
    assert row.target == target


def test_a_persons_own_target_stands_in_place_of_the_goals_and_is_scaled_like_it() -> None:
    program = make_program(
        {"challenge": "challenge-1"},
        challenges=[{"goal": {"count": "rules", "target": 10}, "fair": True}],
        starts="2026-01-05",
        weeks=2,
        people=[{"user": ANN, "part_time": 50, "targets": {"challenge-1": 4}}],
    )
    (row,) = fed(program, signals(1, [5, 6])).progress_rows()
    assert (row.target, row.completed is not None) == (2 * GOAL_UNIT, True)


def test_the_leave_of_one_week_scales_the_target_of_that_week_alone() -> None:
    program = make_program(
        {"challenge": "challenge-1"},
        challenges=[{"type": "recurring", "cadence": "weekly", "goal": {"count": "rules", "target": 5}, "fair": True}],
        leaderboards=[{"by": "percent", "scope": {"challenge": "challenge-1"}}],
        people=[{"user": ANN, "leave": [{"from": date(2026, 1, 6), "to": date(2026, 1, 8)}]}],
    )
    store = fed(program, signals(1, [5, 12]))
    assert [row.target // GOAL_UNIT for row in store.progress_rows()] == [2, 5]
    queries = Queries(store, now=datetime(2026, 1, 13, tzinfo=UTC))
    (now,) = queries.board().rows
    (before,) = queries.board(period="week:2026-01-07").rows
    assert ((now.target, before.target), queries.board().period) == ((5 * GOAL_UNIT, 2 * GOAL_UNIT), "week:2026-01-12")
    with pytest.raises(InputError, match="a period each week"):
        queries.board(period="month")


def test_equal_percentages_are_told_apart_by_who_got_there_first_where_the_board_says_so() -> None:
    program = make_program(
        {"challenge": "challenge-1"},
        challenges=[{"goal": {"count": "rules", "target": 4}}],
        leaderboards=[
            {"by": "percent", "scope": {"challenge": "challenge-1"}, "ties": ties} for ties in ([], ["first_to_reach"])
        ],
    )
    store = fed(program, [*signals(1, [6]), *signals(2, [5])])
    queries = Queries(store, now=LATER)
    assert [row.rank for row in queries.board("board-1").rows] == [1, 1]
    assert [(row.user, row.rank, row.tie) for row in queries.board("board-2").rows] == [
        (BEN, 1, None),
        (ANN, 2, "first_to_reach"),
    ]


def test_a_board_by_percent_as_of_an_entry_is_the_board_of_that_moment() -> None:
    store = MemoryStore()
    program = team()
    with store.begin() as transaction:
        transaction.save_people(PEOPLE)
    boards = {}
    for change in [*signals(1, [5, 7, 9]), *signals(2, [6, 12, 13])]:
        Engine(store, [program]).apply([change])
        boards[store.entry_count()] = Queries(store, now=LATER).board().rows
    for position, rows in boards.items():
        assert Queries(store, now=LATER).board(as_of=position).rows == rows
    assert len(Queries(store, now=LATER).board(as_of=datetime(2026, 1, 6, 12, tzinfo=UTC)).rows) == 1


TIERS = [{"id": "bronze", "at": 20}, {"id": "silver", "at": 40}]


def climber(bronze: int = 20) -> Program:
    return make_program(
        {"challenge": "challenge-1", "points": 10},
        challenges=[{"goal": {"count": "rules", "target": 2}, "completion": {"bonus": 500}}],
        badges=[{"earned_by": {"points": "rules"}, "tiers": [{"id": "bronze", "at": bronze}, TIERS[1]]}],
    )


def tiers(store: MemoryStore) -> list[str]:
    return [badge.period for badge in store.badges()]


def test_bonuses_and_adjustments_earn_no_tier() -> None:
    store = fed(climber(), signals(1, [5, 6, 7]))
    assert sum(entry.points for entry in store.entries()) == 530
    Manual(Engine(store, [climber()])).adjust("test", ANN, 1000, reason="well done")
    assert tiers(store) == ["bronze"]


def test_a_tier_is_withdrawn_when_its_award_is_taken_back_and_comes_back_with_another() -> None:
    store = fed(climber(), signals(1, [5, 6]))
    Engine(store, [climber()]).apply([make_change(record=1001, owner=2, at="2026-01-02T12:00:00Z")])
    assert tiers(store) == []
    Engine(store, [climber()]).apply(signals(1, [7, 8, 9], first=10))
    assert tiers(store) == ["bronze", "silver"]


def test_a_badge_given_by_hand_stays_when_the_same_badge_is_withdrawn() -> None:
    program = make_program(badges=[{"earned_by": {"count": "rules", "target": 1}}])
    store = fed(program, signals(1, [5]))
    engine = Engine(store, [program])
    assert Manual(engine).award_badge("test", "badge-1", ANN, reason="helped")
    engine.apply([make_change(record=1000, owner=2, at="2026-01-02T12:00:00Z")])
    assert [(badge.user, badge.challenge) for badge in store.badges(RowFilter(user=ANN))] == [(ANN, "")]


def test_another_version_gives_and_withdraws_badges_by_its_own_steps() -> None:
    store = fed(climber(bronze=35), signals(1, [5, 6, 7]))
    assert tiers(store) == []
    Engine(store, [climber(bronze=30)]).apply([])
    (badge,) = store.badges()
    assert badge.awarded == max(entry.occurred for entry in store.entries())
    Engine(store, [climber(bronze=35)]).apply([])
    assert tiers(store) == []
    assert [problems for _name, problems in examine(store, {"test": climber(bronze=35)}) if problems] == []


def test_a_badge_that_left_the_program_stays_with_those_who_hold_it_and_the_doctor_agrees() -> None:
    store = fed(climber(), signals(1, [5, 6, 7, 8]))
    without = make_program({"challenge": "challenge-1", "points": 10}, challenges=[{}])
    Engine(store, [without]).apply(signals(1, [9], first=10))
    assert tiers(store) == ["bronze", "silver"]
    assert [problems for _name, problems in examine(store, {"test": without}) if problems] == []


def test_a_new_calendar_counts_runs_anew_and_gives_nothing_by_itself() -> None:
    store = fed(streak(4), signals(1, [5, 6, 8, 9]))
    assert the_row(store) == (2, False)
    edited = streak(4, people=[{"user": ANN, "leave": [{"from": date(2026, 1, 7), "to": date(2026, 1, 7)}]}])
    Engine(store, [edited]).apply([])
    assert the_row(store) == (4, False)
    assert [problems for _name, problems in examine(store, {"test": edited}) if problems] == []
    Engine(store, [edited]).apply(signals(1, [12], first=10))
    assert the_row(store) == (5, True)


def test_rows_of_badges_are_listed_only_for_whoever_asks_for_one() -> None:
    queries = Queries(fed(climber(), signals(1, [5])), now=LATER)
    assert {row.challenge for row in queries.progress(RowFilter())} == {"challenge-1"}
    asked = queries.completions(RowFilter(challenge="badge/badge-1"))
    assert [(row.progress.period, row.progress.value // GOAL_UNIT) for row in asked] == [("bronze", 10), ("silver", 10)]


def test_the_doctor_finds_a_tier_that_nobody_earned_and_one_that_is_missing() -> None:
    store = fed(climber(), signals(1, [5, 6]))
    (badge,) = store.badges()
    with store.begin() as transaction:
        transaction.withdraw_badges([badge])
    found = dict(examine(store, {"test": climber()}))
    assert [one.kept for one in found["completions"]] == ["no badge"]


def test_ten_thousand_days_of_leave_are_passed_in_one_step() -> None:
    leave = [{"from": date(2026, 1, 6), "to": date(2026, 1, 6) + timedelta(days=10_000)}]
    assert the_row(fed(streak(2, people=[{"user": ANN, "leave": leave}]), signals(1, [5, 8]))) == (1, False)
