"""The SQL store: readers on any connection, and one writing transaction at a time."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    func,
    literal_column,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from novigem.errors import SettingsError
from novigem.ledger.sql import tables
from novigem.ledger.sql.assignments import AssignmentReading
from novigem.ledger.sql.closings import SeasonReading
from novigem.ledger.sql.connections import postgres_engine, sqlite_engine
from novigem.ledger.sql.errors import store_errors
from novigem.ledger.sql.journals import JournalReading
from novigem.ledger.sql.leases import Clock, held, holder, store_time
from novigem.ledger.sql.privacy_reads import SqlPrivacy
from novigem.ledger.sql.ranks import above, above_by_step, counts_above, order_by, ranked
from novigem.ledger.sql.rows import row_entry, row_value
from novigem.ledger.sql.schema import HEAD, ensure_schema, schema_version
from novigem.ledger.sql.snapshots import count_live, missed_by, next_snapshots, read_snapshots
from novigem.ledger.sql.transaction import SqlTransaction
from novigem.ledger.store import (
    EVERY_ENTRY,
    EVERY_ROW,
    EVERYBODY,
    EntryFilter,
    Latest,
    LoggedChange,
    RejectedRow,
    RowFilter,
    StoredProgram,
    Who,
)
from novigem.model.change import Change, read_change_body
from novigem.model.entry import BadgeAward, Entry, Progress, TierKey, Total
from novigem.model.people import Person
from novigem.model.program import TieBreak
from novigem.model.snapshot import Lease, Snapshot, Stream

_ROWS_AT_A_TIME = 2000


class SqlStore(JournalReading, AssignmentReading, SeasonReading, SqlPrivacy):
    """The ledger in SQLite or PostgreSQL.

    Give it a SQLAlchemy `Engine` and it opens its own connections; give it a `Connection` inside your own transaction
    and it writes there, and you commit. The schema is created, or brought up to date, at the first use.

    Leases too are taken and given back inside your transaction: others see them after your commit, and wait for it.
    `clock` gives the moment that leases are held against; without it that is the clock of the PostgreSQL server, or of
    this machine.
    """

    def __init__(self, bind: Engine | Connection, *, clock: Clock | None = None) -> None:
        self._bind = bind
        self._clock = clock
        self._schema_is_ready = False

    def close(self) -> None:
        """Let go of the connections of a store that opened its own engine or was given one; it opens them again."""
        if not isinstance(self._bind, Connection):
            self._bind.dispose()

    @contextmanager
    def begin(self, *, lock: bool = True) -> Iterator[SqlTransaction]:
        """Open the writing transaction; leaving it normally commits, an exception undoes everything.

        With `lock=False` it may run beside others on PostgreSQL until it calls `lock`.
        """
        with store_errors():
            if isinstance(self._bind, Connection):
                _lock_sqlite(self._bind)
                with self._bind.begin_nested():
                    transaction = self._writing(self._bind, lock=lock)
                    yield transaction
                    transaction.end()
                return
            with self._bind.connect() as connection, connection.begin():
                _lock_sqlite(connection)
                transaction = self._writing(connection, lock=lock)
                yield transaction
                transaction.end()
            # Only a commit makes new tables last.
            self._schema_is_ready = True

    def _writing(self, connection: Connection, *, lock: bool) -> SqlTransaction:
        transaction = SqlTransaction(connection, self._clock)
        if lock:
            transaction.lock()
        if not self._schema_is_ready and schema_version(connection) != HEAD:
            # Two at once would make the same tables, so the version is looked at again under the lock.
            transaction.lock()
            ensure_schema(connection)
        return transaction

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._prepare_reading()
        with store_errors(), self._connected() as connection:
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        if isinstance(self._bind, Connection):
            yield self._bind
        else:
            with self._bind.connect() as connection:
                pool = self._bind.pool
                try:
                    yield connection
                finally:
                    # Whoever reads may be left half-way when the store is closed; then nobody but us closes this one.
                    if self._bind.pool is not pool:
                        connection.detach()

    def _prepare_reading(self) -> None:
        """Make the tables where there are none yet: an empty place reads as an empty ledger."""
        if self._schema_is_ready:
            return
        # Looking comes before writing, so that a read-only database can be read.
        with store_errors(), self._connected() as connection:
            is_current = schema_version(connection) == HEAD
        if not is_current:
            with self.begin():
                pass
        self._schema_is_ready = not isinstance(self._bind, Connection)

    def _rows(self, query: Select[Any]) -> Iterator[Any]:
        options = {"yield_per": _ROWS_AT_A_TIME}
        # Whoever reads may leave before the end, and a cursor of the server must not be left open.
        with self._reading() as connection, closing(connection.execute(query, execution_options=options)) as rows:
            yield from rows

    def _first(self, query: Select[Any]) -> Any:
        with self._reading() as connection:
            return connection.execute(query).first()

    def position(self, feed: str) -> str | None:
        """Give the committed position of a feed."""
        with self._reading() as connection:
            return SqlTransaction(connection).position(feed)

    def positions(self, prefix: str) -> dict[str, str]:
        """Give the committed positions of all feeds whose name begins with a text, ordered by name."""
        columns = tables.position.c
        # SQLite's LIKE takes large and small letters for the same.
        query = select(tables.position).where(func.substr(columns.feed, 1, len(prefix)) == prefix)
        return {row.feed: row.position for row in self._rows(query.order_by(columns.feed))}

    def reports(self) -> dict[str, str]:
        """Give the latest report of each feed, ordered by name."""
        query = select(tables.report).order_by(tables.report.c.feed)
        return {row.feed: row.body for row in self._rows(query)}

    def snapshots(self, stream: Stream, ids: Collection[str]) -> dict[str, Snapshot]:
        """Give the snapshots of some records, where there are any."""
        with self._reading() as connection:
            return read_snapshots(connection, stream, ids)

    def every_snapshot(self, stream: Stream) -> Iterator[Snapshot]:
        """Yield all snapshots of a stream, ordered by id."""
        return self._walk(stream)

    def snapshot_count(self, stream: Stream) -> int:
        """Count the live records of a stream."""
        return int(self._first(count_live(stream))[0])

    def not_seen(self, stream: Stream, sweep: int) -> Iterator[Snapshot]:
        """Yield the live and deleted (not the purged) records that a sweep did not note, ordered by id."""
        return self._walk(stream, *missed_by(sweep))

    def _walk(self, stream: Stream, *conditions: ColumnElement[bool]) -> Iterator[Snapshot]:
        """Read some at a time, so that nothing is held open in the database while the reader writes."""
        after = ""
        while part := [row_value(Snapshot, row) for row in self._rows(next_snapshots(stream, after, *conditions))]:
            yield from part
            after = part[-1].id

    def acquire_lease(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take a lease that nobody holds, that has run out, or that this owner holds; None while another holds it."""
        with self._reading() as connection:
            held_by = holder(connection, name, now=store_time(connection, self._clock))
        if held_by not in (None, owner):
            return None
        with self.begin(lock=False) as transaction:
            return transaction.acquire_lease(name, owner, seconds)

    def release_lease(self, lease: Lease) -> None:
        """Give a lease back; nothing happens when another owner has it by now."""
        with self.begin(lock=False) as transaction:
            transaction.release_lease(lease)

    def leases(self) -> list[Lease]:
        """Give every lease that is held, ordered by name; one that has run out is not."""
        with self._reading() as connection:
            return held(connection, now=store_time(connection, self._clock))

    def latest(self, keys: Collection[str]) -> dict[str, Latest]:
        """Give the newest entry of each dedupe key that has one."""
        with self._reading() as connection:
            return SqlTransaction(connection).latest(keys)

    def entries(self, which: EntryFilter = EVERY_ENTRY) -> Iterator[Entry]:
        """Yield entries in ledger order."""
        columns = tables.ledger.c
        query = select(tables.ledger).order_by(columns.entry)
        for name in ("program", "user", "rule", "challenge", "record"):
            if (wanted := getattr(which, name)) is not None:
                query = query.where(columns[name] == wanted)
        if which.rules is not None:
            query = query.where(columns.rule.in_(sorted(which.rules)))
        if which.since is not None:
            query = query.where(columns.occurred >= which.since)
        if which.until is not None:
            query = query.where(columns.occurred < which.until)
        if which.up_to is not None:
            query = query.where(columns.entry <= which.up_to)
        if which.after is not None:
            query = query.where(columns.entry > which.after)
        return (row_entry(row) for row in self._rows(query))

    def users(self, program: str) -> list[str]:
        """Give everybody with an entry in a program."""
        with self._reading() as connection:
            return SqlTransaction(connection).users(program)

    def entry_count(self) -> int:
        """Give the number of the newest entry."""
        return int(self._first(select(func.coalesce(func.max(tables.ledger.c.entry), 0)))[0])

    def progress_rows(self, which: RowFilter = EVERY_ROW) -> list[Progress]:
        """Give progress rows in order of their keys."""
        columns = tables.progress.c
        query = _filtered(select(tables.progress), columns, which)
        query = query.order_by(columns.program, columns.challenge, columns.period, columns.user)
        return [Progress(*row) for row in self._rows(query)]

    def badge_rows(self, which: RowFilter = EVERY_ROW) -> list[BadgeAward]:
        """Give badge awards in order of moment."""
        columns = tables.badge_award.c
        query = _filtered(select(tables.badge_award), columns, which)
        query = query.order_by(columns.awarded, columns.badge, columns.user, columns.challenge, columns.period)
        return [row_value(BadgeAward, row) for row in self._rows(query)]

    def top(self, book: str, ties: Sequence[TieBreak], limit: int | None, who: Who = EVERYBODY) -> list[Total]:
        """Give the highest totals of a book, in ranking order."""
        query = ranked(book, who).order_by(*order_by(ties)).limit(limit)
        return [Total(*row) for row in self._rows(query)]

    def total(self, book: str, user: str) -> Total | None:
        """Give one user's total."""
        query = select(tables.total).where(tables.total.c.book == book, tables.total.c.user == user)
        row = self._first(query)
        return None if row is None else Total(*row)

    def count_above(
        self, total: Total, ties: Sequence[TieBreak], who: Who = EVERYBODY, *, distinct: bool, by_user: bool = False
    ) -> int:
        """Count the totals that rank above one."""
        count = self._count_by_tiers(total, ties, distinct=distinct, by_user=by_user) if who.everybody else None
        if count is not None:
            return count
        return self._count_rows(
            above_by_step(total, ties, or_equal=by_user), total.book, ties if distinct else None, who
        )

    def _count_rows(
        self,
        steps: Sequence[ColumnElement[bool]],
        book: str,
        distinct_by: Sequence[TieBreak] | None,
        who: Who = EVERYBODY,
    ) -> int:
        """Count rows range by range of the rank index: it takes as long as there are people in them."""
        count = 0
        for step in steps:
            query: Select[Any] = ranked(book, who).where(step).with_only_columns(literal_column("1"))
            if distinct_by is not None:
                query = query.group_by(*order_by(distinct_by, with_user=False, plain=True))
            count += int(self._first(select(func.count()).select_from(query.subquery()))[0])
        return count

    def _count_by_tiers(self, total: Total, ties: Sequence[TieBreak], *, distinct: bool, by_user: bool) -> int | None:
        """Count by places instead of people: those with more points, then the few with the same.

        None where no places are kept. One statement: on PostgreSQL each way there and back counts.
        """
        found = self._first(counts_above(total, ties, distinct=distinct, by_user=by_user))
        is_kept, as_many, shared, people, places = found
        if is_kept is None:
            return None
        if distinct and not ties:
            return int(places)
        # Each place counts once, so whoever shares one with somebody is taken off again.
        return int(people) + int(as_many) - int(shared)

    def tier_counts(self, book_prefix: str) -> dict[TierKey, int]:
        """Give every place kept for some books, and how many share it."""
        query = select(tables.tier).where(tables.tier.c.book.startswith(book_prefix, autoescape=True))
        return {TierKey(*row[:-1]): row[-1] for row in self._rows(query)}

    def neighbours(self, total: Total, ties: Sequence[TieBreak], each_side: int, who: Who = EVERYBODY) -> list[Total]:
        """Give the totals around one, and itself."""
        if self._first(ranked(total.book, who).where(tables.total.c.user == total.user)) is None:
            return []
        before = above(total, ties, or_equal=True)
        higher = ranked(total.book, who).where(before).order_by(*order_by(ties, reverse=True)).limit(each_side)
        after = above(total, ties, or_equal=True, below=True)
        lower = ranked(total.book, who).where(after).order_by(*order_by(ties)).limit(each_side)
        return [
            *reversed([Total(*row) for row in self._rows(higher)]),
            total,
            *(Total(*row) for row in self._rows(lower)),
        ]

    def rollup_totals(self, book_prefix: str) -> Iterator[Total]:
        """Yield every total of some books."""
        columns = tables.total.c
        query = select(tables.total).where(columns.book.startswith(book_prefix, autoescape=True))
        return (Total(*row) for row in self._rows(query.order_by(columns.book, columns.user)))

    def changes(self, record: str | None = None) -> Iterator[tuple[LoggedChange, Change]]:
        """Yield logged changes in order of moment."""
        query = select(tables.change).order_by(tables.change.c.at, tables.change.c.digest)
        if record is not None:
            query = query.where(tables.change.c.record == record)
        return self._logged(query)

    def _logged(self, query: Select[Any]) -> Iterator[tuple[LoggedChange, Change]]:
        for row in self._rows(query):
            logged = LoggedChange(*row)
            yield logged, read_change_body(logged.body)

    def people(self) -> list[Person]:
        """Give everybody we were told about."""
        return [row_value(Person, row) for row in self._rows(select(tables.person).order_by(tables.person.c.id))]

    def find_people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give the people known under some ids."""
        with self._reading() as connection:
            return SqlTransaction(connection).people(ids)

    def programs(self) -> list[StoredProgram]:
        """Give the accepted program versions, oldest first."""
        columns = tables.program.c
        query = select(tables.program).order_by(columns.accepted, columns.program, columns.version)
        return [StoredProgram(*row) for row in self._rows(query)]

    def rejected(self) -> list[RejectedRow]:
        """Give the input put aside."""
        query = select(tables.rejected).order_by(tables.rejected.c.feed, tables.rejected.c.place)
        return [RejectedRow(*row) for row in self._rows(query)]


def _lock_sqlite(connection: Connection) -> None:
    """Take SQLite's write lock first: one taken later would have read what another process is about to change.

    It also opens the transaction that a savepoint needs around it; the driver opens none by itself.
    """
    if connection.dialect.name == "sqlite" and not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]  # the DB-API type does not know sqlite3's attribute
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _filtered(query: Select[Any], columns: Any, which: RowFilter) -> Select[Any]:
    for name in ("program", "user", "challenge", "period"):
        if (wanted := getattr(which, name)) is not None:
            query = query.where(columns[name] == wanted)
    return query


def open_store(url: str) -> SqlStore:
    """Open the store at a database URL: `sqlite:///file.db` or `postgresql+psycopg://user:password@host/name`.

    Raises SettingsError for a URL that is none, or names a database we do not speak.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(
            f"{url.rsplit('@', maxsplit=1)[-1]!r} is not a database URL",
            hint="write sqlite:///novigem.db or postgresql+psycopg://user@host/name",
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return SqlStore(sqlite_engine(parsed))
    if backend == "postgresql":
        return SqlStore(postgres_engine(parsed))
    raise SettingsError(f"{backend!r} databases are not supported", hint="use SQLite or PostgreSQL")
