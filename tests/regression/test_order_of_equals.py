"""Who of equals comes first: what a person did decides, never a correction that comes to nothing, nor an id."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest

from novigem import open_store
from novigem.audit.doctor.doctor import examine
from novigem.engine.closing.due import due_closings
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from novigem.model.change import Change, to_micros
from novigem.model.closing import Closing, body_digest, read_standings
from novigem.model.program import Program
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_id, make_person, make_program
from tests.golden.cli.world import novigem

ANA, BEN, CY = (make_id("005", n) for n in (1, 2, 3))
PEOPLE = [make_person(n, name=name, role="A") for n, name in ((1, "Ana"), (2, "Ben"), (3, "Cy"))]
DAY_ONE = datetime(2026, 1, 6, 10, tzinfo=UTC)
LATER = datetime(2026, 2, 1, tzinfo=UTC)
TIMED = ["first_to_reach"]
TASK = {"object": "Task", "trigger": "update", "when": {"Status": {"changedTo": "Done"}}, "points": 5}


def done(record: int, owner: str, hours: float, **fields: Any) -> Change:
    """Give a task that somebody has done, so many hours after the first day began."""
    at = DAY_ONE + timedelta(hours=hours)
    fields = {"Status": "Done", **fields}
    return make_change("update", object="Task", record=record, owner=owner, at=at, old={"Status": "Open"}, **fields)


def season(**keys: Any) -> Program:
    boards = keys.pop("leaderboards", [{"id": "team", "scope": "everybody", "ties": TIMED}])
    rule = {**TASK, **keys.pop("rule", {})}
    return make_program(rule, starts="2026-01-05", weeks=3, leaderboards=boards, **keys)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with opened.begin() as transaction:
        transaction.save_people(PEOPLE)
    yield opened
    opened.close()


def play(store: Store, program: Program, steps: Sequence[Change | tuple[str, int, int]]) -> Engine:
    """Play changes, and adjustments as (whose, points, on which day of January)."""
    now = [LATER]
    engine = Engine(store, [program], clock=lambda: now[0])
    for step in steps:
        if isinstance(step, Change):
            engine.apply([step])
        else:
            user, points, day = step
            now[0] = datetime(2026, 1, day, 15, tzinfo=UTC)
            Manual(engine).adjust(program.program, user, points, reason="by hand")
    problems = {name: found for name, found in examine(store, {program.program: program}) if found}
    assert not problems
    return engine


def ranks(store: Store, board: str = "team", **asked: Any) -> list[tuple[int, str]]:
    found = Queries(store, now=LATER).board(board, **asked)
    return [(row.rank, row.user) for row in found.rows]


ANA_FIRST = [(1, ANA), (2, BEN)]
BEN_FIRST = [(1, BEN), (2, ANA)]
MORNING, NOON = done(1, ANA, 0), done(2, BEN, 1)
STORIES: dict[str, tuple[list[Change | tuple[str, int, int]], list[tuple[int, str]]]] = {
    "a slip and what takes it back": ([MORNING, NOON, (ANA, 5, 8), (ANA, -5, 9)], ANA_FIRST),
    "taken back in parts": ([MORNING, NOON, (ANA, 5, 8), (ANA, -3, 9), (ANA, -2, 10)], ANA_FIRST),
    "taken first, given back later": ([MORNING, NOON, (ANA, -5, 8), (ANA, 5, 9)], ANA_FIRST),
    "a slip beside a correction that stays": (
        [MORNING, NOON, (ANA, 2, 7), (ANA, 5, 8), (ANA, -5, 9), (BEN, 2, 8)],
        ANA_FIRST,
    ),
    "what was logged twice is taken off": ([MORNING, NOON, done(3, ANA, 2), (ANA, -5, 8)], ANA_FIRST),
    "what is earned again counts from then": (
        [MORNING, done(2, BEN, 24), (ANA, -5, 8), done(3, ANA, 96)],
        BEN_FIRST,
    ),
    "a late change from before a correction": (
        [MORNING, NOON, (ANA, -5, 10), done(4, ANA, 48), done(5, BEN, 49), (BEN, -5, 10), done(3, ANA, 2)],
        [(1, ANA), (2, BEN)],
    ),
    "points by hand count from when they were given": (
        [MORNING, done(2, BEN, 24), (ANA, 5, 12), (BEN, 5, 8)],
        BEN_FIRST,
    ),
}


@pytest.mark.parametrize(("steps", "expected"), STORIES.values(), ids=STORIES.keys())
def test_corrections_that_come_to_nothing_move_no_tie(
    store: Store, steps: list[Change | tuple[str, int, int]], expected: list[tuple[int, str]]
) -> None:
    play(store, season(), steps)
    assert ranks(store) == expected
    assert ranks(store, as_of=store.entry_count()) == expected
    assert ranks(store, limit=1) == expected[:1]


def test_an_award_taken_back_and_put_right_moves_no_tie(store: Store) -> None:
    again = make_change(
        "update",
        object="Task",
        record=1,
        owner=ANA,
        at=DAY_ONE + timedelta(days=1),
        old={"Status": "Done"},
        Status="Open",
    )
    right = make_change(
        "update",
        object="Task",
        record=1,
        owner=ANA,
        at=DAY_ONE + timedelta(days=2),
        old={"Status": "Open"},
        Status="Waiting",
    )
    undo = {"on_undo": "reverse", "when": {"Status": {"isChanged": True, "in": ["Done", "Waiting"]}}}
    play(store, season(rule=undo), [MORNING, NOON, done(3, ANA, 5)])
    assert ranks(store)[0] == (1, ANA)
    play(store, season(rule=undo), [done(4, BEN, 30), again, right])
    # The state was put right by a change of its own, and that is when it was reached.
    assert ranks(store) == BEN_FIRST


def test_a_team_is_as_first_as_its_members_whoever_a_correction_moves_points_to(store: Store) -> None:
    teams = [{"id": "duo", "name": "Duo", "members": [ANA, BEN]}, {"id": "solo", "name": "Solo", "members": [CY]}]
    boards = [
        {"id": "teams", "scope": "teams", "ties": TIMED},
        {"id": "week", "scope": "teams", "ties": TIMED, "period": "week"},
    ]
    program = season(teams=teams, leaderboards=boards)
    play(store, program, [MORNING, NOON, done(3, CY, 2), done(4, CY, 3), (ANA, 5, 14), (BEN, -5, 15)])
    for board in ("teams", "week"):
        for asked in ({}, {"as_of": store.entry_count()}):
            found = Queries(store, now=LATER).board(
                board, period=None if board == "teams" else "week:2026-01-06", **asked
            )
            assert [(row.user, row.points) for row in found.rows] == [("duo", 10), ("solo", 10)]
    assert ranks(store, "teams", limit=1) == [(1, "duo")]


PERCENT = [{"id": "team", "by": "percent", "scope": {"challenge": "challenge-1"}, "ties": TIMED}]
GOALS: dict[str, tuple[dict[str, Any], list[Change], list[tuple[int, str]]]] = {
    "distinct": (
        {"distinct": "AccountId", "target": 2},
        [
            *(done(n, ANA, n, AccountId=make_id("001", n)) for n in (1, 2)),
            *(done(n, BEN, n, AccountId=make_id("001", n)) for n in (5, 6)),
            done(9, ANA, 20, AccountId=make_id("001", 1)),
        ],
        ANA_FIRST,
    ),
    "streak": (
        {"streak": "week", "target": 3},
        [done(1, ANA, 1), done(2, ANA, 24 * 7), done(3, BEN, 2), done(4, BEN, 24 * 7 + 1), done(5, ANA, 24 * 8)],
        ANA_FIRST,
    ),
    "a sum that falls": (
        {"sum": "Amount", "object": "Task", "target": 100},
        [
            *(done(n, ANA, n, Amount=10) for n in (1, 2)),
            done(3, BEN, 5, Amount=10),
            done(4, ANA, 9, Amount=-10),
        ],
        ANA_FIRST,
    ),
    "things of one kind": (
        {"count": "Case", "target": 2},
        [
            make_change(
                "update", object="Case", record=1, owner=ANA, at=DAY_ONE, old={"Status": "Open"}, Status="Done"
            ),
            make_change(
                "update",
                object="Case",
                record=2,
                owner=BEN,
                at=DAY_ONE + timedelta(hours=1),
                old={"Status": "Open"},
                Status="Done",
            ),
            done(4, ANA, 9),
            done(5, BEN, 8),
        ],
        ANA_FIRST,
    ),
}


@pytest.mark.parametrize(("goal", "changes", "expected"), GOALS.values(), ids=GOALS.keys())
def test_a_board_by_percent_takes_the_moment_of_the_present_progress(
    store: Store, goal: dict[str, Any], changes: list[Change], expected: list[tuple[int, str]]
) -> None:
    linked = {**TASK, "challenge": "challenge-1"}
    challenge = {"type": "timebound", "goal": goal, "starts": "2026-01-05", "ends": "2026-01-25"}
    program = make_program(
        linked, {**linked, "object": "Case"}, starts="2026-01-05", weeks=3, challenges=[challenge], leaderboards=PERCENT
    )
    engine = play(store, program, changes)
    assert ranks(store) == expected
    assert ranks(store, as_of=store.entry_count()) == expected
    kept = {row.key: row.reached for row in store.progress_rows()}
    late_first = MemoryStore()
    play(late_first, program, changes[::-1])
    assert {row.key: row.reached for row in late_first.progress_rows()} == kept
    # Rows of a database that did not keep it say the same, counted from the ledger.
    with store.begin() as transaction:
        transaction.save_progress([msgspec.structs.replace(row, reached=None) for row in store.progress_rows()])
    assert ranks(store) == expected
    engine.clock = lambda: LATER + timedelta(days=30)
    Manual(engine).close_due()
    assert ranks(store) == expected


def test_an_account_that_still_counts_counts_from_what_is_left_of_it(store: Store) -> None:
    linked = {**TASK, "challenge": "challenge-1", "on_undo": "reverse"}
    challenge = {
        "type": "timebound",
        "goal": {"distinct": "AccountId", "target": 2},
        "starts": "2026-01-05",
        "ends": "2026-01-25",
    }
    program = make_program(linked, starts="2026-01-05", weeks=3, challenges=[challenge], leaderboards=PERCENT)
    accounts = {1: 1, 2: 2, 3: 3, 4: 2}
    tasks = [done(n, ANA, n, AccountId=make_id("001", account)) for n, account in accounts.items()]
    gone = make_change("delete", object="Task", record=2, owner=None, at=DAY_ONE + timedelta(days=2))
    play(store, program, [*tasks, gone])
    (row,) = store.progress_rows()
    assert (row.value, row.reached) == (3_000_000, row.last)


def test_no_list_is_cut_between_equals(store: Store) -> None:
    tasks = [done(n, make_id("005", n), 0) for n in range(1, 9)]
    boards = [
        {"id": "dense", "scope": "everybody"},
        {"id": "ordinal", "scope": "everybody", "ranking": "ordinal"},
        {"id": "timed", "scope": "everybody", "ties": TIMED},
        {"id": "percent", "by": "percent", "scope": {"challenge": "challenge-1"}},
    ]
    challenge = {
        "type": "timebound",
        "goal": {"count": "rules", "target": 2},
        "starts": "2026-01-05",
        "ends": "2026-01-25",
    }
    program = season(rule={"challenge": "challenge-1"}, challenges=[challenge], leaderboards=boards)
    engine = play(store, program, [*tasks, done(20, ANA, 1)])
    for moved in range(2):
        for board in ("dense", "ordinal", "timed", "percent"):
            for asked in ({}, {"as_of": store.entry_count()}):
                assert [row[0] for row in ranks(store, board, limit=2, **asked)] == [1] + [2] * 7
                assert ranks(store, board, limit=1, **asked) == [(1, ANA)]
                found = Queries(store, now=LATER).board(board, limit=1, user=CY, **asked)
                assert (found.more, found.sharing) == (True, 7)
        if not moved:
            engine.clock = lambda: LATER + timedelta(days=30)
            assert len(Manual(engine).close_due()) == 4


def test_a_screen_says_how_many_more_share_the_last_place(tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path / 'x.sqlite'}"
    store = open_store(db)
    play(store, season(), [])
    Engine(store, [season()], clock=lambda: LATER).apply([done(n, make_id("005", n), 0) for n in range(1, 61)])
    store.close()
    told = novigem(tmp_path, "board", "--top", "1", "--db", db).out
    assert "59 more share rank 1" in told
    assert len(novigem(tmp_path, "board", "--top", "1", "--csv", "--db", db).out.splitlines()) == 61


def test_what_was_closed_the_old_way_stays_as_it_was_closed(store: Store) -> None:
    """Standings that were sealed before say nothing of `equals`: they are proved as they were ranked then."""
    boards = [
        {"id": "team", "scope": "everybody", "ties": TIMED},
        {"id": "ordinal", "scope": "everybody", "ranking": "ordinal"},
    ]
    program = season(leaderboards=boards)
    engine = play(store, program, [MORNING, NOON, (ANA, 5, 8), (ANA, -5, 9)])
    engine.clock = lambda: LATER + timedelta(days=30)
    old = []
    for closing in _closings(engine, store):
        final = read_standings(closing)
        rows = sorted(final.rows, key=lambda row: row.user != BEN if final.id == "team" else row.user)
        tie = "first_to_reach" if final.id == "team" else None
        rows = [
            msgspec.structs.replace(row, rank=n, tie=tie if n == 2 else None) for n, row in enumerate(rows, start=1)
        ]
        body = msgspec.json.encode(msgspec.structs.replace(final, rows=tuple(rows), equals=msgspec.UNSET)).decode()
        old.append(closing._replace(body=body, digest=body_digest(body)))
    with store.begin() as transaction:
        transaction.save_closings(old)
    assert ranks(store) == BEN_FIRST
    assert ranks(store, live=True) == ANA_FIRST
    assert ranks(store, "ordinal") == ANA_FIRST
    assert ranks(store, "ordinal", live=True) == [(1, ANA), (1, BEN)]
    assert not [found for _name, found in examine(store, {program.program: program}) if found]


def _closings(engine: Engine, store: Store) -> list[Closing]:
    """Work out closings as they would be written, and write none."""
    return due_closings(store, engine.programs.values(), to_micros(engine.clock()))


LIMITS: dict[str, dict[str, Any]] = {
    "one fact": {},
    "a cap that runs out": {"cap": {"points": 8, "per": "day"}},
    "a pause": {"cooldown": {"hours": 1}},
    "once a day": {"once_per": "day"},
}


@pytest.mark.parametrize("rule", LIMITS.values(), ids=LIMITS.keys())
def test_changes_of_one_moment_lead_to_the_same_however_they_arrive(rule: dict[str, Any]) -> None:
    changes = [done(1, ANA, 0), done(1, ANA, 0, Subject="again"), done(2, ANA, 0), done(3, BEN, 0)]
    found = set()
    for order in permutations(changes):
        store = MemoryStore()
        play(store, season(rule=rule), order)
        undone = {one.reverses for one in store.entries()}
        standing = [one for one in store.entries() if one.reverses is None and one.number not in undone]
        found.add(tuple(sorted((one.key, one.user, one.points, one.change or b"") for one in standing)))
    assert len(found) == 1
