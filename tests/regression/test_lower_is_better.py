"""Goals in which fewer awards are better: at most two reopened cases, among so many closed ones."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import StringIO
from itertools import islice, permutations
from typing import Any

import pytest
from rich.console import Console, RenderableType

from novigem import check_program, dump_program
from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import RowFilter, Store
from novigem.model.change import Change, to_micros
from novigem.model.closing import read_standings
from novigem.model.entry import EntryKind
from novigem.model.program import Program
from novigem.planning.apply import Wish, preview
from novigem.queries.board_types import Board
from novigem.queries.progress import read_progress
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.views.json.answers import board_answer, progress_answer
from novigem.views.terminal.board import board_screen, board_table
from novigem.views.terminal.progress import progress_screen
from novigem.views.words import Screen
from tests.regression.beds import Bed, fed

UNIT = 1_000_000
ANNA, BEN, CORA, DAN = (make_id("005", n) for n in (1, 2, 3, 4))
DURING, AFTER = datetime(2026, 1, 9, 20, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
CLOSED: dict[str, Any] = {
    "id": "closed",
    "object": "Case",
    "trigger": "update",
    "when": {"Status": {"changedTo": "Closed"}},
    "points": 0,
    "challenge": "lasting",
}
REOPENED = CLOSED | {"id": "reopened", "when": {"Status": {"changedTo": "Reopened"}}}
FEW = {"fewest": ["reopened"], "at_least": 4, "target": 1}
LASTING: dict[str, Any] = {
    "id": "lasting",
    "name": "Lasting",
    "type": "timebound",
    "goal": FEW,
    "completion": {"bonus": 20, "badge": "shield"},
}
SEASON = {"starts": "2026-01-05", "weeks": 2}


def case(number: int, status: str = "Closed", *, hour: int = 0, owner: str = ANNA) -> Change:
    return make_change(
        "update",
        object="Case",
        record=number,
        at=f"2026-01-06T{hour or number:02}:00:00Z",
        old={"Status": "Working"},
        owner=owner,
        Status=status,
    )


def season(*rules: dict[str, Any], **keys: Any) -> Program:
    given = {"challenges": [LASTING], "badges": [{"id": "shield", "name": "Shield"}], **SEASON} | keys
    return make_program(*(rules or (CLOSED, REOPENED)), **given)


def points(store: Store) -> int:
    return sum(one.points for one in store.entries())


def standings(store: Store, program: Program) -> list[str | None]:
    rows = read_progress(store, {program.program: program}, 0, RowFilter(program.program), live=True)
    return [row.standing for row in rows]


def test_few_holds_from_enough_awards_on_and_no_more_once_there_are_too_many() -> None:
    good = [case(n) for n in (1, 2, 3)]
    store, rows = fed(season(), good)
    assert (rows, standings(store, season())) == ([(0, 3, False)], ["too few awards"])
    store, rows = fed(season(), good, [case(4, "Reopened")])
    assert (rows, standings(store, season())) == ([(1, 4, True)], ["within"])
    assert (points(store), len(store.badges())) == (20, 1)
    assert store.progress_rows()[0].completed == to_micros(case(4).at)
    store, rows = fed(season(), good, [case(4, "Reopened")], [case(5, "Reopened")])
    assert (rows, standings(store, season())) == ([(2, 5, False)], ["over"])
    assert (points(store), store.badges()) == (0, [])


def test_more_work_never_makes_up_for_too_many() -> None:
    many = [case(n) for n in range(3, 20)]
    assert fed(season(), [case(1, "Reopened"), case(2, "Reopened")], many)[1] == [(2, 19, False)]


def test_nobody_has_few_by_doing_nothing() -> None:
    store, rows = fed(season(), [case(1), case(2, owner=BEN), case(3, "Reopened", owner=BEN)])
    assert rows == [(0, 1, False), (1, 2, False)]
    assert points(store) == 0


def holds(changes: Sequence[Change], least: int, target: int) -> tuple[int, int, int | None]:
    """Say in the plainest way how it stands after some changes: looked at moment by moment, as a whole."""
    since = None
    for at in sorted({one.at for one in changes}):
        past = [one for one in changes if one.at <= at]
        bad = sum(one.new["Status"] == "Reopened" for one in past)
        since = (since or to_micros(at)) if len(past) >= least and bad <= target else None
    return sum(one.new["Status"] == "Reopened" for one in changes), len(changes), since


@pytest.mark.parametrize("signs", ["cccr", "ccccrr", "rcccrc", "rrcccc", "cccccr", "ccc", "crcccrc"])
def test_no_order_of_arrival_decides(signs: str) -> None:
    # Two of them at one moment.
    told = {"c": "Closed", "r": "Reopened"}
    changes = [case(n, told[one], hour=min(n, len(signs) - 1)) for n, one in enumerate(signs, start=1)]
    bad, number, since = holds(changes, 4, 1)
    step = max(1, len(list(permutations(changes))) // 40)
    for order in islice(permutations(changes), 0, None, step):
        store, rows = fed(season(), *([one] for one in order))
        assert rows == [(bad, number, since is not None)]
        assert [row.completed for row in store.progress_rows()] == [since]
        assert points(store) == (20 if since else 0)


def test_an_award_taken_back_gives_room_again() -> None:
    undone = REOPENED | {"on_undo": "reverse"}
    changes = [*(case(n) for n in (1, 2, 3, 4)), case(5, "Reopened"), case(6, "Reopened")]
    mistake = make_change(
        "update", object="Case", record=6, at="2026-01-06T08:00:00Z", old={"Status": "Reopened"}, Status="Working"
    )
    store, rows = fed(season(CLOSED, undone), changes, [mistake])
    assert (rows, points(store), len(store.badges())) == ([(1, 5, True)], 20, 1)
    _store, rows = fed(season(CLOSED, undone), changes, [mistake], [case(6, "Reopened", hour=9)])
    assert rows == [(2, 6, False)]


def test_an_award_of_no_points_stands_with_its_reason() -> None:
    store, _rows = fed(season(), [case(1)])
    assert [(one.points, one.reason) for one in store.entries()] == [(0, "it counts for the goal alone")]


def test_points_limits_leave_it_alone() -> None:
    capped = [one | {"points": 5, "cap": {"awards": 1}} for one in (CLOSED, REOPENED)]
    changes = [case(1), case(2), case(3), case(4, "Reopened"), case(5, "Reopened")]
    assert fed(season(*capped), changes)[1] == [(2, 5, False)]


def test_part_time_makes_the_awards_fewer_and_not_what_is_allowed() -> None:
    fair = LASTING | {"fair": True}
    half = season(challenges=[fair], people=[{"user": ANNA, "part_time": 50}])
    assert fed(half, [case(1), case(2, "Reopened")])[1] == [(1, 2, True)]
    # Somebody who is nearly never there needs something good all the same.
    rare = season(challenges=[fair], people=[{"user": ANNA, "part_time": 5}])
    assert fed(rare, [case(1, "Reopened")])[1] == [(1, 1, False)]
    own = season(people=[{"user": ANNA, "targets": {"lasting": 2}}])
    assert fed(own, [case(1), case(2), case(3, "Reopened"), case(4, "Reopened")])[1] == [(2, 4, True)]


def test_a_target_that_was_another_before_decides_for_what_happened_then() -> None:
    strict = LASTING | {"goal": FEW | {"target": 1, "earlier": [{"target": 2, "ends": date(2026, 1, 6)}]}}
    changes = [case(1), case(2), case(3, "Reopened"), case(4, "Reopened")]
    later = make_change(
        "update",
        object="Case",
        record=9,
        at="2026-01-07T09:00:00Z",
        old={"Status": "Working"},
        owner=ANNA,
        Status="Closed",
    )
    assert fed(season(challenges=[strict]), changes)[1] == [(2, 4, True)]
    assert fed(season(challenges=[strict]), changes, [later])[1] == [(2, 5, False)]
    assert fed(season(challenges=[strict]), [later], changes)[1] == [(2, 5, False)]


def test_a_new_period_begins_with_none() -> None:
    weekly = LASTING | {"type": "recurring", "cadence": "weekly"}
    next_week = [
        make_change(
            "update",
            object="Case",
            record=n,
            at=f"2026-01-13T{n:02}:00:00Z",
            old={"Status": "Working"},
            owner=ANNA,
            Status="Closed",
        )
        for n in range(1, 5)
    ]
    changes = [case(n, "Reopened") for n in range(1, 5)]
    _store, rows = fed(season(challenges=[weekly]), changes, next_week)
    assert rows == [(4, 4, False), (0, 4, True)]


def test_a_team_has_the_few_of_all_its_members() -> None:
    team = {"id": "team", "name": "Team", "members": [ANNA, BEN]}
    goal_of_team = {"target": 2, "credit": "who_contributed", "bonus": 7}
    program = season(teams=[team], challenges=[LASTING | {"team_goal": goal_of_team}])
    store = MemoryStore()
    Engine(store, [program]).apply([case(1), case(2), case(3), case(4, "Reopened", owner=BEN)])
    rows = [row for row in store.progress_rows() if row.user == "team"]
    assert [(row.value // UNIT, row.entries, row.completed is not None) for row in rows] == [(1, 4, True)]
    bonuses = [(one.user, one.points) for one in store.entries() if one.kind is EntryKind.BONUS and one.points == 7]
    assert bonuses == [(ANNA, 7)]


def test_it_names_the_rules_by_what_they_are_called_now() -> None:
    store = MemoryStore()
    Engine(store, [season()]).apply([case(1), case(2)])
    named = LASTING | {"goal": FEW | {"fewest": ["back-again"]}}
    renamed = season(CLOSED, REOPENED | {"id": "back-again", "was": "reopened"}, challenges=[named])
    Engine(store, [renamed]).apply([case(3), case(4, "Reopened")])
    assert [(row.value // UNIT, row.entries) for row in store.progress_rows()] == [(1, 4)]


def written(drawn: RenderableType) -> str:
    console = Console(file=StringIO(), width=110)
    console.print(drawn)
    return console.file.getvalue()  # type: ignore[attr-defined]


def boarded(target: int = 2) -> Program:
    board = {"id": "few", "name": "Few", "by": "percent", "scope": {"challenge": "lasting"}}
    return season(challenges=[LASTING | {"goal": FEW | {"target": target}}], leaderboards=[board])


#: Anna has none of four, Ben one, Cora three of three, and Dan has done too little to tell.
FOUR = [
    *(case(n) for n in range(1, 5)),
    case(11, "Reopened", owner=BEN),
    *(case(n, owner=BEN) for n in (12, 13, 14)),
    *(case(n, "Reopened", owner=CORA) for n in (15, 16, 17)),
    case(20, owner=DAN),
]
PLACES = [(1, ANNA, 0), (2, BEN, UNIT), (3, CORA, 3 * UNIT)]


def places(board: Board) -> list[tuple[int, str, int | None]]:
    return [(row.rank, row.user, row.value) for row in board.rows]


def test_a_board_by_percent_ranks_the_fewest_first_and_nobody_who_did_next_to_nothing(any_bed: Bed) -> None:
    store, program = any_bed.store, boarded()
    Engine(store, [program], clock=lambda: DURING).apply(FOUR)
    board = Queries(store, now=DURING).board("few", user=DAN)
    assert (board.fewer_first, board_answer(board)["better"], places(board)) == (True, "lower", PLACES)
    assert places(Queries(store, now=DURING).board("few", as_of=store.entry_count())) == PLACES
    shown = written(board_screen(board, program, Screen(90), user=DAN))
    assert "Of allowed" in shown
    # Anna and Ben; Cora has more than is allowed.
    assert shown.count(Screen().glyphs.star) == 2
    assert "too few awards in this challenge for a place" in shown
    assert list(board_table(board).rows)[1][:5] == (2, BEN, 50.0, 1, 2)


def test_what_is_closed_lists_the_fewest_first_and_follows_from_the_ledger(any_bed: Bed) -> None:
    store, program = any_bed.store, boarded()
    Engine(store, [program], clock=lambda: DURING).apply(FOUR)
    Manual(Engine(store, [program], clock=lambda: AFTER)).close_due()
    (final,) = [read_standings(one) for one in store.closings() if one.kind == "challenge"]
    assert [row.user for row in final.progress] == [ANNA, BEN, DAN, CORA]
    board = Queries(store, now=AFTER).board("few")
    assert (board.status, places(board)) == ("final", PLACES)
    assert read_progress(store, {program.program: program}, 0, RowFilter(), live=False)[0].status == "final"
    assert [name for name, found in examine(store, {program.program: program}) if found] == []


def test_progress_says_how_everybody_stands() -> None:
    store, program = MemoryStore(), boarded()
    Engine(store, [program]).apply(FOUR)
    answers = read_progress(store, {program.program: program}, 0, RowFilter(), live=True)
    assert [one.standing for one in answers] == ["within", "within", "over", "too few awards"]
    assert [progress_answer(one)["standing"] for one in answers] == [one.standing for one in answers]
    people = {one.progress.user: make_person(n) for n, one in enumerate(answers, start=1)}
    shown = written(progress_screen(answers, {program.program: program}, people, Screen(100)))
    for words in ("at most 2 awards of reopened, among 4 or more", "0 / 2, within", "3 / 2, over", "1 award so far"):
        assert words in shown, words


def test_a_goal_of_another_kind_says_nothing_of_it() -> None:
    paid = CLOSED | {"points": 5}
    program = season(paid, challenges=[LASTING | {"goal": {"count": "rules", "target": 2}}])
    store, _rows = fed(program, [case(1)])
    assert standings(store, program) == [None]


def test_another_target_from_a_day_on_is_previewed() -> None:
    store, changes = MemoryStore(), [*FOUR, case(18, "Reopened", owner=BEN)]
    Engine(store, [boarded(1)], clock=lambda: DURING).apply(changes)
    seen = preview(store, Wish(boarded(3), date(2026, 1, 12)), now=DURING)
    # Whatever Ben does next, he has three at most; Cora may get a fourth, and Dan has done too little.
    told = [(one.user, one.value, one.is_reached) for one in seen.goals]
    assert told == [(BEN, 2, True), (CORA, 3, False), (DAN, 0, False)]


FILE = """\
program: p
name: P
starts: 2026-01-05
{weeks}rules:
  - {{id: closed, object: Task, trigger: create, points: 0, challenge: s}}
  - {{id: reopened, object: Case, trigger: create, points: 0, challenge: s}}
challenges:
  - {{id: s, name: S, type: {type}, goal: {goal}}}
leaderboards: [{{id: team, name: Team}}]
"""
WEEKS = "weeks: 2\n"


@pytest.mark.parametrize(
    ("goal", "codes"),
    [
        ("{fewest: reopened, at_least: 10, target: 2}", []),
        ("{fewest: [reopened], at_least: 3, target: 2}", []),
        ("{fewest: [reopened], at_least: 2, target: 2}", ["NV218"]),
        ("{fewest: [reopened], target: 2}", ["NV218"]),
        ("{fewest: [reopened], at_least: 10, target: 2.5}", ["NV218"]),
        ("{fewest: [reopened], at_least: 10, target: 0}", ["NV205"]),
        ("{fewest: [reopend], at_least: 10, target: 2}", ["NV348"]),
        ("{fewest: [closed, reopened], at_least: 10, target: 2}", ["NV348"]),
        ("{fewest: [reopened], rate: [closed], at_least: 10, target: 2}", ["NV212"]),
    ],
)
def test_check_tells_of_few_that_cannot_be_told(goal: str, codes: list[str]) -> None:
    program, found = check_program(FILE.format(goal=goal, weeks=WEEKS, type="timebound"), name="p.yaml")
    assert sorted(one.code for one in found if one.code != "NV349") == codes
    assert (program is None) == bool(codes)
    if program is not None:
        assert check_program(dump_program(program), name="p.yaml") == (program, [])


@pytest.mark.parametrize(
    ("weeks", "kind", "codes"),
    [("", "one-time", ["NV926"]), ("", "recurring, cadence: weekly", []), (WEEKS, "one-time", [])],
)
def test_check_advises_to_give_it_an_end(weeks: str, kind: str, codes: list[str]) -> None:
    goal = "{fewest: reopened, at_least: 10, target: 2}"
    _program, found = check_program(FILE.format(goal=goal, weeks=weeks, type=kind), name="p.yaml")
    assert [one.code for one in found] == codes
