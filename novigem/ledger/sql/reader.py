"""Every question that a database answers, written once: a store asks over a fresh connection, a transaction on its own.

What goes in are keys and filters, what comes out are the frozen words of `novigem.model`.
"""
# Longer than 400 lines: one question after another, each a statement or two; whoever reads wants them in one place.

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, literal, or_, select

from novigem.ledger.counted import counts_for
from novigem.ledger.journal import JournalRow, entry_bytes
from novigem.ledger.privacy import Row
from novigem.ledger.redaction import ProgramRedactor
from novigem.ledger.row_digests import DIGESTED, RowDigest, digest_row, is_digested
from novigem.ledger.sql import erasing, ranks, tables
from novigem.ledger.sql import privacy_rows as privacy
from novigem.ledger.sql.bulk import KeyReader
from novigem.ledger.sql.columns import altered_changes, altered_claims
from novigem.ledger.sql.leases import Clock, held, store_time
from novigem.ledger.sql.rows import CLAIM_COLUMNS, row_claims, row_entry, row_request, row_value
from novigem.ledger.sql.snapshots import count_live, missed_by, next_snapshots, read_snapshots
from novigem.ledger.types import (
    EVERY_ENTRY,
    EVERY_REQUEST,
    EVERY_ROW,
    EVERYBODY,
    EntryFilter,
    Extent,
    ItemKey,
    Latest,
    LoggedChange,
    Moment,
    ProgramUse,
    RejectedRow,
    RequestFilter,
    RowFilter,
    StoredProgram,
    Who,
)
from novigem.model.binding import Binding
from novigem.model.change import Change, read_change_body
from novigem.model.claim import Claim
from novigem.model.closing import Closing, ClosingKey
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total, key_digest
from novigem.model.joins import NO_JOINS, Join, Joins
from novigem.model.judgement import Judgement
from novigem.model.pause import PauseStep
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START, TieBreak
from novigem.model.redaction import Erasure, Redactor
from novigem.model.request import Request
from novigem.model.roster import Assignment
from novigem.model.snapshot import Lease, Snapshot, Stream

_IS_REVERSED = f"EXISTS (SELECT 1 FROM {tables.ledger.name} AS taken_back WHERE taken_back.reverses = found.entry)"  # noqa: S608 - our own table name
_LATEST = KeyReader(tables.ledger, "key_digest", also=_IS_REVERSED)
_OF_USER = ("user", "program", "challenge", "period")
# What counts for several challenges names all but the first in one column: whether the one asked for is among them,
# the entry itself tells.
_COUNTS_ELSEWHERE = "also IS NOT NULL"
_ENTRIES_OF = {given: KeyReader(tables.ledger, *_OF_USER[:given], unless=_COUNTS_ELSEWHERE) for given in (2, 3, 4)}
_PEOPLE_OF = KeyReader(tables.person, "id")
_PEOPLE_LED_BY = KeyReader(tables.person, "manager", columns=("id",))
_ASSIGNMENTS_OF = KeyReader(tables.assignment, "user")
_PROGRESS_OF = KeyReader(tables.progress, *ProgressKey._fields)
_ITEMS_OF = KeyReader(tables.item, *ItemKey._fields)
_TOTALS_OF = KeyReader(tables.total, "book", "user")
_TIERS_OF = KeyReader(tables.tier, *TierKey._fields)
_CLAIMS_OF_RECORDS = KeyReader(tables.claim, "record", columns=CLAIM_COLUMNS)
_CLAIMS_OF_FACTS = KeyReader(tables.claim, "fact_digest", columns=CLAIM_COLUMNS)
# Only what wins takes room.
_NAMING = KeyReader(tables.reference, "reference", columns=("record",))
_CLAIMS_BETWEEN = KeyReader(tables.claim, "limits", "user", columns=CLAIM_COLUMNS, between="at", only="wins")
_LOGGED = KeyReader(tables.change, "record", between="at")
_MERGES = KeyReader(tables.change, "record", where=tables.MERGES)
_SINCE = KeyReader(tables.change, "record", columns=("record", "at", "digest"), between="at")

_NEWEST = func.coalesce(func.max(tables.ledger.c.entry), 0)
# Asked with every page, so made once: a statement that is made anew costs more than its answer.
_MOMENT = select(
    select(tables.revision.c.number).limit(1).scalar_subquery(),
    select(tables.journal.c.digest).order_by(tables.journal.c.batch.desc()).limit(1).scalar_subquery(),
    select(func.max(tables.join.c.moment)).scalar_subquery(),
    select(func.max(tables.binding.c.bound)).scalar_subquery(),
)
_EVERY_POSITION = select(tables.position).order_by(tables.position.c.feed)
_LATEST_MOMENT = 2**62
_ROWS_AT_A_TIME = 2000


class SqlReader(ABC):
    """Answers every question over the connections that it is given; see `novigem.ledger.reader.Reader`."""

    _clock: Clock | None
    #: Whether long answers are read some rows at a time. Not where somebody writes on the same connection: what is
    #: written meanwhile must not get into them.
    _streams: bool

    @abstractmethod
    def _connect(self) -> AbstractContextManager[Connection]:
        """Give a connection for one question."""

    def _rows(self, query: Select[Any]) -> Iterator[Any]:
        """Yield the rows of a long answer."""
        return self._streamed(query) if self._streams else iter(self._all(query))

    def _streamed(self, query: Select[Any]) -> Iterator[Any]:
        options = {"yield_per": _ROWS_AT_A_TIME}
        # Whoever reads may leave before the end, and a cursor of the server must not be left open.
        with self._connect() as connection, closing(connection.execute(query, execution_options=options)) as rows:
            yield from rows

    def _all(self, query: Select[Any]) -> Sequence[Any]:
        with self._connect() as connection:
            return connection.execute(query).all()

    def _first(self, query: Select[Any]) -> Any:
        with self._connect() as connection:
            return connection.execute(query).first()

    def _value(self, query: Select[Any]) -> Any:
        with self._connect() as connection:
            return connection.execute(query).scalar()

    # Feeds: positions, reports, our copies of records, leases, and the input put aside.

    def position(self, feed: str) -> str | None:
        """Give the committed position of a feed."""
        row = self._first(select(tables.position).where(tables.position.c.feed == feed))
        return None if row is None else str(row.position)

    def positions(self, prefix: str) -> dict[str, str]:
        """Give the committed positions of all feeds whose name begins with a text, ordered by name."""
        feed = tables.position.c.feed
        # SQLite's LIKE takes large and small letters for the same.
        begins = func.substr(feed, 1, len(prefix)) == prefix
        query = _EVERY_POSITION.where(begins) if prefix else _EVERY_POSITION
        return {row.feed: row.position for row in self._all(query)}

    def reports(self) -> dict[str, str]:
        """Give the latest report of each feed, ordered by name."""
        query = select(tables.report).order_by(tables.report.c.feed)
        return {row.feed: row.body for row in self._all(query)}

    def snapshots(self, stream: Stream, ids: Collection[str]) -> dict[str, Snapshot]:
        """Give the snapshots of some records, where there are any."""
        with self._connect() as connection:
            return read_snapshots(connection, stream, ids)

    def every_snapshot(self, stream: Stream) -> Iterator[Snapshot]:
        """Yield all snapshots of a stream, ordered by id."""
        return self._walk(stream)

    def snapshot_count(self, stream: Stream) -> int:
        """Count the live records of a stream."""
        return int(self._value(count_live(stream)))

    def not_seen(self, stream: Stream, sweep: int) -> Iterator[Snapshot]:
        """Yield the live and deleted (not the purged) records that a sweep did not note, ordered by id."""
        return self._walk(stream, *missed_by(sweep))

    def _walk(self, stream: Stream, *conditions: ColumnElement[bool]) -> Iterator[Snapshot]:
        """Read some at a time, so that nothing is held open in the database while the reader writes."""
        after = ""
        while part := [row_value(Snapshot, row) for row in self._all(next_snapshots(stream, after, *conditions))]:
            yield from part
            after = part[-1].id

    def leases(self) -> list[Lease]:
        """Give every lease that is held, ordered by name; one that has run out is not."""
        with self._connect() as connection:
            return held(connection, now=store_time(connection, self._clock))

    def rejected(self) -> list[RejectedRow]:
        """Give the input put aside."""
        query = select(tables.rejected).order_by(tables.rejected.c.feed, tables.rejected.c.place)
        return [RejectedRow(*row) for row in self._all(query)]

    # The change log.

    def changes(self, since: int | None = None, until: int | None = None) -> Iterator[tuple[LoggedChange, Change]]:
        """Yield logged changes in order of moment and digest: all, or those of a stretch `[since, until)`."""
        columns = tables.change.c
        query = select(tables.change).order_by(columns.at, columns.digest)
        if since is not None:
            query = query.where(columns.at >= since)
        if until is not None:
            query = query.where(columns.at < until)
        logged = (LoggedChange(*row) for row in self._rows(query))
        return ((one, read_change_body(one.body)) for one in logged)

    def changes_of(self, records: Collection[str], since: int = ALWAYS_START) -> list[tuple[LoggedChange, Change]]:
        """Give all logged changes of some records from a moment on, in order of moment and digest."""
        with self._connect() as connection:
            rows = _LOGGED.read(connection, [(one,) for one in records], since, _LATEST_MOMENT)
            return [(one, read_change_body(one.body)) for one in sorted(LoggedChange(*row) for row in rows)]

    def lately_naming(self, user: str, newest: int) -> list[str]:
        """Give the records of which one of the newest logged changes names a user, the one changed last first."""
        at, digest = tables.change.c.at, tables.change.c.digest
        columns = (at, digest, tables.change.c.record, tables.change.c.body)
        lately = select(*columns).order_by(at.desc(), digest.desc()).limit(newest).subquery()
        named = select(lately.c.record).where(lately.c.body.contains(user, autoescape=True)).group_by(lately.c.record)
        last = func.max(lately.c.at)
        return [record for (record,) in self._all(named.order_by(last.desc(), lately.c.record))]

    def merges_of(self, records: Collection[str]) -> list[Change]:
        """Give the merges of some records into others, and what brought them back, in order of moment and digest."""
        with self._connect() as connection:
            rows = _MERGES.read(connection, [(one,) for one in records])
            return [read_change_body(one.body) for one in sorted(LoggedChange(*row) for row in rows)]

    def logged_since(self, records: Collection[str], since: int) -> list[tuple[str, int, bytes]]:
        """Give record, moment and digest of the logged changes of some records, from a moment on."""
        with self._connect() as connection:
            rows = _SINCE.read(connection, [(one,) for one in records], since, _LATEST_MOMENT)
            return [(record, at, bytes(digest)) for record, at, digest in rows]

    def count_logged(self, since: int, at_most: int) -> int:
        """Give how many changes are logged of a moment or later, counting no further than `at_most`."""
        found = select(literal(1)).where(tables.change.c.at >= since).limit(at_most).subquery()
        return int(self._value(select(func.count()).select_from(found)))

    # People, and whom they belong to.

    def people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give the people known under some ids; of somebody with several users, what is known of all of them."""
        joins = self.joins() if ids else NO_JOINS
        if not joins:
            return self._users(ids)
        told = self._users({one for user in ids for one in (user, *joins.users(user))})
        return {one: person for one in ids if (person := joins.known(one, told)) is not None}

    def _users(self, ids: Collection[str]) -> dict[str, Person]:
        with self._connect() as connection:
            rows = _PEOPLE_OF.read(connection, [(one,) for one in ids])
            # SQLite keeps a boolean as a number.
            return {row[0]: row_value(Person, (*row[:3], bool(row[3]), *row[4:])) for row in rows}

    def everybody(self) -> list[Person]:
        """Give everybody we were told about, ordered by id; somebody with several users is one person."""
        users, joins = self.every_user(), self.joins()
        return joins.everybody({one.id: one for one in users}) if joins else users

    def every_user(self) -> list[Person]:
        """Give every user as we were told about them, ordered by id."""
        return [row_value(Person, row) for row in self._all(select(tables.person).order_by(tables.person.c.id))]

    def users_led_by(self, managers: Collection[str]) -> list[str]:
        """Give the users who were last told to have one of some users as their manager, in order."""
        with self._connect() as connection:
            return sorted(row[0] for row in _PEOPLE_LED_BY.read(connection, [(one,) for one in managers]))

    def pauses(self) -> list[PauseStep]:
        """Give every decision to pause a program or to let it pay again, in the order in which they were made."""
        return [PauseStep(*row) for row in self._all(select(tables.pause).order_by(tables.pause.c.number))]

    def joins(self) -> Joins:
        """Give which users are one person, and every decision about it."""
        rows = self._all(select(tables.join))
        return Joins(Join(*row) for row in rows) if rows else NO_JOINS

    def assignments(self, users: Collection[str]) -> list[Assignment]:
        """Give the assignments of some users, by user and moment."""
        with self._connect() as connection:
            return sorted(Assignment(*row) for row in _ASSIGNMENTS_OF.read(connection, [(one,) for one in users]))

    def timezones(self) -> list[str]:
        """Give the names of all time zones that were told of somebody, in order."""
        column = tables.assignment.c.timezone
        named = select(column).where(column.is_not(None)).distinct().order_by(column)
        return [str(row[0]) for row in self._all(named)]

    def every_assignment(self) -> list[Assignment]:
        """Give all assignments, by user and moment."""
        columns = tables.assignment.c
        return [Assignment(*row) for row in self._all(select(tables.assignment).order_by(columns.user, columns.since))]

    # Programs and their versions.

    def programs(self) -> list[StoredProgram]:
        """Give the accepted program versions, oldest first."""
        columns = tables.program.c
        query = select(tables.program).order_by(columns.accepted, columns.program, columns.version)
        return [StoredProgram(*row) for row in self._all(query)]

    def program_in_use(self, program: str) -> str | None:
        """Give the version of a program that is in use."""
        columns = tables.program.c
        query = select(columns.version).where(columns.program == program)
        row = self._first(query.order_by(columns.accepted.desc()).limit(1))
        return None if row is None else str(row.version)

    def timeline(self) -> list[ProgramUse]:
        """Give from when on which program version was in use, in the order in which they were accepted."""
        query = select(tables.timeline).order_by(tables.timeline.c.accepted, tables.timeline.c.program)
        return [ProgramUse(*row) for row in self._all(query)]

    def bindings(self) -> list[Binding]:
        """Give what the names in programs mean."""
        query = select(tables.binding).order_by(*tables.binding.primary_key.columns)
        return [Binding(*row) for row in self._all(query)]

    # The ledger and its journal.

    def entries(self, which: EntryFilter = EVERY_ENTRY) -> Iterator[Entry]:
        """Yield entries in ledger order."""
        of_user = _key_of_user(which)
        if of_user is not None:
            return _counting(iter(self._entries_of_user(of_user)), which)
        columns = tables.ledger.c
        query = select(tables.ledger).order_by(columns.entry)
        for name in ("program", "user", "rule", "record"):
            if (wanted := getattr(which, name)) is not None:
                query = query.where(columns[name] == wanted)
        query = query.where(*_countable(which))
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
        return _counting((row_entry(row) for row in self._rows(query)), which)

    def _entries_of_user(self, key: tuple[str, ...]) -> list[Entry]:
        """Read the entries of one user straight from the driver: a page asks for those of many."""
        with self._connect() as connection:
            rows = _ENTRIES_OF[len(key)].read(connection, [key])
            return [row_entry(row) for row in sorted(rows, key=itemgetter(0))]

    def latest(self, keys: Collection[str]) -> dict[str, Latest]:
        """Give the newest entry of each dedupe key that has one."""
        found: dict[str, Latest] = {}
        with self._connect() as connection:
            for *row, reversed_flag in _LATEST.read(connection, [(key_digest(key),) for key in keys]):
                entry = row_entry(row)
                other = found.get(entry.key)
                if other is None or other.entry.generation < entry.generation:
                    found[entry.key] = Latest(entry, bool(reversed_flag))
        return found

    def users(self, program: str) -> list[str]:
        """Give everybody with an entry in a program."""
        columns = tables.ledger.c
        query = select(columns.user).where(columns.program == program).distinct().order_by(columns.user)
        return [row.user for row in self._all(query)]

    def entry_count(self) -> int:
        """Give the number of the newest entry."""
        return int(self._value(select(_NEWEST)))

    def revision(self) -> int:
        """Give how many transactions have written."""
        return int(self._value(select(tables.revision.c.number)) or 0)

    def moment(self) -> Moment:
        """Give what tells one state of the ledger from every other.

        That is the revision, and the newest line of the journal: a database that was restored counts on from an older
        revision, and goes on with other lines. No line tells of joins and of what names mean, so their newest moments
        stand beside it.
        """
        revision, digest, joined, bound = self._first(_MOMENT)
        return Moment(int(revision or 0), None if digest is None else bytes(digest), joined, bound)

    def extent(self) -> Extent:
        """Give how much there is."""
        counts = [select(func.count()).select_from(one).scalar_subquery() for one in (tables.change, tables.timeline)]
        return Extent(*self._first(select(select(_NEWEST).scalar_subquery(), *counts)))

    def awards(self, program: str, since: int, until: int) -> Iterator[Entry]:
        """Yield the rule entries that stand, in the order of the changes that paid them."""
        columns, later = tables.ledger.c, tables.ledger.alias()
        query = select(tables.ledger).where(columns.program == program, columns.kind == "rule")
        query = query.where(columns.occurred >= since, columns.occurred < until)
        query = query.where(~exists().where(later.c.reverses == columns.entry))
        return (row_entry(row) for row in self._rows(query.order_by(columns.occurred, columns.change, columns.entry)))

    def journal(self) -> Iterator[JournalRow]:
        """Yield the journal, oldest batch first."""
        query = select(tables.journal).order_by(tables.journal.c.batch)
        return (JournalRow(*row) for row in self._rows(query))

    def newest_batch(self) -> JournalRow | None:
        """Give the newest journal row."""
        query = select(tables.journal).order_by(tables.journal.c.batch.desc()).limit(1)
        row = self._first(query)
        return None if row is None else JournalRow(*row)

    def entry_bodies(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number of every entry and its canonical bytes, as the rows of the ledger have them now."""
        query = select(tables.ledger).order_by(tables.ledger.c.entry)
        return ((row[0], entry_bytes(row)) for row in self._rows(query))

    def last_adjusted(self, programs: Collection[str]) -> dict[tuple[str, str], int]:
        """Give the moment of the latest adjustment of everybody who has one in some programs."""
        columns = tables.ledger.c
        query = select(columns.program, columns.user, func.max(columns.occurred)).group_by(
            columns.program, columns.user
        )
        query = query.where(tables.IS_ADJUSTMENT, columns.program.in_(programs))
        return {(program, user): at for program, user, at in self._all(query)}

    def altered_columns(self) -> Iterator[Discrepancy]:
        """Yield the columns of logged changes and claims that do not say what their rows hold."""
        order = (tables.change.c.at, tables.change.c.digest)
        yield from altered_changes(self._rows(select(tables.change).order_by(*order)))
        yield from altered_claims(self._rows(select(tables.claim)))

    def item_counts(self, prefix: str) -> Iterator[tuple[ItemKey, int]]:
        """Yield how often each thing has been counted, in all scopes whose name begins with a text."""
        query = select(tables.item).where(tables.item.c.scope.startswith(prefix, autoescape=True))
        return ((ItemKey(*row[:3]), row[3]) for row in self._rows(query))

    def row_digests(self) -> Iterator[RowDigest]:
        """Yield the digest of every row that the journal notes, as it stands now."""
        for name in DIGESTED:
            table = tables.metadata.tables[name]
            columns = table.columns.keys()
            named = (dict(zip(columns, row, strict=True)) for row in self._rows(select(table)))
            yield from (digest_row(name, row) for row in named if is_digested(name, row))

    # What follows from the entries: progress, badges, counted things, totals, places, claims.

    def progress(self, keys: Collection[ProgressKey]) -> dict[ProgressKey, Progress]:
        """Give the progress rows of some keys."""
        with self._connect() as connection:
            return {ProgressKey(*row[:4]): Progress(*row) for row in _PROGRESS_OF.read(connection, keys)}

    def progress_rows(self, which: RowFilter = EVERY_ROW) -> list[Progress]:
        """Give progress rows in order of their keys."""
        columns = tables.progress.c
        query = _filtered(select(tables.progress), columns, which)
        query = query.order_by(columns.program, columns.challenge, columns.period, columns.user)
        return [Progress(*row) for row in self._all(query)]

    def badges(self, which: RowFilter = EVERY_ROW) -> list[BadgeAward]:
        """Give badge awards in order of moment."""
        columns = tables.badge_award.c
        query = _filtered(select(tables.badge_award), columns, which)
        query = query.order_by(columns.awarded, columns.badge, columns.user, columns.challenge, columns.period)
        return [row_value(BadgeAward, row) for row in self._all(query)]

    def items(self, keys: Collection[ItemKey]) -> dict[ItemKey, int]:
        """Give how often each thing has been counted, where it has."""
        with self._connect() as connection:
            return {ItemKey(*row[:3]): row[3] for row in _ITEMS_OF.read(connection, keys)}

    def totals(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Total]:
        """Give the totals of some (book, user) pairs."""
        with self._connect() as connection:
            return {row[:2]: Total(*row) for row in _TOTALS_OF.read(connection, keys)}

    def total(self, book: str, user: str) -> Total | None:
        """Give one user's total."""
        query = select(tables.total).where(tables.total.c.book == book, tables.total.c.user == user)
        row = self._first(query)
        return None if row is None else Total(*row)

    def rollup_totals(self, book_prefix: str) -> Iterator[Total]:
        """Yield every total of some books."""
        columns = tables.total.c
        query = select(tables.total).where(columns.book.startswith(book_prefix, autoescape=True))
        return (Total(*row) for row in self._rows(query.order_by(columns.book, columns.user)))

    def tiers(self, keys: Collection[TierKey]) -> dict[TierKey, int]:
        """Give how many people share each place, where anybody does."""
        with self._connect() as connection:
            return {TierKey(*row[:-1]): row[-1] for row in _TIERS_OF.read(connection, keys)}

    def tier_counts(self, book_prefix: str) -> dict[TierKey, int]:
        """Give every place kept for some books, and how many share it."""
        query = select(tables.tier).where(tables.tier.c.book.startswith(book_prefix, autoescape=True))
        return {TierKey(*row[:-1]): row[-1] for row in self._all(query)}

    def claims(self, program: str) -> Iterator[tuple[str, Claim]]:
        """Yield the claims of a program, each with its group."""
        columns = [tables.claim.c[name] for name in ("limits", *CLAIM_COLUMNS)]
        query = select(*columns).where(tables.claim.c.program == program)
        rows = self._rows(query.order_by(*tables.claim.primary_key))
        return ((group, row_claims([rest])[0]) for group, *rest in rows)

    def claims_of_records(self, records: Collection[str]) -> list[Claim]:
        """Give the claims that rest on some records."""
        with self._connect() as connection:
            return row_claims(_CLAIMS_OF_RECORDS.read(connection, [(one,) for one in records]))

    def claims_of_facts(self, facts: Collection[str]) -> list[Claim]:
        """Give the claims to some facts, each named by its dedupe key less the part."""
        with self._connect() as connection:
            return row_claims(_CLAIMS_OF_FACTS.read(connection, [(key_digest(one),) for one in facts]))

    def records_naming(self, references: Collection[str]) -> set[str]:
        """Give the records of which something was claimed while they named some things."""
        with self._connect() as connection:
            return {record for (record,) in _NAMING.read(connection, [(one,) for one in references])}

    def claims_between(self, groups: Collection[tuple[str, str]], since: int, until: int) -> list[Claim]:
        """Give the winning claims of some groups and users whose moment lies in `[since, until)`."""
        with self._connect() as connection:
            return row_claims(_CLAIMS_BETWEEN.read(connection, groups, since, until))

    # Ranks.

    def top(
        self, book: str, ties: Sequence[TieBreak], limit: int | None, who: Who = EVERYBODY, *, skip: int = 0
    ) -> list[Total]:
        """Give the highest totals of a book, in ranking order."""
        query = ranks.ranked(book, self._ranked(who)).order_by(*ranks.order_by(ties)).limit(limit)
        query = query.offset(skip) if skip else query
        return [Total(*row) for row in self._all(query)]

    def count_above(self, total: Total, ties: Sequence[TieBreak], who: Who = EVERYBODY, *, distinct: bool) -> int:
        """Count the totals that rank above one."""
        with self._connect() as connection:
            return ranks.count_above(connection, total, ties, self._ranked(who), distinct=distinct)

    def lowest(self, book: str) -> int:
        """Give the fewest points that anybody has in a book; 0 where nobody has any."""
        row = self._first(ranks.lowest(book))
        return 0 if row is None else int(row[0])

    def inactive(self, book: str) -> set[str]:
        """Give the users with a total in a book who were last told inactive."""
        query = ranks.inactive(book)
        return {user for (user,) in self._all(query)}

    def neighbours(self, total: Total, ties: Sequence[TieBreak], each_side: int, who: Who = EVERYBODY) -> list[Total]:
        """Give the totals around one, and itself."""
        with self._connect() as connection:
            return ranks.neighbours(connection, total, ties, each_side, self._ranked(who))

    def _ranked(self, who: Who) -> Who:
        """Give the same people where some have several users: the row of one of these does not tell of the person."""
        joins = self.joins() if who.roles or who.managers else NO_JOINS
        if not joins:
            return who
        people = self.people({joins.person(one.user) for one in joins.standing})
        found = {user for user, one in people.items() if one.role in who.roles or one.manager in who.managers}
        managers = who.managers.union(*map(joins.users, who.managers))
        return who._replace(managers=managers, users=who.users | found, joined=frozenset(people))

    # What people decided: requests, judgements, final standings.

    def request(self, number: int) -> Request | None:
        """Give the request of a number."""
        row = self._first(select(tables.request).where(tables.request.c.number == number))
        return None if row is None else row_request(row)

    def requests(self, which: RequestFilter = EVERY_REQUEST) -> list[Request]:
        """Give requests, oldest first."""
        columns = tables.request.c
        query = select(tables.request).order_by(columns.number)
        for name, wanted in which._asdict().items():
            if wanted is not None:
                query = query.where(columns[name] == str(wanted))
        return [row_request(row) for row in self._all(query)]

    def judgements(self, program: str) -> list[Judgement]:
        """Give what people decided about the flags of a program."""
        columns = tables.judgement.c
        query = select(tables.judgement).where(columns.program == program).order_by(columns.flag)
        return [Judgement(*row) for row in self._all(query)]

    def closing(self, key: ClosingKey) -> Closing | None:
        """Give the final standings of one challenge or board over one period, where it is closed."""
        wanted = (tables.closing.c[name] == value for name, value in key._asdict().items())
        row = self._first(select(tables.closing).where(*wanted))
        return None if row is None else Closing(*row)

    def closings(self, program: str | None = None) -> list[Closing]:
        """Give the final standings of a program, or of all."""
        columns = tables.closing.c
        query = select(tables.closing)
        if program is not None:
            query = query.where(columns.program == program)
        query = query.order_by(columns.program, columns.ends, columns.kind, columns.id, columns.period)
        return [Closing(*row) for row in self._all(query)]

    def closed(self, program: str) -> frozenset[ClosingKey]:
        """Tell what of a program is closed."""
        key = tables.closing.primary_key.columns
        return frozenset(ClosingKey(*row) for row in self._all(select(*key).where(key.program == program)))

    # Privacy: who is not listed, who was erased, and every row that names somebody.

    def redactor(self) -> Redactor:
        """Give who is erased."""
        with self._connect() as connection:
            return privacy.read_redactor(connection)

    def opted_out(self) -> dict[str, int]:
        """Give who is listed on no board, and since when."""
        with self._connect() as connection:
            return privacy.read_opted_out(connection)

    def erasures(self) -> list[Erasure]:
        """Give the erasures there were, oldest first."""
        with self._connect() as connection:
            return privacy.read_erasures(connection)

    def rows_naming(self, redactor: Redactor, redact_program: ProgramRedactor) -> Iterator[Row]:
        """Yield every row that names somebody whom a redactor knows, table by table."""
        with self._connect() as connection:
            yield from erasing.rows_naming(connection, redactor, redact_program)


def _countable(which: EntryFilter) -> Iterator[ColumnElement[bool]]:
    columns = tables.ledger.c
    for name in ("challenge", "period"):
        if (wanted := getattr(which, name)) is not None:
            yield or_(columns[name] == wanted, columns.also.is_not(None))


def _counting(entries: Iterator[Entry], which: EntryFilter) -> Iterator[Entry]:
    """Leave out what counts for several challenges, and not for the one asked for."""
    if which.challenge is None and which.period is None:
        return entries
    return (one for one in entries if counts_for(one, which.challenge, which.period))


def _key_of_user(which: EntryFilter) -> tuple[str, ...] | None:
    """Give the key that finds the entries of a filter; None where it asks for anything but one user's in a program."""
    key = (which.user, which.program, which.challenge, which.period)
    given = tuple(one for one in key if one is not None)
    is_key = len(given) > 1 and key[: len(given)] == given
    bare = EntryFilter(which.program, which.user, challenge=which.challenge, period=which.period)
    return given if is_key and which == bare else None


def _filtered(query: Select[Any], columns: Any, which: RowFilter) -> Select[Any]:
    for name, wanted in which._asdict().items():
        if wanted is not None:
            query = query.where(columns[name] == wanted)
    return query
