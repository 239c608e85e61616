"""Erasing while others write: what they bring is erased too, or is redacted when it is read anew."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import text

from novigem.engine.engine import Engine
from novigem.engine.erasure import erase_person, redactor_of, rows_about
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.store import Store
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.testing.contract.samples import logged

ANN = make_id("005", 1)
NOW = datetime(2026, 1, 20, tzinfo=UTC)
PROGRAM = make_program(participants={"users": ["ann@acme.example"]})
PEOPLE = [make_person(1, name="Ann Lee", email="ann@acme.example")]


def named(store: Store) -> list[str]:
    return [str(row) for row in rows_about(store, redactor_of(store, ANN, ("Ann Lee", "ann@acme.example")))]


def test_an_erasure_waits_for_whoever_writes_and_erases_what_they_wrote(clean_postgres: Database) -> None:
    store = SqlStore(clean_postgres)
    Engine(store, [PROGRAM]).apply(Page([make_change()], PEOPLE))
    begun = Event()

    def erase() -> None:
        begun.wait(60)
        erase_person(SqlStore(clean_postgres), ANN, reason="left")

    def is_waited_for() -> bool:
        with clean_postgres.connect() as connection:
            return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())

    with ThreadPoolExecutor() as threads:
        with store.begin(lock=False) as transaction:
            assert not transaction.redactor()
            begun.set()
            erasing = threads.submit(erase)
            while not is_waited_for():
                assert not erasing.done()
            transaction.log_changes([logged(make_change(record=2))])
        erasing.result(timeout=60)
    assert named(store) == []
    assert len(list(store.changes())) == 2


@pytest.mark.parametrize("kind", ["memory", "postgresql"])
def test_an_engine_that_began_before_an_erasure_brings_nobody_back(kind: str, request: pytest.FixtureRequest) -> None:
    store: Store = MemoryStore() if kind == "memory" else SqlStore(request.getfixturevalue("clean_postgres"))
    engine = Engine(store, [PROGRAM], clock=lambda: NOW)
    engine.apply(Page([make_change()], PEOPLE))
    erased = erase_person(store, ANN, reason="left")
    report = engine.apply(Page([make_change(), make_change(record=2, by=1)], PEOPLE))
    assert (report.new_changes, report.entries, report.points) == (1, 1, 10)
    entry = engine.adjust("test", ANN, 5, reason="thanks to Ann Lee", author="Ann Lee")
    assert {one.user for one in store.entries()} == {erased.user} == {entry.user}
    assert named(store) == []
    assert [one.version for one in store.programs()] == [PROGRAM.version]
    # One that is made now, of the file that still names her, is the same program.
    assert Engine(store, [PROGRAM]).apply([make_change(record=3)]).points == 10
    assert [one.version for one in store.programs()] == [PROGRAM.version]
    assert named(store) == []
