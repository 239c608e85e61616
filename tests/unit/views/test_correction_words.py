"""Corrections as a colleague would tell them: what is read from the reasons that stand in the ledger."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.testing import make_change, make_program
from novigem.views.corrections import Correction, correction_of

DONE = {"Status": {"isChanged": True, "equals": "Completed"}}
STAGE = {"StageName": {"isChanged": True, "in": ["Won", "Signed"]}}


def corrected(rule: dict[str, Any], *changes: Change, is_open: bool = True) -> Correction:
    """Take changes in, and read the reason of the one reversal."""
    program = make_program({"trigger": "update", "on_undo": "reverse", **rule})
    store = MemoryStore()
    engine = Engine(store, [program])
    for one in changes:
        # What a page undoes itself is never written.
        engine.apply([one])
    entries = list(store.entries())
    (reversal,) = (one for one in entries if one.reverses is not None)
    back = next(one for one in entries if one.number == reversal.reverses)
    return correction_of(reversal, back, program.rules[0], is_again=False, is_open=is_open)


def edits(name: str, field: str, values: Sequence[str]) -> list[Change]:
    """Give edits of one field, an hour apart."""
    steps = itertools.pairwise(values)
    return [
        make_change("update", object=name, at=f"2026-01-07T1{hour}:00:00Z", old={field: old}, new={field: new})
        for hour, (old, new) in enumerate(steps)
    ]


def test_a_task_that_was_opened_again_says_so() -> None:
    found = corrected({"object": "Task", "when": DONE}, *edits("Task", "Status", ["Open", "Completed", "Open"]))
    assert found == Correction("reopened", "Status", "Completed", "Open", comes_back=True)


@pytest.mark.parametrize("value", ["Lost", "holds no longer, it is (2026-01-01 00:00 UTC)", "<script>", "a\nb"])
def test_another_field_says_what_it_is_now(value: str) -> None:
    found = corrected({"when": STAGE}, *edits("Opportunity", "StageName", ["Open", "Won", value]))
    assert (found.kind, found.field, found.comes_back) == ("changed", "StageName", True)
    assert found.found.endswith(value.rpartition("it is ")[2])


def test_what_was_deleted_comes_back_when_it_is_restored() -> None:
    gone = make_change("delete", owner=None, at="2026-01-08T10:00:00Z")
    edited = edits("Opportunity", "StageName", ["Open", "Won"])
    assert corrected({"when": STAGE}, *edited, gone) == Correction("deleted", comes_back=True)
    assert not corrected({"when": STAGE}, *edited, gone, is_open=False).comes_back


def test_an_earlier_change_that_came_late_is_told_as_that() -> None:
    late, first = (
        make_change("update", at=f"2026-01-0{day}T10:00:00Z", old={"StageName": "Open"}, StageName="Won")
        for day in (8, 7)
    )
    program = make_program({"trigger": "update", "on_undo": "reverse", "when": STAGE})
    store = MemoryStore()
    engine = Engine(store, [program])
    engine.apply([late])
    engine.apply([first])
    (reversal,) = (one for one in store.entries() if one.reverses is not None)
    assert correction_of(reversal, None, None, is_again=True, is_open=True) == Correction("earlier_arrived")
