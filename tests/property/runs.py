"""Running small worlds: fresh stores, sources that can be resumed, stores that fail, and what is left afterwards."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from novigem.engine.engine import Engine
from novigem.errors import StoreError
from novigem.feed.source import Page
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.store import ProgramUse, Store, StoredProgram
from novigem.model.change import Change, change_body, change_digest
from novigem.model.entry import BadgeAward, Entry, Progress, Total
from novigem.model.pause import PauseStep
from novigem.model.program import Program
from tests.property.strategies_engine import everybody

NOW = datetime(2026, 6, 1, tzinfo=UTC)
_TEMPLATE: list[sqlite3.Connection] = []


def frozen_clock() -> datetime:
    """Give one moment for ever, so that `recorded` never tells two runs apart."""
    return NOW


@contextmanager
def fresh_sqlite() -> Iterator[SqlStore]:
    """Open an empty SQLite store in memory; the schema is made once and copied."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    raw = engine.raw_connection()
    connection = raw.driver_connection
    assert isinstance(connection, sqlite3.Connection)
    if not _TEMPLATE:
        with SqlStore(engine).begin():
            pass
        template = sqlite3.connect(":memory:", check_same_thread=False)
        connection.backup(template)
        _TEMPLATE.append(template)
    else:
        _TEMPLATE[0].backup(connection)
    raw.close()
    try:
        yield SqlStore(engine)
    finally:
        # Also where an example ends half-way, which Hypothesis does by an exception.
        engine.dispose()


@contextmanager
def fresh_memory() -> Iterator[MemoryStore]:
    """Open an empty store in memory."""
    yield MemoryStore()


FRESH = {"memory": fresh_memory, "sqlite": fresh_sqlite}


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Sort changes as they happened."""
    return sorted(changes, key=lambda one: (one.at, one.seq, change_digest(change_body(one))))


def tell_people(store: Store) -> None:
    """Make the people known before any change arrives."""
    with store.begin() as transaction:
        transaction.save_people(everybody())


def feed(store: Store, program: Program, pages: Iterable[Sequence[Change]], *, restart: bool = False) -> Engine:
    """Apply pages to a store, with a new engine for each of them if asked."""
    engine = Engine(store, [program], clock=frozen_clock)
    for page in pages:
        if restart:
            engine = Engine(store, [program], clock=frozen_clock)
        engine.apply(page)
    return engine


State = tuple[list[Entry], list[Progress], list[BadgeAward], list[Total]]


def state(store: Store) -> State:
    """Give what stands: standing entries without what depends on arrival, progress, badges and totals."""
    standing = [bare(entry) for entry in standing_entries(store.entries())]
    standing.sort(key=lambda entry: (entry.key, entry.user))
    return standing, store.progress_rows(), store.badges(), list(store.rollup_totals(""))


def bare(entry: Entry) -> Entry:
    """Leave out of an entry what tells when it arrived."""
    return msgspec.structs.replace(entry, number=0, generation=0, recorded=0)


def full_ledger(store: Store) -> list[Entry]:
    """Give every entry, whatever its place in the ledger."""
    entries = [msgspec.structs.replace(entry, number=0, recorded=0) for entry in store.entries()]
    return sorted(entries, key=lambda entry: (entry.key, entry.generation))


def summed(entries: Iterable[Entry]) -> dict[tuple[str, str], int]:
    """Add up points by user and period label in the plainest way there is: entry by entry, reversals and all."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        sums[entry.user, entry.challenge or ""] += entry.points
    return dict(sums)


class ListSource:
    """Pages of a list that can be resumed: the position is the number of pages taken in."""

    name = "list"

    def __init__(self, pages: Sequence[Sequence[Change]]) -> None:
        self._pages = [tuple(page) for page in pages]

    def pages(self, after: str | None) -> Iterator[Page]:
        """Yield the pages after a position."""
        for number in range(int(after or 0), len(self._pages)):
            people = everybody() if number == 0 else ()
            yield Page(self._pages[number], people, position=str(number + 1))


class FailingStore:
    """A store that fails at the nth thing asked of it: before a call, after a call, or at the commit."""

    def __init__(self, store: Store, fail_at: int) -> None:
        self._store = store
        self._left = fail_at
        self.failed = False

    def step(self) -> None:
        """Count down, and fail at zero."""
        self._left -= 1
        if self._left == 0:
            self.failed = True
            raise StoreError("the database went away")

    @contextmanager
    def begin(self, *, lock: bool = True) -> Iterator[Any]:
        """Open a transaction whose every call counts, and whose end counts too."""
        with self._store.begin(lock=lock) as transaction:
            yield _FailingTransaction(transaction, self)
            self.step()

    def timeline(self) -> list[ProgramUse]:
        """Give which versions are in force, or fail."""
        self.step()
        return self._store.timeline()

    def pauses(self) -> list[PauseStep]:
        """Give every decision to pause a program."""
        self.step()
        return self._store.pauses()

    def programs(self) -> list[StoredProgram]:
        """Give the texts of programs."""
        return self._store.programs()

    def position(self, feed: str) -> str | None:
        """Give a position, or fail before or after."""
        self.step()
        found = self._store.position(feed)
        self.step()
        return found


class _FailingTransaction:
    def __init__(self, transaction: Any, owner: FailingStore) -> None:
        self._transaction = transaction
        self._owner = owner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._transaction, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._owner.step()
            result = method(*args, **kwargs)
            self._owner.step()
            return result

        return counted


def cut(items: Sequence[Any], size: int) -> list[list[Any]]:
    """Cut a list into pages of one size."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
