"""Bugs of other systems in what seasons lead to: teams that complete together, and challenges that end."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.model.entry import EntryKind
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_program
from tests.regression.beds import ANNA, BEN, CARL, COMPLETING, WEEKLY, Bed, task

# 8


@pytest.mark.parametrize(("credit", "credited"), [("each", [ANNA, BEN, CARL]), ("who_contributed", [ANNA, BEN])])
def test_a_team_that_completes_credits_whom_its_program_says_and_each_of_them_once(
    any_bed: Bed, credit: str, credited: Sequence[str]
) -> None:
    """When a team reached its goal, only whoever made the last step got the bonus, or some members got it twice."""
    goal = {"target": 3, "credit": credit, "bonus": 20, "badge": "together"}
    program = make_program(
        COMPLETING | {"challenge": "joint"},
        challenges=[{"id": "joint", "goal": {"count": "rules", "target": 100}, "team_goal": goal}],
        badges=[{"id": "together"}],
        teams=[{"id": "east", "name": "East", "members": [ANNA, BEN, CARL]}],
    )

    def bonuses() -> list[tuple[str, int]]:
        return sorted((one.user, one.points) for one in any_bed.standing() if one.kind is EntryKind.BONUS)

    any_bed.play(program, task(5, done=True, record=1), task(6, done=True, record=2, owner=2))
    assert bonuses() == []
    last = task(7, done=True, record=3)
    any_bed.play(program, last)
    any_bed.play(program, last, task(8, done=True, record=4, owner=2))
    assert bonuses() == [(user, 20) for user in credited]
    assert sorted(one.user for one in any_bed.store.badges()) == list(credited)
    any_bed.play(program, task(9, done=False, record=3), task(9, done=False, record=1, owner=2))
    assert (bonuses(), any_bed.store.badges()) == ([], [])


# 9


def test_a_challenge_closes_though_nothing_happens_after_its_end(any_bed: Bed) -> None:
    """A challenge was closed by the first event after its end: where none came, it stayed open for ever."""
    program = make_program(
        {"challenge": "signals"},
        challenges=[{"id": "signals", "goal": {"count": "rules", "target": 1}}],
        leaderboards=[{"id": "team"}],
        starts="2026-01-05",
        weeks=2,
        closing={"grace_days": 3},
    )
    any_bed.play(program, make_change(at="2026-01-06T12:00:00Z"), clock=lambda: datetime(2026, 1, 6, 13, tzinfo=UTC))
    final_at = datetime(2026, 1, 22, tzinfo=UTC)
    closed = []
    for step in (timedelta(seconds=-1), timedelta(0), timedelta(days=9)):
        engine = Engine(any_bed.store, [program], clock=lambda now=final_at + step: now)
        closed.append([(one.kind, one.id) for one in Manual(engine).close_due()])
    assert closed == [[], [("challenge", "signals"), ("board", "team")], []]
    board = Queries(any_bed.store, now=final_at).board("team")
    assert (board.status, [(row.user, row.points) for row in board.rows]) == ("final", [(ANNA, 10)])


# 10


def test_a_bonus_can_be_won_again_in_a_run_after_one_that_was_closed(any_bed: Bed) -> None:
    """Who had won the bonus was remembered past the end of a run, so that in the next one nobody could win it."""
    program = make_program(
        {"challenge": "weekly"},
        challenges=[WEEKLY | {"goal": {"count": "rules", "target": 2}, "completion": {"bonus": 20}}],
        starts="2026-01-05",
        weeks=2,
        closing={"grace_days": 3},
    )
    any_bed.play(program, *(make_change(record=day, at=f"2026-01-{day:02d}T12:00:00Z") for day in (5, 6)))
    engine = Engine(any_bed.store, [program], clock=lambda: datetime(2026, 1, 15, tzinfo=UTC))
    assert [(one.id, one.period) for one in Manual(engine).close_due()] == [("weekly", "week:2026-01-05")]
    any_bed.play(program, *(make_change(record=day, at=f"2026-01-{day:02d}T12:00:00Z") for day in (12, 13)))
    bonuses = [(one.user, one.period, one.points) for one in any_bed.standing() if one.kind is EntryKind.BONUS]
    assert bonuses == [(ANNA, "week:2026-01-05", 20), (ANNA, "week:2026-01-12", 20)]
