"""Who opted out, and pseudonyms, on boards that are final, on boards by percent, and in the archive."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.engine.closing.late import exceptions_of
from novigem.engine.closing.windows import board_window
from novigem.engine.engine import Engine
from novigem.engine.erasure import erase_person
from novigem.engine.manual import Manual
from novigem.feed.source import Page
from novigem.leaderboards.ranking import rank
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import RowFilter
from novigem.model.closing import FinalRow, body_digest, read_standings
from novigem.model.entry import Total
from novigem.model.program import Leaderboard, Program
from novigem.queries.final_boards import closed_up
from novigem.queries.queries import Queries
from novigem.queries.visibility import SOMEBODY, DisplayNames
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.views.cast import Cast
from novigem.views.json.answers import board_answer
from novigem.views.json.closings import closing_answer

NOW = datetime(2026, 2, 20, tzinfo=UTC)
ANN, BEN, CLEO = (make_id("005", number) for number in (1, 2, 3))
PEOPLE = [make_person(1, name="Ann Lee"), make_person(2, name="Ben"), make_person(3, name="Cleo van Dyck")]


def season(**board: Any) -> Program:
    return make_program(
        {"challenge": "challenge-1"},
        challenges=[{"goal": {"count": "rules", "target": 4}}],
        leaderboards=[{"scope": "everybody", **board}],
        starts="2026-01-01",
        ends="2026-01-31",
        people=[{"user": ANN, "targets": {"challenge-1": 3}}],
    )


def filled(program: Program, *, is_closed: bool = True) -> MemoryStore:
    store = MemoryStore()
    changes = [make_change(record=n, owner=owner) for n, owner in enumerate([1, 1, 1, 2, 2, 3], start=1)]
    engine = Engine(store, [program], clock=lambda: NOW)
    engine.apply(Page(changes, PEOPLE))
    if is_closed:
        Manual(engine).close_due()
    return store


def opt_out(store: MemoryStore, user: str) -> None:
    with store.begin() as transaction:
        transaction.opt_out(user, 1)


totals = st.builds(
    Total,
    book=st.just("book"),
    user=st.uuids().map(str),
    points=st.integers(1, 3),
    entries=st.integers(1, 2),
    reached=st.integers(1, 2),
    accounts=st.integers(1, 2),
)
boards = st.builds(
    Leaderboard,
    id=st.just("board"),
    name=st.just("Board"),
    ranking=st.sampled_from(["dense", "competition", "ordinal"]),
    ties=st.permutations(["first_to_reach", "distinct_accounts", "fewer_awards"]).flatmap(
        lambda steps: st.integers(0, 3).map(lambda count: tuple(steps[:count]))
    ),
)


def final_rows(everybody: list[Total], board: Leaderboard) -> list[FinalRow]:
    return [
        FinalRow(rank=one.rank, user=one.total.user, points=one.total.points, entries=one.total.entries, tie=one.tie)
        for one in rank(everybody, board.ranking, board.ties)
    ]


@given(st.lists(totals, max_size=12, unique_by=lambda one: one.user), boards, st.data())
def test_final_ranks_close_up_as_if_somebody_had_never_been_there(
    everybody: list[Total], board: Leaderboard, data: st.DataObject
) -> None:
    hidden = {one.user for one in everybody if data.draw(st.booleans())}
    seen = [one for one in everybody if one.user not in hidden]
    assert closed_up(final_rows(everybody, board), hidden, board) == final_rows(seen, board)


def test_a_final_board_leaves_out_who_opted_out_and_what_was_closed_stays() -> None:
    store = filled(season())
    (kept,) = [one for one in store.closings() if one.kind == "board"]
    opt_out(store, ANN)
    board = Queries(store, now=NOW).board(user=CLEO)
    assert (board.status, [(row.rank, row.user) for row in board.rows]) == ("final", [(1, BEN), (2, CLEO)])
    assert board.around == board.rows
    assert board.digest == kept.digest == body_digest(kept.body)
    assert ANN in kept.body
    own = Queries(store, now=NOW).board(user=ANN)
    assert [(row.rank, row.user) for row in own.around] == [(1, ANN), (2, BEN), (3, CLEO)]


def test_a_board_by_percent_ranks_and_names_as_absent_nobody_who_opted_out() -> None:
    away = {"user": BEN, "leave": [{"from": date(2026, 1, 1), "to": date(2026, 1, 31)}]}
    program = season(by="percent", scope={"challenge": "challenge-1"})
    store = filled(program, is_closed=False)
    rows = Queries(store, now=NOW).board().rows
    assert [(row.rank, row.user) for row in rows] == [(1, ANN), (2, BEN), (3, CLEO)]
    opt_out(store, ANN)
    board = Queries(store, now=NOW).board(user=CLEO)
    assert (
        [(row.rank, row.user) for row in board.rows]
        == [(1, BEN), (2, CLEO)]
        == [(r.rank, r.user) for r in board.around]
    )

    data = program.model_dump(by_alias=True, exclude_unset=True)
    data["people"] = [away]
    data["challenges"][0]["fair"] = True
    fair = Program.model_validate(data)
    store = filled(fair, is_closed=False)
    assert Queries(store, now=NOW).board().absent == ("Ben",)
    opt_out(store, BEN)
    assert Queries(store, now=NOW).board().absent == ()


@pytest.mark.parametrize("names", ["initials", "pseudonym"])
@pytest.mark.parametrize("kind", ["final", "percent"])
def test_final_boards_and_boards_by_percent_hold_names_back(names: str, kind: str) -> None:
    by: dict[str, Any] = {"by": "percent", "scope": {"challenge": "challenge-1"}} if kind == "percent" else {}
    store = filled(season(names=names, **by))
    board = Queries(store, now=NOW).board()
    told = str(board_answer(board, with_around=True))
    for text in (ANN, BEN, CLEO, "Ann", "Lee", "Ben", "Dyck"):
        assert text[:15] not in told
    assert [row.rank for row in board.rows] == [1, 2, 3]
    own = Queries(store, now=NOW).board(user=BEN)
    assert [row.user == BEN for row in own.rows] == [False, True, False]


@pytest.mark.parametrize(("names", "first"), [("full", "Ben"), ("initials", "B."), ("pseudonym", None)])
def test_the_archive_calls_winners_as_their_board_does_and_who_opted_out_somebody(
    names: str, first: str | None
) -> None:
    store = filled(season(names=names))
    opt_out(store, ANN)
    display_names = DisplayNames(store, Queries(store, now=NOW).programs())
    shown = {one.kind: display_names.closing(one) for one in store.closings()}
    told = closing_answer(shown["board"], Cast({}, display_names.people))
    assert (told["rows"][0]["name"], told["rows"][0]["user"], told["rows"][0]["points"]) == (SOMEBODY, SOMEBODY, 30)
    assert told["rows"][1]["name"] == first or first is None
    assert ANN not in str(shown) + str(display_names.people)
    assert "Ben" not in str(told) or names == "full"
    assert told["digest"] in {one.digest for one in store.closings()}
    assert [row.user for row in read_standings(shown["challenge"]).progress] == [SOMEBODY, BEN, CLEO]


def test_final_progress_of_somebody_who_opted_out_is_somebodys() -> None:
    store = filled(season())
    opt_out(store, ANN)
    answers = Queries(store, now=NOW).completions(RowFilter())
    assert {(one.status, one.progress.user) for one in answers} == {
        ("final", SOMEBODY),
        ("final", BEN),
        ("final", CLEO),
    }
    assert [one.progress.user for one in Queries(store, now=NOW).completions(RowFilter(user=ANN))] == [ANN]


def test_closing_knows_nobody_who_was_erased_by_another_engine() -> None:
    program = season()
    store = filled(program, is_closed=False)
    engine = Engine(store, [program], clock=lambda: NOW)
    erased = erase_person(store, ANN, reason="left")
    closing = Manual(engine).close_early(
        board_window(program, program.leaderboards[0], program.window), reason="for Ann Lee", author="Ann Lee"
    )
    Manual(engine).close_due()
    bodies = "".join(one.body for one in store.closings())
    assert ANN not in bodies
    assert "Ann" not in bodies
    assert erased.user in closing.body
    # Ann's own target goes on to hold under the new id.
    (own,) = [one for one in store.closings() if one.kind == "challenge"]
    assert [row.completed is not None for row in read_standings(own).progress if row.user == erased.user] == [True]


@pytest.mark.parametrize("names", ["full", "pseudonym"])
def test_a_final_board_of_teams_names_teams_and_no_member(names: str) -> None:
    program = make_program(
        {},
        teams=[{"id": "trio", "name": "The trio", "members": [ANN, BEN, CLEO]}],
        leaderboards=[{"scope": "teams", "names": names, "ties": []}],
        starts="2026-01-01",
        ends="2026-01-31",
    )
    store = filled(program)
    opt_out(store, ANN)
    Engine(store, [program], clock=lambda: NOW).apply([make_change(record=7, owner=1)])
    (kept,) = store.closings()
    display_names = DisplayNames(store, {program.program: program})
    shown = closing_answer(display_names.closing(kept), Cast({program.program: program}, display_names.people))
    assert [(row["team"], row["name"], row["points"]) for row in shown["rows"]] == [("trio", "The trio", 60)]
    assert ANN in kept.body
    assert all(one not in display_names.closing(kept).body for one in (ANN, BEN, CLEO))
    found = display_names.exceptions(exceptions_of(kept, program, store))
    assert [(one.user, one.points) for one in found.late] == [(SOMEBODY, 10)]
    assert [(one.user, one.now and one.now.points) for one in found.shifts] == [("trio", 70)]
