"""Completion, badges and corrections by hand."""

from datetime import UTC, datetime

import pytest

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import InputError, ProgramError
from novigem.ledger.memory.store import MemoryStore
from novigem.model.entry import GOAL_UNIT, EntryKind
from novigem.model.program import Program
from novigem.testing import make_change, make_id, make_program

ANNA, BEN = make_id("005", 1), make_id("005", 2)


def goal_program(*, badge_status: str = "active", **challenge: object) -> Program:
    return make_program(
        {"trigger": "update", "once_per": "change", "challenge": "goal"},
        challenges=[
            {
                "id": "goal",
                "goal": {"count": "rules", "target": 2},
                "completion": {"bonus": 50, "badge": "good"},
                **challenge,
            }
        ],
        badges=[{"id": "good", "status": badge_status}],
    )


def edits(*hours: int, owner: int = 1) -> list:
    return [make_change("update", record=1, owner=owner, at=f"2026-01-07T{hour:02d}:00:00Z") for hour in hours]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def bonuses(store: MemoryStore) -> list[tuple[str, int]]:
    return [(entry.user, entry.points) for entry in store.entries() if entry.kind is EntryKind.BONUS]


def test_the_bonus_is_paid_once_however_far_progress_goes(store: MemoryStore) -> None:
    engine = Engine(store, [goal_program()])
    report = engine.apply(edits(1))
    assert (report.bonuses, report.badges) == (0, 0)
    report = engine.apply(edits(2, 3))
    assert (report.bonuses, report.badges) == (1, 1)
    engine.apply(edits(4, 5))
    assert bonuses(store) == [(ANNA, 50)]
    (row,) = store.progress_rows()
    assert (row.value, row.target, row.entries) == (5 * GOAL_UNIT, 2 * GOAL_UNIT, 5)
    assert store.total("test:*:all", ANNA).points == 100


def test_a_recurring_challenge_completes_once_per_period(store: MemoryStore) -> None:
    program = goal_program(type="recurring", cadence="weekly")
    days = (5, 6, 7, 12, 13, 19)
    rows = [make_change("update", at=f"2026-01-{day:02d}T00:00:00Z") for day in days]
    Engine(store, [program]).apply(rows)
    assert [row.value // GOAL_UNIT for row in store.progress_rows()] == [3, 2, 1]
    assert len(bonuses(store)) == 2
    assert [badge.period for badge in store.badges()] == ["week:2026-01-05", "week:2026-01-12"]


def test_a_completion_is_dated_to_the_moment_that_reached_the_target(store: MemoryStore) -> None:
    Engine(store, [goal_program()]).apply(edits(1, 2, 3))
    (row,) = store.progress_rows()
    (badge,) = store.badges()
    (bonus,) = [entry for entry in store.entries() if entry.kind is EntryKind.BONUS]
    second = int(datetime(2026, 1, 7, 2, tzinfo=UTC).timestamp()) * 1_000_000
    assert {row.completed, badge.awarded, bonus.occurred} == {second}


def test_late_news_moves_a_completion_and_the_bonus_stands_once(store: MemoryStore) -> None:
    engine = Engine(store, [goal_program()])
    engine.apply(edits(5, 6))
    engine.apply(edits(1))
    entries = [(one.kind, one.points) for one in store.entries() if one.rule is None]
    assert entries == [(EntryKind.BONUS, 50), (EntryKind.REVERSAL, -50), (EntryKind.BONUS, 50)]
    assert store.total("test:*:all", ANNA).points == 80
    assert len(store.badges()) == 1


def test_late_news_that_gives_an_award_to_somebody_else_takes_completion_bonus_and_badge_with_it(
    store: MemoryStore,
) -> None:
    program = make_program(
        {"challenge": "goal"},
        challenges=[{"id": "goal", "completion": {"bonus": 50, "badge": "good"}}],
        badges=[{"id": "good"}],
    )
    engine = Engine(store, [program])
    engine.apply([make_change(owner=1, at="2026-01-08T00:00:00Z")])
    engine.apply([make_change(owner=2, at="2026-01-07T00:00:00Z")])
    assert [badge.user for badge in store.badges()] == [BEN]
    assert [row.user for row in store.progress_rows()] == [BEN]
    assert [(one.user, one.points) for one in store.top("test:*:all", (), None)] == [(BEN, 60)]


def test_an_inactive_badge_is_skipped_and_the_challenge_completes(store: MemoryStore) -> None:
    report = Engine(store, [goal_program(badge_status="inactive")]).apply(edits(1, 2))
    assert (report.bonuses, report.badges, store.badges()) == (1, 0, [])
    assert store.progress_rows()[0].completed is not None


@pytest.mark.parametrize(
    ("goal", "value"),
    [
        ({"count": "rules"}, 3),
        ({"points": "rules"}, 30),
        ({"sum": "Amount", "object": "Opportunity"}, 3.3),
        ({"distinct": "AccountId", "object": "Opportunity"}, 2),
        ({"count": "Task"}, 0),
        ({"count": "rules", "object": "Opportunity"}, 3),
    ],
)
def test_each_kind_of_goal_counts_its_own_thing(store: MemoryStore, goal: dict[str, str], value: float) -> None:
    program = make_program(
        {"challenge": "goal"},
        {"object": "Task", "challenge": "goal"},
        challenges=[{"id": "goal", "goal": {**goal, "target": 1000}}],
    )
    accounts = (make_id("001", 1), make_id("001", 2), make_id("001", 1))
    rows = [make_change(record=n, Amount=1.1, AccountId=account) for n, account in enumerate(accounts)]
    Engine(store, [program]).apply(rows)
    assert [row.value for row in store.progress_rows()] == [round(value * GOAL_UNIT)]


@pytest.mark.parametrize("amount", [None, "12", True, float("nan"), float("inf"), 1e300, [1]])
def test_an_amount_that_is_no_number_adds_nothing_to_a_sum(store: MemoryStore, amount: object) -> None:
    program = make_program({"challenge": "goal"}, challenges=[{"id": "goal", "goal": {"sum": "Amount", "target": 1}}])
    report = Engine(store, [program]).apply([make_change(Amount=amount)])
    assert (report.entries, [row.value for row in store.progress_rows()]) == (1, [0])


def test_a_tenth_added_ten_times_reaches_one(store: MemoryStore) -> None:
    program = make_program({"challenge": "goal"}, challenges=[{"id": "goal", "goal": {"sum": "Amount", "target": 1}}])
    Engine(store, [program]).apply([make_change(record=n, Amount=0.1) for n in range(10)])
    assert store.progress_rows()[0].completed is not None


def test_a_badge_by_hand_is_given_once(store: MemoryStore) -> None:
    engine = Engine(store, [goal_program()])
    assert Manual(engine).award_badge("test", "good", ANNA, reason="helped", author="boss")
    assert not Manual(engine).award_badge("test", "good", ANNA)
    engine.apply(edits(1, 2))
    assert [(badge.challenge, badge.reason) for badge in store.badges()] == [("goal", None), ("", "helped")]


@pytest.mark.parametrize(
    ("badge", "status", "message"), [("none", "active", "no badge"), ("good", "inactive", "inactive")]
)
def test_a_badge_that_cannot_be_given_is_refused(store: MemoryStore, badge: str, status: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Manual(Engine(store, [goal_program(badge_status=status)])).award_badge("test", badge, ANNA)
    assert store.badges() == []


def test_an_adjustment_changes_the_balance_and_nothing_else(store: MemoryStore) -> None:
    engine = Engine(store, [goal_program()])
    engine.apply(edits(1))
    before = store.progress_rows()
    entry = Manual(engine).adjust("test", ANNA, 7, reason=" well done ", author="boss")
    assert (entry.kind, entry.points, entry.reason, entry.author) == (EntryKind.ADJUSTMENT, 7, "well done", "boss")
    assert store.total("test:*:all", ANNA).points == 17
    assert store.progress_rows() == before


def test_a_balance_below_zero_is_refused_unless_the_program_allows_it(store: MemoryStore) -> None:
    engine = Engine(store, [make_program()])
    engine.apply([make_change()])
    with pytest.raises(InputError, match="fall to -1"):
        Manual(engine).adjust("test", ANNA, -11, reason="too much")
    assert store.entry_count() == 1
    Manual(engine).adjust("test", ANNA, -10, reason="to the last point")
    assert store.total("test:*:all", ANNA).points == 0
    Manual(Engine(store, [make_program(allow_negative_balance=True)])).adjust("test", ANNA, -5, reason="allowed")
    assert store.total("test:*:all", ANNA).points == -5


@pytest.mark.parametrize(("points", "reason"), [(0, "why"), (5, ""), (5, "  ")])
def test_an_adjustment_needs_points_and_a_reason(store: MemoryStore, points: int, reason: str) -> None:
    with pytest.raises(InputError, match="needs points"):
        Manual(Engine(store, [make_program()])).adjust("test", ANNA, points, reason=reason)


def test_a_program_that_is_not_there_is_named(store: MemoryStore) -> None:
    with pytest.raises(InputError, match="'other'"):
        Manual(Engine(store, [make_program()])).adjust("other", ANNA, 1, reason="why")


def test_two_programs_of_one_id_are_refused(store: MemoryStore) -> None:
    with pytest.raises(ProgramError, match="same id"):
        Engine(store, [make_program(), make_program(name="Other")])


def test_two_programs_keep_their_sums_apart(store: MemoryStore) -> None:
    Engine(store, [make_program(), make_program({"points": 3}, program="second")]).apply([make_change()])
    assert [(total.book, total.points) for total in store.rollup_totals("") if total.book.endswith(":*:all")] == [
        ("second:*:all", 3),
        ("test:*:all", 10),
    ]
