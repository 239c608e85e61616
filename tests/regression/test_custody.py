"""Whose a record was before: what `former_owner` pays when it went through queues, or hands that cannot earn."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from novigem.engine.engine import Engine
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.queries.explain import explain_record
from novigem.queries.near_misses import near_misses
from novigem.testing import make_change, make_id, make_person, make_program

ANN, BEN, CAT, BOT, GONE = (make_id("005", n) for n in (1, 2, 3, 4, 5))
QUEUE, OTHER_QUEUE = make_id("00G", 1), make_id("00G", 2)
CASE = make_id("500", 1)
PEOPLE = (
    make_person(1),
    make_person(2),
    make_person(3),
    make_person(4, email="bot@acme.example"),
    make_person(5, active=False),
)
START = datetime(2026, 1, 5, 8, tzinfo=UTC)


def _program() -> Program:
    resolved = {
        "object": "Case",
        "trigger": "update",
        "when": {"Status": {"changedTo": "Resolved"}, "Priority": {"equals": "High"}},
        "former_owner": {"within_days": 3, "percent": 50},
    }
    return make_program(resolved, starts="2026-01-05", weeks=6, participants={"exclude": ["bot@acme.example"]})


def _owned_by(*owners: str, days: Sequence[int] = (), told: bool = True, priority: str = "High") -> list[Change]:
    """Give a case of one owner after another, an hour or some `days` apart; the last one resolves it."""
    at = START
    changes = [
        make_change(
            "create", object="Case", record=CASE, owner=None, at=at, new={"OwnerId": owners[0], "Status": "New"}
        )
    ]
    for number, (before, after) in enumerate(pairwise(owners)):
        at += timedelta(days=days[number]) if days else timedelta(hours=1)
        new = {"OwnerId": after, "Status": "New"}
        changes.append(
            make_change(
                "update",
                object="Case",
                record=CASE,
                owner=None,
                at=at,
                new=new,
                old={"OwnerId": before} if told else None,
            )
        )
    at += timedelta(hours=1)
    new = {"OwnerId": owners[-1], "Status": "Resolved", "Priority": priority}
    return [
        *changes,
        make_change("update", object="Case", record=CASE, owner=None, at=at, new=new, old={"Status": "New"}),
    ]


def _points(pages: Sequence[Sequence[Change]]) -> dict[str, int]:
    store = _played(pages)
    sums: dict[str, int] = {}
    for entry in store.entries():
        sums[entry.user] = sums.get(entry.user, 0) + entry.points
    return {user: points for user, points in sums.items() if points}


def _played(pages: Sequence[Sequence[Change]]) -> MemoryStore:
    store = MemoryStore()
    with store.begin() as transaction:
        transaction.save_people(PEOPLE)
    engine = Engine(store, [_program()])
    for page in pages:
        engine.apply(page)
    return store


HALVES = {ANN: 5, BEN: 5}
STORIES = {
    "handed over": ((ANN, BEN), HALVES),
    "through a queue": ((ANN, QUEUE, BEN), HALVES),
    "parked in a queue and taken back": ((ANN, BEN, QUEUE, BEN), HALVES),
    "parked in one queue after another": ((ANN, BEN, QUEUE, OTHER_QUEUE, QUEUE, BEN), HALVES),
    "parked twice": ((ANN, BEN, QUEUE, BEN, QUEUE, BEN), HALVES),
    "through somebody who is excluded": ((ANN, QUEUE, BOT, BEN), HALVES),
    "through somebody inactive": ((ANN, GONE, QUEUE, BEN), HALVES),
    "back and forth": ((ANN, BEN, ANN, BEN), HALVES),
    "back and forth behind a queue": ((ANN, BEN, ANN, QUEUE, BEN, QUEUE, BEN), HALVES),
    "the last one before counts": ((ANN, CAT, BEN, QUEUE, BEN), {CAT: 5, BEN: 5}),
    "only ever one person": ((BEN, QUEUE, BEN), {BEN: 10}),
    "nobody before who may earn": ((BOT, BEN), {BEN: 10}),
}


@pytest.mark.parametrize(("owners", "points"), STORIES.values(), ids=STORIES.keys())
def test_who_owned_it_last_of_those_who_may_earn_keeps_a_part(owners: tuple[str, ...], points: dict[str, int]) -> None:
    changes = _owned_by(*owners)
    assert _points([changes]) == points
    # However they arrive, the same.
    assert _points([[one] for one in changes]) == points
    assert _points([[one] for one in reversed(changes)]) == points
    assert _points([changes[1::2], changes[::2]]) == points
    store = _played([changes])
    answers = explain_record(store, [_program()], CASE)
    assert {one.user: one.points for one in answers if one.verdict == "paid"} == points


def test_who_owned_it_is_known_from_what_was_created_too() -> None:
    changes = _owned_by(ANN, BEN, told=False)
    assert _points([changes]) == HALVES
    assert _points([[one] for one in reversed(changes)]) == HALVES


@pytest.mark.parametrize(
    ("owners", "days", "points"),
    [
        # Ann gave it over four days before, though Ben parked it since.
        ((ANN, BEN, QUEUE, BEN), (0, 4, 0), {BEN: 10}),
        ((ANN, BEN, QUEUE, BEN), (2, 2, 0), HALVES),
        # What counts is when she gave it over the last time.
        ((ANN, BEN, ANN, BEN), (0, 0, 4), HALVES),
    ],
)
def test_the_days_count_from_when_somebody_last_gave_it_over(
    owners: tuple[str, ...], days: tuple[int, ...], points: dict[str, int]
) -> None:
    assert _points([_owned_by(*owners, days=days)]) == points


def test_near_misses_know_who_would_have_kept_a_part() -> None:
    store = _played([_owned_by(ANN, BEN, QUEUE, BEN, priority="Low")])
    for user, count in ((ANN, 1), (BEN, 1), (CAT, 0)):
        assert sum(one.missed for one in near_misses(store, [_program()], user=user)) == count
