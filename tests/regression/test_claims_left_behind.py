"""What a record counts for, or whose it was, may come to light after the award: the ledger is sound all the same."""

from collections.abc import Sequence
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.model.change import Change
from novigem.testing import make_change, make_id, make_person, make_program
from tests.property.runs import frozen_clock
from tests.regression.beds import Bed

ACME, APEX = (make_id("001", n) for n in (1, 2))
SHARED = [{"to": "Record Owner", "percent": 70}, {"to": "Created By", "percent": 30}]
WON = {"trigger": "update", "when": {"StageName": {"changedTo": "Won"}}, "points": 10, "on_undo": "reverse"}


def edit(hour: int, owner: int, account: str, **old: Any) -> Change:
    at = f"2026-03-05T{hour:02}:00:00Z"
    return make_change("update", at=at, owner=owner, old=old, StageName="Won", AccountId=account)


def problems(bed: Bed, rule: dict[str, Any], changes: Sequence[Change]) -> list[object]:
    program = make_program(WON | rule)
    with bed.store.begin() as transaction:
        transaction.save_people([make_person(1), make_person(2)])
    for change in changes:
        Engine(bed.store, [program], clock=frozen_clock).apply([change])
    return [one for _name, found in examine(bed.store, {program.program: program}) for one in found]


@pytest.mark.parametrize("share", [{}, {"share": SHARED}])
def test_the_doctor_knows_deals_that_were_moved_to_another_account(any_bed: Bed, share: dict[str, Any]) -> None:
    won, moved = edit(10, 1, ACME, StageName="Open"), edit(12, 1, APEX, AccountId=ACME)
    assert problems(any_bed, {"once_per": "account", **share}, [won, moved]) == []
    assert [one.points for one in any_bed.store.entries()][1] < 0


def test_the_doctor_knows_deals_of_which_it_came_late_who_had_them_before(any_bed: Bed) -> None:
    handed_over, won = edit(9, 1, ACME, OwnerId=make_id("005", 2)), edit(10, 1, ACME, StageName="Open")
    rule = {"once_per": "record and user", "former_owner": {"within_days": 3}}
    assert problems(any_bed, rule, [won, handed_over]) == []
    assert [(one.user[14], one.points) for one in any_bed.store.entries()] == [("1", 10), ("1", -10), ("2", 10)]
