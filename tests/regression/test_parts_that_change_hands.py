"""Parts of an award that turn out to be somebody else's, of records that move to another account besides."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.testing import make_id, make_program

DEAL = make_id("006", 2)
FIRST, SECOND, THIRD = (make_id("005", n) for n in (1, 2, 3))
ONE, OTHER = make_id("001", 1), make_id("001", 2)
WON: dict[str, Any] = {"when": {"StageName": {"equals": "Won"}}, "trigger": "update", "on_undo": "reverse"}
SUM = {"type": "timebound", "goal": {"sum": "Amount", "target": 3}}


def change(
    hour: int, owner: str, *, old: dict[str, Any] | None = None, day: int = 6, seq: int = 0, **new: Any
) -> Change:
    at = datetime(2026, 1, day, hour, tzinfo=UTC)
    return Change(object="Opportunity", id=DEAL, kind="update", at=at, new={"OwnerId": owner, **new}, old=old, seq=seq)


# Owners of hours before come to light one by one: the last of them keeps a part, and nobody else.
OWNERS = [
    change(7, FIRST, old={"StageName": "Open"}, StageName="Won", Amount=1),
    change(2, THIRD, old={"OwnerId": SECOND}, StageName="Open", Amount=None),
    change(5, FIRST, old={"OwnerId": THIRD}, StageName="Open", Amount=2),
]
# The deal was handed over before it earned, and moves to another account in the same moment.
MOVED = [
    change(7, FIRST, old={"Amount": None}, AccountId=ONE, Amount=2),
    change(5, FIRST, old={"OwnerId": SECOND, "Amount": 1}, AccountId=ONE, Amount=1),
    change(7, SECOND, seq=1, AccountId=OTHER, Amount=1),
]
# It moves to another account later, before it comes to light who had it.
LATER = [
    change(3, FIRST, day=15, StageName="Won", AccountId=ONE),
    change(3, FIRST, old={"StageName": "Open"}, StageName="Won", AccountId=OTHER),
    change(1, FIRST, old={"OwnerId": SECOND}, StageName="Open", AccountId=ONE),
]


PER_USER = {"once_per": "record and user", "challenge": "challenge-1"}
PER_ACCOUNT = {"when": {"StageName": {"changedTo": "Won"}}, "once_per": "account"}
PER_WEEK = {"when": {"Amount": {"isChanged": True}}, "once_per": "account and week"}


@pytest.mark.parametrize(
    ("rule", "kept", "changes", "paid"),
    [
        (PER_USER, {"within_days": 1, "percent": 50}, OWNERS, [(FIRST, 3), (THIRD, 2)]),
        # The one part of the fact is now of one, now of another.
        ({"once_per": "record"}, {"within_days": 1}, OWNERS, [(THIRD, 5)]),
        (PER_WEEK, {"within_days": 1}, MOVED, [(SECOND, 5)]),
        (PER_ACCOUNT, {"within_days": 3, "percent": 40}, LATER, [(FIRST, 3), (SECOND, 2)]),
    ],
)
def test_a_part_is_paid_to_whose_it_is_in_any_order(
    rule: dict[str, Any], kept: dict[str, int], changes: list[Change], paid: list[tuple[str, int]]
) -> None:
    challenges = [SUM] if "challenge" in rule else []
    program = make_program(
        WON | {"points": 5, "former_owner": kept} | rule, challenges=challenges, starts="2026-01-05", weeks=2
    )
    for order in permutations(changes):
        store = MemoryStore()
        engine = Engine(store, [program])
        for one in order:
            engine.apply([one])
        assert sorted((one.user, one.points) for one in standing_entries(store.entries())) == paid
