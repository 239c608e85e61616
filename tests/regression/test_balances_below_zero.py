"""A balance below zero follows the setting, whatever made it: the ledger keeps it, boards show it where allowed."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import InputError
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from novigem.model.program import Program
from novigem.queries.board_types import Board
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_id, make_program
from tests.regression.beds import Bed

ANA, BEN, CIA = (make_id("005", n) for n in (1, 2, 3))
DURING, AFTER = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
BOARDS = ({}, {"period": "week"}, {"period": {"last_days": 14}}, {"scope": "teams"}, {"period": "quarter"})
TEAMS = [{"id": "north", "name": "North", "members": [ANA]}, {"id": "south", "name": "South", "members": [BEN, CIA]}]


def season(*, allowed: bool, **rule: Any) -> Program:
    return make_program(
        {"points": 10, "on_undo": "reverse", **rule},
        leaderboards=BOARDS,
        teams=TEAMS,
        allow_negative_balance=allowed,
        starts="2026-01-05",
        weeks=6,
    )


def play(store: Store, program: Program) -> Engine:
    """Let Ana spend what she has earned, and then lose what she earned it with; Ben comes to nothing, Cia has ten."""
    minutes = count()
    engine = Engine(store, [program], clock=lambda: DURING.replace(minute=next(minutes)))
    engine.apply([make_change(record=n, owner=n, at="2026-01-13T10:00:00Z") for n in (1, 2, 3)])
    for user in (ANA, BEN):
        Manual(engine).adjust("test", user, -10, reason="spent")
    engine.apply([make_change("delete", record=1, owner=None, at="2026-01-14T10:00:00Z")])
    return engine


def board(store: Store, number: int, now: datetime = DURING, **options: Any) -> Board:
    return Queries(store, now=now).board(f"board-{number}", **options)


def rows(found: Board) -> list[tuple[int, str, int]]:
    return [(row.rank, row.user, row.points) for row in found.rows]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_reversal_shows_what_the_setting_allows(any_bed: Bed, *, allowed: bool) -> None:
    store, program = any_bed.store, season(allowed=allowed)
    play(store, program)
    assert sum(one.points for one in store.entries() if one.user == ANA) == -10
    low = [(2, BEN, 0), (3, ANA, -10)] if allowed else [(2, ANA, 0), (2, BEN, 0)]
    for number in (1, 2, 3, 5):
        assert rows(board(store, number)) == [(1, CIA, 10), *low], number
        assert rows(board(store, number, as_of=store.entry_count())) == [(1, CIA, 10), *low], number
    assert rows(board(store, 4)) == [(1, "south", 10), (2, "north", -10 if allowed else 0)]
    around = board(store, 1, user=ANA, limit=1)
    assert [(row.rank, row.points) for row in around.around][-1] == ((3, -10) if allowed else (2, 0))
    assert around.sharing == (1 if allowed else 2)
    Manual(Engine(store, [program], clock=lambda: AFTER)).close_due()
    final = board(store, 1, AFTER)
    assert (final.status, rows(final)) == ("final", [(1, CIA, 10), *low])
    assert board(store, 4, AFTER).rows[-1].points == (-10 if allowed else 0)


@pytest.mark.parametrize("allowed", [True, False])
def test_points_that_come_later_fill_up_what_is_missing(*, allowed: bool) -> None:
    store, program = MemoryStore(), season(allowed=allowed)
    engine = play(store, program)
    engine.apply([make_change(record=9, owner=1, at="2026-01-14T12:00:00Z")])
    assert (2, ANA, 0) in rows(board(store, 1))
    Manual(engine).adjust("test", ANA, 5, reason="helped")
    assert (2, ANA, 5) in rows(board(store, 1))


def test_by_hand_nobody_is_taken_below_zero_unless_it_is_allowed() -> None:
    engine = play(MemoryStore(), season(allowed=False))
    for user in (ANA, BEN):
        with pytest.raises(InputError, match="the balance would fall"):
            Manual(engine).adjust("test", user, -1, reason="no")
    Manual(play(MemoryStore(), season(allowed=True))).adjust("test", ANA, -1, reason="yes")
