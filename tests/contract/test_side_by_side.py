"""Feeds that work at the same time: PostgreSQL lets them, and the ledger comes out as if they had taken turns."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.feed.salesforce.cursor import ObjectCursor
from novigem.feed.source import Page, Rejected
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.sql.store import SqlStore, open_store
from novigem.ledger.store import Reader, RejectedRow, Store
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.model.snapshot import Stream
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.testing.contract.samples import STREAM, logged, sample_snapshot, undone

if TYPE_CHECKING:
    from tests.conftest import Postgres

LEAD = Stream(STREAM.org, "Lead")
#: What a page writes before it holds the lock, and what only the holder of the lock may write. `mark_seen` and
#: `save_snapshots` write one table.
BEFORE = {
    "keep_lease", "save_people", "reject", "log_changes", "save_snapshots", "mark_seen", "save_position", "save_report",
    "save_closings",
}  # fmt: skip
# Not part of a page.
ELSEWHERE = {"save_report", "save_closings"}
AFTER = {
    "save_program", "append", "save_progress", "save_items", "award_badges", "withdraw_badges", "save_totals",
    "save_tiers", "clear_totals", "save_claims",
}  # fmt: skip


@pytest.fixture
def database(clean_postgres: Database) -> Iterator[Database]:
    """Give a database in which a wait that ought not to be ends with an error, not with a hung test."""
    patient = create_engine(clean_postgres.url, connect_args={"options": "-c lock_timeout=30s"})
    yield patient
    patient.dispose()


def program() -> Program:
    """Give a program that pays for Opportunities and for Leads, with a challenge that both count for."""
    return make_program(
        {"trigger": "update", "when": {"StageName": {"equals": "Won"}}, "challenge": "deals"},
        {"object": "Lead", "trigger": "create", "points": 3, "challenge": "deals"},
        challenges=[
            {
                "id": "deals",
                "goal": {"count": "rules", "target": 7},
                "completion": {"bonus": 50, "badge": "scout"},
            }
        ],
        badges=[{"id": "scout"}],
        leaderboards=[{"period": "week"}, {"period": "all"}],
    )


def won(record: int, **details: Any) -> Change:
    """Give a change that pays 10 points."""
    return make_change("update", record=record, old={"StageName": "Open"}, StageName="Won", **details)


class Meeting:
    """A store whose pages all wait for each other when they are about to take the lock: they overlap for certain."""

    def __init__(self, store: Store, meet: Callable[[], object]) -> None:
        self._store = store
        self._meet = meet

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def begin(self, *, lock: bool = True) -> Iterator[Any]:
        """Open a transaction that meets the others before it locks."""
        with self._store.begin(lock=lock) as transaction:
            yield _Meeting(transaction, self._meet)


class _Meeting:
    def __init__(self, transaction: Any, meet: Callable[[], object]) -> None:
        self._transaction = transaction
        self._meet = meet

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transaction, name)

    def lock(self) -> None:
        self._meet()
        self._transaction.lock()


def test_a_page_without_awards_does_not_hold_up_another_feed(database: Database) -> None:
    store = SqlStore(database)
    engine = Engine(store, [program()])
    engine.apply([])
    with store.begin(lock=False) as transaction:
        # All that such a page writes, in a transaction that stays open.
        transaction.save_people([make_person(1)])
        transaction.reject([RejectedRow("leads", "row 1", "why", "raw", 1)])
        transaction.log_changes([logged(make_change(object="Lead", record=1))])
        transaction.save_snapshots(LEAD, [sample_snapshot(1)])
        transaction.mark_seen(LEAD, [make_id("006", 1)], 1)
        transaction.save_report(LEAD.feed, "{}")
        transaction.save_position(LEAD.feed, "1")
        # Another feed takes in a page that pays, from beginning to commit.
        page = Page([won(1)], people=[make_person(2)], position="9", snapshots=[sample_snapshot(1)], stream=STREAM)
        assert engine.apply(page, feed=STREAM.feed).points == 10
        assert store.entry_count() == 1
        assert store.position(LEAD.feed) is None
    assert store.position(LEAD.feed) == "1"
    assert (len(list(store.changes())), len(store.everybody())) == (2, 2)


def test_a_page_without_awards_passes_one_that_holds_the_lock(database: Database) -> None:
    store = SqlStore(database)
    engine = Engine(store, [program()])
    engine.apply([won(1)])
    with store.begin() as transaction:
        transaction.clear_totals("test")
        assert engine.apply([make_change("update", record=5, old=None)]).new_changes == 1
        assert len(list(store.changes())) == 2
    assert list(store.rollup_totals("")) == []


def test_pages_that_pay_at_the_same_time_come_out_right_and_gapless(database: Database) -> None:
    pages = 6
    both = Barrier(2, timeout=60)
    store = SqlStore(database)
    Engine(store, [program()]).apply([], feed="before")

    def work(stream: Stream, changes: list[list[Change]]) -> None:
        engine = Engine(Meeting(store, both.wait), [program()])
        for number, part in enumerate(changes):
            cursor = ObjectCursor(feed_start=0, covered=number).encode()
            page = Page(part, position=cursor, snapshots=[sample_snapshot(number)], stream=stream)
            engine.apply(page, feed=stream.feed)

    # Everybody earns in both feeds, so each page builds on sums that the other has just written.
    deals = [[won(10 * page + n, owner=n) for n in range(1, 5)] for page in range(pages)]
    leads = [[make_change(object="Lead", record=10 * page + n, owner=n) for n in range(1, 5)] for page in range(pages)]
    with ThreadPoolExecutor() as threads:
        for done in [threads.submit(work, STREAM, deals), threads.submit(work, LEAD, leads)]:
            done.result()

    entries = list(store.entries())
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert len(entries) == 2 * 4 * pages + 4
    totals = store.top("test:*:all", (), None)
    assert [(one.points, one.entries) for one in totals] == [(pages * 13 + 50, 2 * pages + 1)] * 4
    assert [row.value for row in store.progress_rows()] == [2 * pages * 1_000_000] * 4
    assert len(store.badges()) == 4
    assert {store.position(stream.feed) for stream in (STREAM, LEAD)} == {
        ObjectCursor(feed_start=0, covered=pages - 1).encode()
    }
    # The copies of this test are samples, which no change has led to.
    found = {name: problems for name, problems in examine(store, {"test": program()}) if name != "copies"}
    assert not any(found.values()), found


def test_one_fact_in_two_pages_at_the_same_time_pays_once(database: Database) -> None:
    both = Barrier(2, timeout=60)
    store = SqlStore(database)
    Engine(store, [program()]).apply([])

    def work(change: Change) -> int:
        return Engine(Meeting(store, both.wait), [program()]).apply([change]).points

    changes = [won(1, at="2026-01-07T12:00:00Z"), won(1, at="2026-01-08T12:00:00Z")]
    with ThreadPoolExecutor() as threads:
        points = sum(threads.map(work, changes))
    assert points == 10
    (total,) = store.top("test:*:all", (), None)
    assert total.points == 10


def test_two_versions_of_a_program_at_the_same_time_leave_the_boards_of_the_last(database: Database) -> None:
    both = Barrier(2, timeout=60)
    store = SqlStore(database)
    versions = [program(), make_program({"trigger": "update", "points": 7}, leaderboards=[{"period": "month"}])]
    Engine(store, versions[:1]).apply([won(1)])

    def work(number: int) -> None:
        Engine(Meeting(store, both.wait), [versions[number]]).apply([won(2 + number)])

    with ThreadPoolExecutor() as threads:
        list(threads.map(work, range(2)))
    last = store.programs()[-1].version
    assert [entry.version for entry in store.entries()][-1] == last
    in_use = next(one for one in versions if one.version == last)
    # Told all of the story, the totals that stand are those of the version in use.
    found = dict(examine(store, {"test": in_use}))
    assert (found["ledger"], found["totals"]) == ([], [])


@pytest.mark.parametrize("ends", [SqlStore.begin, undone], ids=["commits", "is undone"])
def test_whoever_takes_a_lease_waits_for_the_page_of_its_holder(ends: Any, database: Database) -> None:
    store = SqlStore(database)
    lease = store.acquire_lease("feed", "one", -1)
    assert lease is not None
    held = Event()
    with ThreadPoolExecutor() as threads:
        with ends(store) as transaction:
            transaction.keep_lease(lease, 3600)
            other = threads.submit(_take_after, held, store)
            held.set()
        taken = other.result()
    # The page was committed, so the lease is held on; or it was not, and its holder is out.
    assert (taken is None) is (ends is not undone)
    assert [one.fence for one in store.leases()] == [1 if taken is None else 2]


def _take_after(held: Event, store: Store) -> Any:
    assert held.wait(60)
    return store.acquire_lease("feed", "two", 3600)


def test_a_free_lease_goes_to_one_of_many(database: Database) -> None:
    store = SqlStore(database)
    store.leases()
    many = Barrier(4, timeout=60)

    def take(owner: str) -> Any:
        many.wait()
        return store.acquire_lease("feed", owner, 3600)

    with ThreadPoolExecutor(4) as threads:
        taken = [one for one in threads.map(take, "abcd") if one is not None]
    assert taken == store.leases()
    assert len(taken) == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_written_before_the_lock_goes_in_order_of_its_key(kind: str, request: pytest.FixtureRequest) -> None:
    store = SqlStore(request.getfixturevalue("clean_postgres")) if kind == "postgresql" else open_store("sqlite://")
    store.entry_count()
    written = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE")) and "novigem_revision" not in statement:
            written.append(parameters)

    event.listen(store._bind, "before_cursor_execute", note)
    numbers = [5, 3, 9, 1, 7]
    with store.begin(lock=False) as transaction:
        transaction.save_people(make_person(n) for n in numbers)
        transaction.reject(RejectedRow("feed", f"row {n}", "why", "raw", 1) for n in numbers)
        transaction.log_changes([logged(make_change(record=n, at=f"2026-01-0{n}T00:00:00Z")) for n in numbers])
        transaction.save_snapshots(STREAM, [sample_snapshot(n) for n in numbers])
        transaction.mark_seen(STREAM, [make_id("006", n) for n in numbers], 1)
    event.remove(store._bind, "before_cursor_execute", note)
    rows = [_rows_of(one, store._bind) if kind == "postgresql" else one for one in written]
    store.close()
    people, assignments, rejected, changes, snapshots, seen, _journal = rows
    for part, key in ((people, 0), (assignments, 0), (rejected, 1), (changes, 0), (snapshots, 2), (seen, 4)):
        keys = [row[key] for row in part]
        assert keys == sorted(keys)
        assert len(keys) == len(numbers)


def _rows_of(arrays: tuple[Any, ...], engine: Any) -> list[tuple[Any, ...]]:
    """Give the rows of columns that were sent as arrays or as the texts of arrays, with numbers as their digits."""
    query = "SELECT value FROM unnest(%s::text[]) WITH ORDINALITY AS sent(value, place) ORDER BY place"
    with engine.connect() as connection:
        columns = [
            connection.exec_driver_sql(query, (one,)).scalars().all() if isinstance(one, str) else one for one in arrays
        ]
    return list(zip(*columns, strict=True))


class Watched:
    """A store that remembers what was asked of its transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def begin(self, *, lock: bool = True) -> Iterator[Any]:
        """Open a transaction that is listened to."""
        self.asked.append(f"begin {lock=}")
        with self._store.begin(lock=lock) as transaction:
            yield _Watched(transaction, self.asked)


class _Watched:
    def __init__(self, transaction: Any, asked: list[str]) -> None:
        self._transaction = transaction
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        self._asked.append(name)
        return getattr(self._transaction, name)


def test_a_page_writes_the_ledger_and_what_follows_from_it_only_under_the_lock() -> None:
    store = MemoryStore()
    watched = Watched(store)
    lease = store.acquire_lease(STREAM.feed, "one", 3600)
    page = Page(
        [won(n) for n in range(1, 9)],
        people=[make_person(1)],
        rejected=[Rejected("row 1", "why", "raw")],
        position="1",
        snapshots=[sample_snapshot(1)],
        stream=STREAM,
        lease=lease,
        seen=[make_id("006", 1)],
        sweep=1,
    )
    engine = Engine(watched, [program()])
    assert engine.apply(page, feed=STREAM.feed).badges == 1
    assert watched.asked[:5] == ["begin lock=False", "redactor", "bindings", "joins", "pauses"]
    at = watched.asked.index("lock")
    # Whether somebody has another address by now, or another clock, is asked beside the people.
    assert set(watched.asked[5:at]) == BEFORE - ELSEWHERE | {"people", "timezones"}
    after = set(watched.asked[at:])
    assert after & BEFORE == set()
    assert after >= AFTER - {"save_claims"}

    watched.asked.clear()
    engine.apply(page._replace(changes=[make_change("update", record=99, old=None)]), feed=STREAM.feed)
    assert set(watched.asked[5:]) == BEFORE - ELSEWHERE | {"people", "program_in_use", "timezones"}


def test_every_write_of_a_transaction_stands_before_the_lock_or_after_it() -> None:
    reads = {name for name in vars(Reader) if not name.startswith("_")}
    # Leases are taken and given back by the store, in transactions of their own.
    leases = {"acquire_lease", "release_lease"}
    # What people ask for is written in transactions that begin with the lock, and the journal at the end of each.
    by_hand = {"lock", "add_request", "save_request", "end"}
    # A version is put in force by `save_program`, or by whoever edits a program, in a transaction of its own.
    by_hand |= {"use_program", "clear_claims"}
    # What was told when is kept with the people, before the lock; as another store has kept it, by whoever replays.
    by_hand.add("save_assignments")
    # An erasure has the database to itself, and a secret is made once.
    by_hand |= {"hold_for_erasure", "erase", "save_erasure", "opt_out", "secret"}
    with MemoryStore().begin() as transaction:
        methods = {name for name in dir(transaction) if not name.startswith("_")}
    # What a name means is bound in a transaction that writes nothing else, or by whoever edits a program; addresses
    # that people had before are kept with the people.
    by_hand.add("bind")
    # What claimed records name is kept with the claims, where something follows it.
    by_hand.add("save_references")
    # What a person decided about a flag is written alone, never beside a page.
    by_hand |= {"save_judgement", "note_repairs"}
    # So are final standings: the ledger below them does not change any more.
    by_hand.add("save_closings")
    # Who decides that two users are one person, or that a program is paused, has the database to themselves.
    by_hand |= {"save_join", "save_pause"}
    assert methods == BEFORE | AFTER | reads | leases | by_hand


def test_postgresql_reads_after_the_lock_whatever_the_server_would_do(postgres: "Postgres") -> None:
    url = make_url(postgres.new_database())
    admin = create_engine(url)
    with admin.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {url.database} SET default_transaction_isolation = 'repeatable read'"))
    admin.dispose()
    store = open_store(url.render_as_string(hide_password=False))
    with store.begin() as transaction:
        found = transaction._connection.execute(text("SHOW transaction_isolation")).scalar()
    store.close()
    assert found == "read committed"
