"""What entries that come and go do to the progress of a goal that counts each thing once."""

from novigem.engine.engine import Engine
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.entry import GOAL_UNIT
from novigem.testing import make_change, make_id, make_program

PROGRAM = make_program(
    {"challenge": "accounts", "on_undo": "reverse"},
    challenges=[{"id": "accounts", "goal": {"distinct": "AccountId", "target": 100}}],
)


def won(day: int, account: int | None) -> Change:
    """Give a new Opportunity of an account; its number is the day."""
    fields = {} if account is None else {"AccountId": make_id("001", account)}
    return make_change(record=day, at=f"2026-01-{day:02}T12:00:00Z", **fields)


def lost(day: int) -> Change:
    """Give the deletion of the Opportunity of a day."""
    return make_change("delete", record=day, at="2026-01-30T12:00:00Z")


def counted(*pages: list[Change]) -> tuple[int, int]:
    """Give how many things count after some pages, and how many entries do."""
    store = MemoryStore()
    engine = Engine(store, [PROGRAM])
    for page in pages:
        engine.apply(page)
    (row,) = store.progress_rows()
    return row.value // GOAL_UNIT, row.entries


def test_only_a_thing_that_is_new_raises_a_goal_of_distinct_things() -> None:
    assert counted([won(5, 1)], [won(6, 2)], [won(7, 2), won(8, None)], [won(9, 1), won(10, 3)]) == (3, 6)


def test_a_thing_that_still_counts_through_another_entry_stays_when_one_is_taken_back() -> None:
    before = [won(5, 1), won(6, 2), won(7, 2), won(8, 3)]
    assert counted(before, [lost(6)]) == (3, 3)
    assert counted(before, [lost(7)]) == (3, 3)


def test_a_thing_whose_last_entry_is_taken_back_counts_no_more() -> None:
    before = [won(5, 1), won(6, 2), won(7, 2), won(8, 3)]
    assert counted(before, [lost(6), lost(7)]) == (2, 2)
    assert counted(before, [lost(6)], [lost(7)]) == (2, 2)
    assert counted(before, [lost(6)], [lost(7)], [won(9, 2)]) == (3, 3)


def test_an_entry_without_a_thing_takes_nothing_off_when_it_is_taken_back() -> None:
    assert counted([won(5, 1), won(6, None), won(7, 2)], [lost(6)]) == (2, 2)
