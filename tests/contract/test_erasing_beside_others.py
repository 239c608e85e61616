"""Erasing while others write: what they bring is erased too, or is redacted when it is read anew."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import text

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.engine.erasure import erase_person
from novigem.engine.manual import Manual
from novigem.engine.personal_rows import redactor_of, rows_about
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.sql.store import SqlStore, open_store
from novigem.ledger.store import Store, Transaction
from novigem.model.closing import read_standings
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
    entry = Manual(engine).adjust("test", ANN, 5, reason="thanks to Ann Lee", author="Ann Lee")
    assert {one.user for one in store.entries()} == {erased.user} == {entry.user}
    assert named(store) == []
    assert [one.version for one in store.programs()] == [PROGRAM.version]
    # One that is made now, of the file that still names her, is the same program.
    assert Engine(store, [PROGRAM]).apply([make_change(record=3)]).points == 10
    assert [one.version for one in store.programs()] == [PROGRAM.version]
    assert named(store) == []


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    url = f"sqlite:///{tmp_path / 'novigem.db'}"
    made = open_store(url) if request.param == "sqlite" else SqlStore(request.getfixturevalue("clean_postgres"))
    yield made
    made.close()


def erase_before(store: Store, monkeypatch: pytest.MonkeyPatch, *, transaction: int) -> list[str]:
    """Let Ann be erased just before a transaction begins; gives, afterwards, the id that stands for her."""
    begin, begun, erased = store.begin, itertools.count(1), list[str]()

    def begin_later(*, lock: bool = True) -> AbstractContextManager[Transaction]:
        if not erased and next(begun) == transaction:
            erased.append("")
            erased[0] = erase_person(store, ANN, reason="left").user
        return begin(lock=lock)

    monkeypatch.setattr(store, "begin", begin_later)
    return erased


def test_an_erasure_in_the_middle_of_a_page_leaves_nobody_and_pays_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = make_program(
        {"id": "won", "on_undo": "reverse", "when": {"StageName": {"equals": "Won"}}, "challenge": "challenge-1"},
        {"id": "asked", "when": {"Owner.Name": {"equals": "Ann Lee"}}},
        challenges=[{}],
        participants={"users": ["ann@acme.example"]},
    )
    engine = Engine(store, [program], clock=lambda: NOW)
    engine.apply(Page([make_change(record=1, StageName="Won")], PEOPLE))
    erased = erase_before(store, monkeypatch, transaction=1)
    rows = [
        make_change("update", record=1, by=1, at="2026-01-08T10:00:00Z", old={"StageName": "Won"}, StageName="Open"),
        make_change(record=2, by=1, StageName="Won", **{"Owner.Name": "Ann Lee"}),
        make_change(record=3, owner=2, StageName="Won"),
    ]
    report = engine.apply(Page(rows, PEOPLE, position="3"), feed="Ann Lee's list")
    assert (report.changes, report.new_changes, report.entries, report.corrections) == (3, 3, 2, 1)
    assert {one.user for one in store.entries()} == set(erased)
    assert store.progress_rows() != []
    assert named(store) == []
    # The page is taken in: told again, it pays nothing.
    assert engine.apply(Page(rows, PEOPLE)).new_changes == 0
    assert [name for name, found in examine(store, {"test": program}) if found] == []


def test_an_erasure_between_working_out_a_closing_and_keeping_it_names_nobody_for_good(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = {"starts": "2026-01-05", "weeks": 2, "timezone": "UTC", "participants": {"users": ["ann@acme.example"]}}
    program = make_program(leaderboards=[{}], **season)
    engine = Engine(store, [program], clock=lambda: datetime(2026, 6, 1, tzinfo=UTC))
    engine.apply(Page([make_change(record=1), make_change(record=2)], PEOPLE))
    # The first transaction brings the program into use, the second one keeps what is closed.
    erased = erase_before(store, monkeypatch, transaction=2)
    closed = Manual(engine).close_due()
    assert closed != []
    assert {row.user for one in closed for row in read_standings(one).rows} == set(erased)
    assert named(store) == []
