"""Which awards are held: each as long as its rule says, those of the window alone, and none that was taken back."""

from datetime import UTC, datetime

import pytest

from novigem.engine.closing.vesting import held_entries, pending_points, refuse_held
from novigem.errors import InputError
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change, to_micros
from novigem.model.periods import Period
from novigem.testing import make_change, make_id, make_program
from tests.unit.engine.closing.seasons import Bed, signal, task

ANN = make_id("005", 1)
# Deals are held for five days, tasks for two, and accounts not at all.
PROGRAM = make_program(
    {"id": "deal", "points": 10, "vest_after": 5, "on_undo": "reverse"},
    {"id": "task", "object": "Task", "points": 3, "vest_after": 2, "on_undo": "reverse"},
    {"id": "account", "object": "Account", "points": 1},
    starts="2026-01-05",
    weeks=2,
    closing={"grace_days": 5},
)
WEEK = Period(
    "week:2026-01-12", to_micros(datetime(2026, 1, 12, tzinfo=UTC)), to_micros(datetime(2026, 1, 19, tzinfo=UTC))
)


def at(day: int, hour: int = 12) -> int:
    """Give an hour of a day in January 2026, as the store keeps it."""
    return to_micros(datetime(2026, 1, day, hour, tzinfo=UTC))


def a_bed(*changes: Change) -> Bed:
    bed = Bed(MemoryStore(), PROGRAM, now=datetime(2026, 1, 20, tzinfo=UTC))
    bed.feed(*changes)
    return bed


def held(bed: Bed, now: int) -> list[tuple[str | None, int]]:
    """Give the rule and the moment of each award of the second week that is held."""
    return [(one.rule, one.occurred) for one in held_entries(PROGRAM, None, WEEK, bed.store, now)]


def test_each_award_is_held_as_long_as_its_own_rule_says() -> None:
    account = make_change(object="Account", record=3, at="2026-01-13T12:00:00Z")
    bed = a_bed(signal(1, at="2026-01-13T12:00:00Z"), task(2, at="2026-01-13T12:00:00Z"), account)
    deal, short = ("deal", at(13)), ("task", at(13))
    assert [held(bed, now) for now in (at(13), at(15) - 1, at(15), at(18) - 1, at(18))] == [
        [deal, short],
        [deal, short],
        [deal],
        [deal],
        [],
    ]


def test_awards_before_and_after_a_window_are_not_held_in_it() -> None:
    days = ("2026-01-11T23:59:59Z", "2026-01-12T00:00:00Z", "2026-01-18T23:59:59Z")
    bed = a_bed(*(signal(number, at=day) for number, day in enumerate(days)))
    assert [occurred for _rule, occurred in held(bed, at(12, 1))] == [at(12, 0), at(19, 0) - 1_000_000]
    whole = make_program({"id": "deal", "vest_after": 5, "on_undo": "reverse"}, closing={"grace_days": 5})
    after = Bed(MemoryStore(), whole)
    after.feed(signal(1, at="2026-01-19T00:00:00Z"))
    assert list(held_entries(whole, None, WEEK, after.store, at(20))) == []


def test_an_award_that_was_taken_back_is_held_no_more() -> None:
    bed = a_bed(signal(1, at="2026-01-17T12:00:00Z"), signal(2, at="2026-01-18T12:00:00Z"))
    bed.feed(make_change("delete", record=1, at="2026-01-19T12:00:00Z"))
    assert held(bed, at(20)) == [("deal", at(18))]
    assert pending_points(PROGRAM, None, WEEK, bed.store, at(20)) == {ANN: 10}


def test_a_window_is_not_refused_for_an_award_that_was_taken_back() -> None:
    bed = a_bed(signal(1, at="2026-01-18T12:00:00Z"))
    window = bed.window("board everybody program")
    with pytest.raises(InputError, match="1 of its awards are held"):
        refuse_held(PROGRAM, window, bed.store, at(20))
    bed.feed(make_change("delete", record=1, at="2026-01-19T12:00:00Z"))
    refuse_held(PROGRAM, window, bed.store, at(20))


def test_pending_points_are_summed_for_each_user() -> None:
    bed = a_bed(*(signal(n, owner=owner, at="2026-01-18T12:00:00Z") for n, owner in ((1, 1), (2, 1), (3, 2))))
    assert pending_points(PROGRAM, None, WEEK, bed.store, at(20)) == {ANN: 20, make_id("005", 2): 10}
