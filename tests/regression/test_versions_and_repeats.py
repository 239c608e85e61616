"""Versions accepted without a date, and changes that are read again: what was paid stays, and nothing is paid twice."""

from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.testing import make_change, make_program
from tests.regression.beds import ANNA, COMPLETING, Bed, task

REMEMBERING: dict[str, dict[str, Any]] = {
    "plain": {},
    "undone": {"on_undo": "reverse"},
    "undone soon": {"on_undo": {"reverse_within_days": 9}},
    "capped": {"cap": {"points": 100, "per": "week"}},
    "paused": {"cooldown": {"hours": 1}},
    "shared": {"share": [{"to": "Record Owner", "percent": 50}]},
    "handed over": {"former_owner": {"within_days": 3}},
    "all of it": {"on_undo": "reverse", "former_owner": {"within_days": 3}, "cap": {"awards": 9}},
}


def amount(day: int, value: int, *, before: int = 0, record: int = 1, **told: Any) -> Change:
    at = f"2026-01-{day:02d}T12:00:00Z"
    return make_change("update", record=record, at=at, old={"Amount": before}, Amount=value, **told)


def above(least: int, points: int = 10, **rule: Any) -> Program:
    when = {"Amount": {"greaterThan": least}}
    return make_program({"trigger": "update", "when": when, "points": points, **rule}, starts="2026-01-05", weeks=4)


def entries(bed: Bed) -> list[int]:
    return [one.points for one in bed.store.entries()]


def problems(bed: Bed, program: Program) -> list[str]:
    return [name for name, found in examine(bed.store, {"test": program}) if found]


@pytest.mark.parametrize("after", REMEMBERING.values(), ids=REMEMBERING.keys())
@pytest.mark.parametrize("before", REMEMBERING.values(), ids=REMEMBERING.keys())
def test_the_same_changes_under_an_edited_version_move_no_point(
    bed: Bed, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """With `on_undo: reverse` they took the 10 points back and paid 20."""
    changes = [amount(6, 5), amount(7, 6, record=2), amount(8, 7, before=6, record=2)]
    bed.play(above(0, **before), *changes)
    paid = entries(bed)
    newer = above(0, 20, **after)
    bed.play(newer, *changes)
    bed.play(newer, changes[2], changes[0])
    assert entries(bed) == paid
    assert problems(bed, newer) == []


@pytest.mark.parametrize("rule", REMEMBERING.values(), ids=REMEMBERING.keys())
def test_a_change_that_only_the_newer_version_pays_takes_no_fact_from_one_that_was_paid(
    bed: Bed, rule: dict[str, Any]
) -> None:
    """Read again, the earlier change took the place of the one that had been paid."""
    changes = [amount(6, 3), amount(7, 9, before=3)]
    bed.play(above(5, **rule), *changes)
    newer = above(0, 20, **rule)
    bed.play(newer, *changes)
    assert entries(bed) == [one for one in entries(bed) if one > 0]
    assert sum(entries(bed)) == (5 if "share" in rule else 10)
    # A late change of the same fact is news, and is scored by the version that is in force.
    bed.play(newer, amount(5, 4))
    assert bed.points() == {bed.standing()[0].user: 10 if "share" in rule else 20}
    assert problems(bed, newer) == []


def test_a_rule_that_is_new_pays_for_what_was_read_before(bed: Bed) -> None:
    bed.play(above(100), amount(6, 5))
    assert entries(bed) == []
    bed.play(above(0), amount(6, 5))
    assert entries(bed) == [10]


def test_what_an_older_version_paid_is_undone_by_its_own_terms(bed: Bed) -> None:
    """An edit that the older version let pass was held against the state that the newer one asks for."""

    def raised(least: int, points: int) -> Program:
        when = {"Amount": {"increasedBy": 1, "greaterThan": least}}
        rule = {"trigger": "update", "when": when, "points": points, "on_undo": "reverse"}
        return make_program(rule, starts="2026-01-05", weeks=4)

    second = amount(7, 4, before=9)
    bed.play(raised(0, 10), amount(6, 9), second)
    newer = raised(5, 20)
    bed.play(newer, second)
    bed.play(newer, make_change("update", at="2026-01-05T12:00:00Z", old={"NextStep": "a"}, NextStep="b"))
    assert entries(bed) == [10]
    bed.play(newer, amount(9, 0, before=4))
    assert entries(bed) == [10, -10]
    assert problems(bed, newer) == []


def test_the_doctor_asks_the_newest_version_for_no_fact_that_it_did_not_read(bed: Bed) -> None:
    """A change that the older version let pass would be the first to the fact, had the newer one read it."""
    bed.play(above(5), amount(6, 3))
    newer = above(0, 20)
    bed.play(newer, amount(7, 9, before=3))
    assert entries(bed) == [20]
    assert problems(bed, newer) == []


def test_a_claim_takes_over_from_one_that_a_superseded_version_made(bed: Bed) -> None:
    def completing(points: int) -> Program:
        return make_program(COMPLETING | {"points": points}, starts="2026-01-05", weeks=4)

    bed.play(completing(10), task(6, done=True), task(7, done=False))
    newer = completing(20)
    bed.play(newer, task(9, done=True), task(10, done=False))
    assert bed.points() == {}
    # Put right, by an edit of which it is not known what it changed.
    bed.play(newer, make_change("update", object="Task", at="2026-01-11T12:00:00Z", Status="Completed"))
    assert bed.points() == {ANNA: 20}
    assert problems(bed, newer) == []
