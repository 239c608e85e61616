"""Who has left a season: boards mark them, list them apart, or leave them out, and final boards stay as they were."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import ProgramError
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.closing import Closing, read_standings
from novigem.model.joins import Join
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.queries.board_types import Board
from novigem.queries.queries import Queries
from novigem.queries.visibility import DisplayNames
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.views.json.answers import board_answer
from novigem.views.terminal.board import board_table
from tests.golden.cli.world import novigem
from tests.regression.beds import Bed

ANA, BEN, CIA, DAN = (make_id("005", n) for n in (1, 2, 3, 4))
SEASON = {"starts": "2026-01-05", "weeks": 2}
PEOPLE = [make_person(n, name=name, role="CSM") for n, name in enumerate(("Ana", "Ben", "Cia", "Dan"), start=1)]
DURING, AFTER = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def season(*boards: dict[str, Any], **keys: Any) -> Program:
    return make_program({"points": 5}, leaderboards=boards or [{}], **{**SEASON, **keys})


def awards(**counts: int) -> list[Change]:
    """Give changes that pay each of some people so many awards."""
    owners = [number for number, name in enumerate(("ana", "ben", "cia", "dan"), 1) for _ in range(counts.get(name, 0))]
    return [
        make_change(record=number, at=f"2026-01-06T1{owner}:00:00Z", owner=owner)
        for number, owner in enumerate(owners, start=1)
    ]


FIRST = awards(ana=3, ben=2, cia=2, dan=1)


def tell(store: Store, *people: Person) -> None:
    with store.begin() as transaction:
        transaction.save_people(people)


def left(number: int) -> Person:
    return replace(PEOPLE[number - 1], active=False)


def played(program: Program, changes: Sequence[Change] = FIRST, *, gone: Sequence[int] = (1,)) -> MemoryStore:
    store = MemoryStore()
    tell(store, *PEOPLE)
    Engine(store, [program], clock=lambda: DURING).apply(changes)
    tell(store, *map(left, gone))
    return store


def close(store: Store, program: Program) -> list[Closing]:
    return Manual(Engine(store, [program], clock=lambda: AFTER)).close_due()


def board(store: Store, name: str = "board-1", *, now: datetime = DURING, **options: Any) -> Board:
    return Queries(store, now=now).board(name, **options)


def rows(found: Board) -> list[tuple[int, str, int, bool]]:
    return [(row.rank, row.name, row.points, row.left) for row in (*found.rows, *found.apart)]


MARKED = [(1, "Ana", 15, True), (2, "Ben", 10, False), (2, "Cia", 10, False), (3, "Dan", 5, False)]
HIDDEN = [(1, "Ben", 10, False), (1, "Cia", 10, False), (2, "Dan", 5, False)]
APART = [*HIDDEN, (0, "Ana", 15, True)]
CHOICES = {"marked": MARKED, "apart": APART, "hidden": HIDDEN}


@pytest.mark.parametrize(("choice", "expected"), CHOICES.items())
def test_a_board_marks_lists_apart_or_leaves_out(choice: str, expected: list[Any]) -> None:
    program = season({"leavers": choice}, {"leavers": choice, "period": "month"})
    store = played(program)
    assert rows(board(store)) == expected
    assert rows(board(store, as_of=store.entry_count())) == expected
    assert rows(board(store, "board-2")) == expected
    assert rows(board(store, period="quarter")) == expected


@pytest.mark.parametrize(("choice", "expected"), CHOICES.items())
def test_final_standings_seal_who_had_left(choice: str, expected: list[Any]) -> None:
    program = season({"leavers": choice})
    store = played(program)
    (closing,) = close(store, program)
    assert rows(board(store, now=AFTER)) == expected
    # Who comes back, or leaves, after the closing changes nothing that is final.
    tell(store, PEOPLE[0], left(2))
    assert rows(board(store, now=AFTER)) == expected
    assert store.closings("test") == [closing]
    back = rows(board(store, now=AFTER, live=True))
    assert {name: has_left for _rank, name, _points, has_left in back}.get("Ana") is False


def test_marked_is_the_default_and_nothing_is_sealed_where_nobody_left() -> None:
    program = season()
    here, gone = played(program, gone=()), played(program)
    (before,), (after,) = close(here, program), close(gone, program)
    assert '"leavers"' not in before.body
    assert '"apart"' not in before.body
    assert read_standings(after).rows == read_standings(before).rows
    assert read_standings(after).gone == {ANA}


def test_who_comes_back_is_ranked_again() -> None:
    store = played(season({"leavers": "hidden"}))
    tell(store, PEOPLE[0])
    assert rows(board(store)) == [(*row[:3], False) for row in MARKED]


def test_one_of_two_users_inactive_has_not_left() -> None:
    store = played(season({"leavers": "hidden"}, {}))
    with store.begin() as transaction:
        transaction.save_join(Join(1, ANA, DAN, 0, 0, None, "one person"))
    assert "Ana" not in [row.name for row in board(store, "board-2").rows if row.left]
    assert [row.user for row in board(store).rows][:1] == [ANA]
    tell(store, left(4))
    assert ANA not in [row.user for row in board(store).rows]
    assert DAN not in [row.user for row in board(store).rows]


@pytest.mark.parametrize("ranking", ["dense", "competition", "ordinal"])
def test_equals_among_who_left_and_who_stayed(ranking: str) -> None:
    program = season({"leavers": "apart", "ranking": ranking}, {"ranking": ranking})
    store = played(program, awards(ana=2, ben=2, cia=2, dan=1), gone=(1, 2))
    found = board(store, user=DAN)
    assert rows(found) == [(1, "Cia", 10, False), (2, "Dan", 5, False), (0, "Ana", 10, True), (0, "Ben", 10, True)]
    assert [(row.rank, row.name) for row in found.around] == [(1, "Cia"), (2, "Dan")]
    assert [row.rank for row in board(store, "board-2").rows] == {"dense": [1, 1, 1, 2]}.get(ranking, [1, 1, 1, 4])


def test_who_left_has_no_place_where_they_are_apart() -> None:
    store = played(season({"leavers": "apart"}))
    assert board(store, user=ANA).around == ()
    assert [row.user for row in board(store, user=ANA).apart] == [ANA]


def test_all_have_left() -> None:
    program = season({"leavers": "apart"}, {"leavers": "hidden"})
    store = played(program, gone=(1, 2, 3, 4))
    assert [row.rank for row in board(store).apart] == [0, 0, 0, 0]
    assert board(store, "board-2").rows == ()
    close(store, program)
    final = board(store, now=AFTER)
    assert (final.status, final.rows, len(final.apart)) == ("final", (), 4)


def test_a_board_by_percent_knows_who_left() -> None:
    scope = {"scope": {"challenge": "challenge-1"}, "by": "percent"}
    goal = {"type": "timebound", "goal": {"count": "rules", "target": 4}, "ends": "2026-01-11"}
    boards = [{**scope, "leavers": choice} for choice in CHOICES]
    program = make_program({"points": 5, "challenge": "challenge-1"}, challenges=[goal], leaderboards=boards, **SEASON)
    store = played(program)

    def read(now: datetime) -> list[list[tuple[int, str, bool]]]:
        found = [board(store, f"board-{number}", now=now) for number in (1, 2, 3)]
        return [[(row.rank, row.name, row.left) for row in (*one.rows, *one.apart)] for one in found]

    marked = [(1, "Ana", True), (2, "Ben", False), (2, "Cia", False), (3, "Dan", False)]
    hidden = [(1, "Ben", False), (1, "Cia", False), (2, "Dan", False)]
    assert read(DURING) == [marked, [*hidden, (0, "Ana", True)], hidden]
    close(store, program)
    tell(store, PEOPLE[0], left(2))
    assert read(AFTER) == [marked, [*hidden, (0, "Ana", True)], hidden]


def test_a_board_that_holds_names_back_marks_nobody() -> None:
    boards = [{"names": "pseudonym"}, {"names": "initials"}, {"names": "pseudonym", "leavers": "hidden"}]
    program = season(*boards)
    store = played(program)
    for number in (1, 2, 3):
        assert not any(row.left for row in board(store, f"board-{number}").rows)
    assert len(board(store, "board-3").rows) == 3
    for one in close(store, program):
        shown = DisplayNames(store, {"test": program}).closing(one)
        assert read_standings(shown).gone == frozenset()


def test_a_mark_names_nobody_who_opted_out() -> None:
    program = season({"leavers": "apart"}, {})
    store = played(program)
    with store.begin() as transaction:
        transaction.opt_out(ANA, 1)
    assert board(store).apart == ()
    assert [row.name for row in board(store, user=ANA).apart] == ["Ana"]
    for one in close(store, program):
        shown = read_standings(DisplayNames(store, {"test": program}).closing(one))
        assert ANA not in {*shown.gone, *(row.user for row in shown.unranked)}
    assert board(store, now=AFTER).apart == ()


def test_points_of_who_left_stay_with_the_team() -> None:
    teams = [{"id": "north", "name": "North", "members": [ANA]}, {"id": "south", "name": "South", "members": [BEN]}]
    program = season({"scope": "teams"}, teams=teams)
    store = played(program)
    assert rows(board(store)) == [(1, "North", 15, False), (2, "South", 10, False)]
    close(store, program)
    assert rows(board(store, now=AFTER)) == [(1, "North", 15, False), (2, "South", 10, False)]


def test_what_cannot_be_chosen_is_refused() -> None:
    with pytest.raises(ProgramError, match="NV331"):
        season({"names": "initials", "leavers": "apart"})
    with pytest.raises(ProgramError, match="NV332"):
        season({"scope": "teams", "leavers": "hidden"}, teams=[{"id": "north", "name": "North", "members": [ANA]}])


def test_a_board_of_a_role_leaves_out_whom_it_does_not_rank_of_who_left() -> None:
    program = season({"scope": {"role": "CSM"}, "leavers": "apart"})
    store = played(program, gone=(1, 2))
    tell(store, replace(left(2), role="Sales"))
    assert rows(board(store)) == [(1, "Cia", 10, False), (2, "Dan", 5, False), (0, "Ana", 15, True)]
    close(store, program)
    assert rows(board(store, now=AFTER)) == [(1, "Cia", 10, False), (2, "Dan", 5, False), (0, "Ana", 15, True)]


def test_scripts_are_told() -> None:
    store = played(season({"leavers": "apart"}))
    answer = board_answer(board(store))
    assert [row["rank"] for row in answer["apart"]] == [None]
    assert answer["apart"][0]["left"] is True
    assert not any("left" in row for row in answer["rows"])
    table = board_table(board(store))
    assert (table.columns[-1], [row[0] for row in table.rows][-1]) == ("left", None)


def test_every_database_says_the_same(any_bed: Bed) -> None:
    store, program = any_bed.store, season({"leavers": "apart"}, {"leavers": "hidden", "ranking": "competition"})
    tell(store, *PEOPLE)
    Engine(store, [program], clock=lambda: DURING).apply(FIRST)
    tell(store, left(2))
    dense = [(1, "Ana", 15, False), (2, "Cia", 10, False), (3, "Dan", 5, False)]
    assert rows(board(store)) == [*dense, (0, "Ben", 10, True)]
    around = board(store, "board-2", user=DAN).around
    assert [(row.rank, row.name) for row in around] == [(1, "Ana"), (2, "Cia"), (3, "Dan")]
    close(store, program)
    assert rows(board(store, now=AFTER)) == [*dense, (0, "Ben", 10, True)]


def test_the_season_of_somebody_who_left(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "program: p\nname: P\nstarts: 2024-01-08\nweeks: 2\n"
        "rules: [{id: done, object: Task, trigger: create, points: 5}]\n"
        "leaderboards: [{id: t, name: T}, {id: a, name: A, leavers: apart}]\n"
    )
    people = [{"Id": user, "Name": name, "IsActive": True} for user, name in ((ANA, "Ana A"), (BEN, "Ben B"))]
    changes = [
        {"object": "Task", "id": make_id("00T", n), "kind": "create", "at": "2024-01-09T10:00:00Z",
         "new": {"OwnerId": ANA if n < 3 else BEN}}
        for n in (1, 2, 3)
    ]  # fmt: skip
    gone = [{"users": [people[0] | {"IsActive": False}]}]
    for name, lines in (("c", [{"users": people}, *changes]), ("gone", gone)):
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in lines))
        novigem(tmp_path, "run", "p.yaml", "--from", f"{name}.jsonl")
    novigem(tmp_path, "close", "--due")
    assert "Ana A (left)" in novigem(tmp_path, "seasons").out
    shown = novigem(tmp_path, "board", "t").out
    assert "Ana A (left)" in shown
    assert "left: no longer active when last told of" in shown
    apart = novigem(tmp_path, "board", "a").out
    assert "Left, and so without a rank:\n  Ana A" in apart
    told = list(csv.DictReader(io.StringIO(novigem(tmp_path, "board", "a", "--csv").out)))
    assert [(one["rank"], one["name"], one["left"]) for one in told] == [("1", "Ben B", ""), ("", "Ana A", "yes")]
    season = novigem(tmp_path, "seasons", "p").out
    assert "Left, and so without a rank: Ana A 10" in season
    asked = novigem(tmp_path, "board", "a", "--user", ANA).out
    assert "This person has left, and so has no rank on this board." in asked
    assert novigem(tmp_path, "doctor").code == 0
