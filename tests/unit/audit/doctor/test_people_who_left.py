"""The doctor, and scoring anew, where people left, joined or changed roles: who may earn is decided at the time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.discrepancy import Discrepancy
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.planning.apply import Wish, preview
from novigem.testing import make_change, make_person, make_program

CSM = "Customer Success Manager"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def feed(store: MemoryStore, program: Program, *changes: Change, people: Any = ()) -> None:
    Engine(store, [program]).apply(Page(changes, list(people)))


def replay(store: MemoryStore, program: Program) -> list[Discrepancy]:
    return dict(examine(store, {program.program: program}))["replay"]


def of_csms(**rule: Any) -> Program:
    return make_program(rule, participants={"role": [CSM]})


def anna(**details: Any) -> Person:
    return make_person(1, **({"role": CSM} | details))


@pytest.mark.parametrize("later", [{"active": False}, {"role": "Sales"}, {"role": None}])
def test_whoever_left_keeps_what_was_earned(store: MemoryStore, later: dict[str, Any]) -> None:
    program = of_csms()
    feed(store, program, make_change(record=1), people=[anna()])
    feed(store, program, make_change(record=2), people=[anna(**later)])
    assert store.entry_count() == 1
    assert replay(store, program) == []


def test_whoever_joined_later_is_owed_nothing(store: MemoryStore) -> None:
    program = of_csms()
    feed(store, program, make_change(record=1), people=[anna(role="Sales")])
    feed(store, program, make_change(record=2), people=[anna()])
    assert store.entry_count() == 1
    assert replay(store, program) == []


def test_the_fact_of_somebody_who_left_is_not_owed_to_the_next(store: MemoryStore) -> None:
    program = of_csms(once_per="account")
    account = {"AccountId": "001000000000001AAA"}
    ben = make_person(2, role=CSM)
    feed(store, program, make_change(record=1, at="2026-01-07T10:00:00Z", **account), people=[anna(), ben])
    feed(store, program, make_change(record=2, owner=2, at="2026-01-07T11:00:00Z", **account))
    feed(store, program, people=[anna(active=False)])
    assert replay(store, program) == []


def test_a_fact_that_somebody_who_had_left_could_not_take_stays_with_the_next(store: MemoryStore) -> None:
    program = of_csms(once_per="account")
    account = {"AccountId": "001000000000001AAA"}
    people = [anna(), make_person(2, role=CSM)]
    feed(
        store, program, make_change(record=3, at="2026-01-06T10:00:00Z", AccountId="001000000000002AAA"), people=people
    )
    feed(store, program, people=[anna(active=False)])
    feed(store, program, make_change(record=1, at="2026-01-07T10:00:00Z", **account))
    feed(store, program, make_change(record=2, owner=2, at="2026-01-07T11:00:00Z", **account))
    assert sorted(total.user for total in store.rollup_totals("test:*:all")) == [people[0].id, people[1].id]
    assert replay(store, program) == []


def test_what_is_wrong_for_somebody_who_stayed_is_told(store: MemoryStore) -> None:
    program, wrong = of_csms(), of_csms(id="other")
    first, second = make_change(record=1), make_change(record=2, owner=2)
    feed(store, program, first, second, people=[anna(), make_person(2, role=CSM)])
    feed(store, program, people=[make_person(2, role="Sales")])
    # As if nobody had been told that the rule is another one now.
    found = replay(store, wrong.model_copy(update={"version": program.version}))
    assert [(one.what.split("/")[1], first.id in one.what) for one in found] == [("rule-1", True), ("other", True)]


def test_scoring_anew_says_whose_points_go_because_they_left(store: MemoryStore) -> None:
    program, raised = of_csms(points=5), of_csms(points=7)
    people = [anna(), make_person(2, role=CSM)]
    feed(store, program, make_change(record=1), make_change(record=2, owner=2), people=people)
    feed(store, program, people=[anna(active=False)])
    wish = Wish(raised, rescore=True, author="Dana", reason="worth more")
    found = preview(store, wish, now=datetime(2026, 1, 10, tzinfo=UTC)).outcome
    assert found is not None
    assert {(move.reason, move.points) for move in found.moves} == {
        ("was earned by somebody who takes part no more", -5),
        ("other points", 2),
    }
