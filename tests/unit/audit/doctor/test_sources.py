"""Two programs in one database, each run on a source of its own: nothing is due for changes they were never given."""

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.audit.doctor.sources import partly_fed
from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.discrepancy import Discrepancy
from novigem.model.program import Program
from novigem.testing import make_change, make_id, make_program
from novigem.testing.contract.samples import logged

ALPHA, BETA = make_program(program="alpha"), make_program(program="beta")
#: Rules that a change which was never given could have paid, undone or limited.
TOUCHY = make_program({"on_undo": "reverse"}, {"cap": {"points": 10}}, program="beta")


def run(store: MemoryStore, source: str, *programs: Program, records: range) -> None:
    changes = [make_change(record=n, at=f"2026-01-{n + 6:02}T12:00:00Z") for n in records]
    engine = Engine(store, programs)
    engine.apply(Page(changes, position="the end"), feed=f"{source}#{engine.fingerprint}")


def replay(store: MemoryStore, *programs: Program) -> list[Discrepancy]:
    return dict(examine(store, {one.program: one for one in programs}))["replay"]


@pytest.mark.parametrize("second", [BETA, TOUCHY], ids=["plain", "with limits"])
def test_what_a_program_was_never_given_is_not_due_to_it(second: Program) -> None:
    store = MemoryStore()
    run(store, "file:a", ALPHA, records=range(1, 4))
    run(store, "file:b", second, records=range(3, 6))
    assert partly_fed(store) == {"alpha", second.program}
    assert replay(store, ALPHA, second) == []


def test_programs_that_were_run_on_the_same_sources_are_held_to_all_of_them() -> None:
    store = MemoryStore()
    run(store, "file:a", ALPHA, BETA, records=range(1, 4))
    run(store, "file:b", ALPHA, records=range(4, 6))
    run(store, "file:b", BETA, records=range(4, 6))
    assert partly_fed(store) == frozenset()
    with store.begin() as transaction:
        transaction.log_changes([logged(make_change(record=6))])
    assert [(one.what, one.kept) for one in replay(store, ALPHA, BETA)] == [
        (f"{name}/rule-1/{make_id('006', 6)}", "no entry") for name in ("alpha", "beta")
    ]


def test_what_no_change_pays_is_found_in_a_program_that_was_not_given_all() -> None:
    store = MemoryStore()
    run(store, "file:a", ALPHA, records=range(1, 4))
    run(store, "file:b", BETA, records=range(4, 6))
    del store._tables.changes[next(iter(store._tables.changes))]
    assert [(one.program, one.proved) for one in replay(store, ALPHA, BETA)] == [("alpha", "the changes do not pay it")]


def test_an_edited_program_was_given_what_an_earlier_version_was() -> None:
    store = MemoryStore()
    run(store, "file:a", ALPHA, BETA, records=range(1, 3))
    run(store, "file:a", make_program({"points": 11}, program="alpha"), records=range(1, 3))
    assert partly_fed(store) == frozenset()
