"""Who a board lists and what it calls them: opting out changes nobody's points, and pseudonyms lead nowhere."""

from datetime import UTC, datetime
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import EntryFilter, RowFilter
from novigem.model.program import Program
from novigem.queries.queries import Queries
from novigem.queries.visibility import SOMEBODY, initials
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.views.json.answers import board_answer

NOW = datetime(2026, 1, 20, tzinfo=UTC)
ANN, BEN, CLEO, DEE = (make_id("005", number) for number in (1, 2, 3, 4))
PEOPLE = [
    make_person(1, name="Ann Lee", email="ann@acme.example", role="CSM"),
    make_person(2, name="Ben", role="CSM"),
    make_person(3, name="Cleo van Dyck", role="CSM"),
]
STYLES = ("dense", "competition", "ordinal")


def season(**board: Any) -> Program:
    """Give a program with one board, and a challenge that the first award completes."""
    return make_program(
        {"challenge": "challenge-1"},
        challenges=[{"completion": {"bonus": 5, "badge": "badge-1"}}],
        badges=[{}],
        leaderboards=[board],
    )


def filled(program: Program) -> MemoryStore:
    """Give Ann three awards, Ben and Cleo two each, and Dee one."""
    store = MemoryStore()
    owners = [1, 1, 1, 2, 2, 3, 3, 4]
    changes = [make_change(record=n, owner=owner) for n, owner in enumerate(owners, start=1)]
    Engine(store, [program], clock=lambda: NOW).apply(Page(changes, PEOPLE))
    return store


def opt_out(store: MemoryStore, *users: str) -> None:
    with store.begin() as transaction:
        for user in users:
            transaction.opt_out(user, 1)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("scope", ["everybody", "participants", {"role": "CSM"}, {"challenge": "challenge-1"}])
@pytest.mark.parametrize("as_of", [None, 12])
def test_ranks_close_up_as_if_somebody_who_opted_out_were_absent(style: str, scope: Any, as_of: int | None) -> None:
    program = season(ranking=style, scope=scope)
    store = filled(program)
    opt_out(store, ANN)
    ranked = Queries(store, now=NOW).board(as_of=as_of, user=CLEO)
    absent = MemoryStore()
    changes = [make_change(record=n, owner=owner) for n, owner in enumerate([2, 2, 3, 3, 4], start=4)]
    Engine(absent, [program], clock=lambda: NOW).apply(Page(changes, PEOPLE[1:]))
    expected = Queries(absent, now=NOW).board(user=CLEO)
    assert (ranked.rows, ranked.around) == (expected.rows, expected.around)
    assert ANN not in str(ranked)


@pytest.mark.parametrize("as_of", [None, 12])
def test_somebody_who_opted_out_sees_their_own_standing(as_of: int | None) -> None:
    store = filled(season(ranking="dense"))
    before = Queries(store, now=NOW).board(as_of=as_of, user=ANN)
    opt_out(store, ANN)
    assert Queries(store, now=NOW).board(as_of=as_of, user=ANN) == before
    # And not that of others who opted out.
    opt_out(store, BEN)
    assert BEN not in {row.user for row in Queries(store, now=NOW).board(as_of=as_of, user=ANN).rows}


def test_opting_out_changes_no_points_and_opting_in_lists_again() -> None:
    store = filled(season())
    totals, entries = list(store.rollup_totals("")), list(store.entries())
    board = Queries(store, now=NOW).board()
    opt_out(store, ANN, BEN)
    Engine(store, [season()], clock=lambda: NOW).apply([make_change(record=1, owner=1)])
    assert (list(store.rollup_totals("")), list(store.entries())) == (totals, entries)
    with store.begin() as transaction:
        transaction.opt_out(ANN, None)
        transaction.opt_out(BEN, None)
    assert Queries(store, now=NOW).board() == board


def test_the_rows_of_somebody_who_opted_out_are_somebodys_for_others() -> None:
    store = filled(season())
    opt_out(store, ANN)
    queries = Queries(store, now=NOW)
    shown = [
        *queries.entries(EntryFilter()),
        *queries.badges(RowFilter()),
        *queries.progress(RowFilter()),
        *(one.progress for one in queries.completions(RowFilter())),
    ]
    assert ANN not in str(shown)
    assert SOMEBODY in {row.user for row in shown}
    assert [one.bonus for one in queries.completions(RowFilter()) if one.progress.user == SOMEBODY] == [5]
    own = [*queries.entries(EntryFilter(user=ANN)), *queries.badges(RowFilter(user=ANN))]
    assert {row.user for row in own} == {ANN}


@pytest.mark.parametrize("names", ["initials", "pseudonym"])
@pytest.mark.parametrize("as_of", [None, 12])
def test_a_board_that_holds_names_back_gives_neither_id_nor_name(names: str, as_of: int | None) -> None:
    store = filled(season(names=names))
    plain = Queries(filled(season()), now=NOW).board(as_of=as_of)
    board = Queries(store, now=NOW).board(as_of=as_of)
    told = str(board_answer(board, with_around=True))
    for text in (ANN, BEN, CLEO, DEE, "Ann", "Ben", "Cleo", "Lee", "Dyck", "acme"):
        assert text[:15] not in told
    assert [(row.rank, row.points) for row in board.rows] == [(row.rank, row.points) for row in plain.rows]
    assert len({row.user for row in board.rows}) == len(board.rows)
    # The reader knows their own row, by id, and nobody else's.
    own = Queries(store, now=NOW).board(as_of=as_of, user=BEN)
    assert [row.user == BEN for row in own.rows] == [row.user == BEN for row in plain.rows]
    assert {row.name for row in own.rows} == {row.name for row in board.rows}


def test_a_pseudonym_is_the_same_on_every_board_of_a_program_and_on_every_day() -> None:
    program = make_program(leaderboards=[{"names": "pseudonym"}, {"names": "pseudonym", "scope": {"role": "CSM"}}])
    store = filled(program)
    first = {row.user: row.name for row in Queries(store, now=NOW).board("board-1").rows}
    other = {row.user: row.name for row in Queries(store, now=NOW).board("board-2", as_of=8).rows}
    Engine(store, [program], clock=lambda: NOW).apply([make_change(record=50, owner=9)])
    later = {row.user: row.name for row in Queries(store, now=NOW).board("board-1").rows}
    assert other.items() <= first.items() <= later.items()
    assert len(other) == 3


@pytest.mark.parametrize(
    ("name", "expected"), [("Ann Lee", "A. L."), ("cleo van Dyck", "C. V. D."), ("Zoë", "Z."), (None, "?"), (" ", "?")]
)
def test_initials(name: str | None, expected: str) -> None:
    assert initials(make_person(1, name=name)) == expected
