"""Teams of different size compare by points per member: each counts for as long as they belonged to the team."""

from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import ProgramError
from novigem.leaderboards.averages import average, members_within, rank_by_average
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.entry import GOAL_UNIT, Total
from novigem.model.program import Program
from novigem.model.roster import Membership
from novigem.queries.board_types import Board
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.views.json.answers import board_answer
from tests.regression.beds import Bed

ONE, TWO, THREE, FOUR = (make_id("005", n) for n in (1, 2, 3, 4))
NORTH = {"id": "north", "name": "North", "members": [ONE, TWO, THREE]}
SOUTH = {"id": "south", "name": "South", "members": [FOUR]}
HALFWAY, AFTER = datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
BOARDS = (
    {"scope": "teams", "by": "average"},
    {"scope": "teams"},
    {"scope": "teams", "by": "average", "period": "week"},
)


def season(*teams: dict[str, Any], boards: Any = BOARDS) -> Program:
    return make_program({"points": 10}, teams=list(teams), leaderboards=boards, starts="2026-01-05", weeks=2)


def deal(number: int, owner: int, day: int = 6) -> Change:
    return make_change(record=number, owner=owner, at=f"2026-01-{day:02}T10:00:00Z")


def play(store: Store, program: Program, *changes: Change) -> None:
    with store.begin() as transaction:
        transaction.save_people(make_person(n) for n in (1, 2, 3, 4))
    Engine(store, [program], clock=lambda: HALFWAY).apply(changes)


def board(store: Store, number: int = 1, now: datetime = AFTER, **options: Any) -> Board:
    return Queries(store, now=now).board(f"board-{number}", **options)


def rows(found: Board) -> list[tuple[int, str, int, Fraction]]:
    return [(row.rank, row.name, row.points, average(row.points, row.members or 0)) for row in found.rows]


FIVE = [deal(1, 1), deal(2, 2), deal(3, 3), deal(4, 4), deal(5, 4, 14)]


def test_a_small_team_may_stand_above_a_large_one(any_bed: Bed) -> None:
    program = season(NORTH, SOUTH)
    play(any_bed.store, program, *FIVE)
    assert [row.name for row in board(any_bed.store, 2).rows] == ["North", "South"]
    live = rows(board(any_bed.store))
    assert live == [(1, "South", 20, Fraction(20)), (2, "North", 30, Fraction(10))]
    assert rows(board(any_bed.store, as_of=any_bed.store.entry_count())) == live
    (week,) = [row for row in board(any_bed.store, 3, period="week:2026-01-07").rows if row.name == "South"]
    assert (week.points, week.members) == (10, GOAL_UNIT)
    Manual(Engine(any_bed.store, [program], clock=lambda: AFTER)).close_due()
    final = board(any_bed.store)
    assert (final.status, final.by, rows(final)) == ("final", "average", live)


def test_a_member_counts_for_the_days_in_the_team() -> None:
    late = {"user": THREE, "from": date(2026, 1, 12)}
    store, program = MemoryStore(), season({**NORTH, "members": [ONE, late]}, SOUTH)
    play(store, program, deal(1, 1), deal(2, 3, 13), deal(3, 3, 6))
    (north,) = [row for row in board(store).rows if row.name == "North"]
    # One for both weeks and one for half of the time; what was earned before coming is no team's.
    assert (north.points, north.members) == (20, 1_500_000)
    (then,) = [row for row in board(store, now=HALFWAY).rows if row.name == "North"]
    assert then.members == GOAL_UNIT
    (as_of,) = [row for row in board(store, as_of=HALFWAY).rows if row.name == "North"]
    assert (as_of.points, as_of.members) == (10, GOAL_UNIT)


def test_members_without_points_count_and_are_sealed() -> None:
    store, program = MemoryStore(), season(NORTH, SOUTH)
    play(store, program, deal(1, 1), deal(2, 4))
    Manual(Engine(store, [program], clock=lambda: AFTER)).close_due()
    assert rows(board(store)) == [(1, "South", 10, Fraction(10)), (2, "North", 10, Fraction(10, 3))]
    told = board_answer(board(store))
    assert told["by"] == "average"
    assert [(row["members"], row["average"]) for row in told["rows"]] == [(1, 10.0), (3, 3.33)]


def test_a_team_of_nobody_has_an_average_of_nothing() -> None:
    store, program = MemoryStore(), season(NORTH, {**SOUTH, "members": ["nobody@example.com"]})
    play(store, program, deal(1, 1))
    assert rows(board(store)) == [(1, "North", 10, Fraction(10, 3)), (2, "South", 0, Fraction(0))]


def test_what_cannot_be_averaged_is_refused() -> None:
    with pytest.raises(ProgramError, match="NV333"):
        season(NORTH, boards=[{"by": "average"}])
    with pytest.raises(ProgramError, match="NV333"):
        make_program({}, teams=[NORTH], leaderboards=[{"by": "average", "scope": "teams"}])


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 3 * GOAL_UNIT), st.integers(0, 2)), max_size=6),
    st.sampled_from(["dense", "competition", "ordinal"]),
    st.sampled_from([(), ("first_to_reach",)]),
)
def test_a_ranking_by_average_is_a_total_preorder(teams: Any, style: Any, ties: Any) -> None:
    totals = [(Total("", f"t{n}", points, 1, reached), some) for n, (points, some, reached) in enumerate(teams)]
    found = rank_by_average(totals, style, ties)
    assert found == rank_by_average(reversed(totals), style, ties)
    for above, below in pairwise(found):
        first, second = (average(one.total.points, one.members) for one in (above, below))
        assert first >= second
        is_equal = first == second and (not ties or above.total.reached == below.total.reached)
        assert (above.rank == below.rank) is is_equal


def test_half_of_the_time_is_half_a_member() -> None:
    memberships = [Membership("a", ONE, 0, 50), Membership("a", TWO, -10, 200), Membership("b", ONE, 100, 200)]
    assert members_within(memberships, 0, 100) == {"a": 1_500_000}
    assert members_within(memberships, 50, 50) == {}
