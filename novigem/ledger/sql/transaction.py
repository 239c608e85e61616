"""The writing side of the SQL store: bulk rows in, keyed rows out, all on one connection.

What is written before the lock goes in one order in every transaction (people by id, the log by moment, snapshots by
id), so that two of them never wait for each other in turn.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, and_, bindparam, delete, func, select

from novigem.ledger.journal import Batch
from novigem.ledger.privacy import Rewritten
from novigem.ledger.redaction import ProgramRedactor
from novigem.ledger.sql import claims as claim_rows
from novigem.ledger.sql import erasing, tables
from novigem.ledger.sql import privacy_rows as privacy
from novigem.ledger.sql.assignments import AssignmentWriting, write_assignments
from novigem.ledger.sql.bulk import BulkWriter, KeyReader
from novigem.ledger.sql.journals import RequestWriting, write_batch
from novigem.ledger.sql.leases import Clock, acquire, keep, lease_end, release, store_time
from novigem.ledger.sql.rows import entry_row, row_entry, row_value
from novigem.ledger.sql.snapshots import write_seen, write_snapshots
from novigem.ledger.store import Extent, ItemKey, Latest, LoggedChange, ProgramUse, RejectedRow, StoredProgram
from novigem.model.change import Change, whole_characters
from novigem.model.claim import Claim
from novigem.model.closing import Closing
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total, key_digest
from novigem.model.judgement import Judgement
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START
from novigem.model.redaction import Erasure, Redactor, Suppression
from novigem.model.snapshot import Lease, Snapshot, Stream

_LEDGER = BulkWriter(tables.ledger)
_CHANGES = BulkWriter(tables.change, "ignore")
_PROGRESS = BulkWriter(tables.progress, "update")
_ITEMS = BulkWriter(tables.item, "update")
_BADGES = BulkWriter(tables.badge_award, "update")
_TOTALS = BulkWriter(tables.total, "update")
_TIERS = BulkWriter(tables.tier, "update")
_PEOPLE = BulkWriter(tables.person, "update")
_PROGRAMS = BulkWriter(tables.program, "update")
_TIMELINE = BulkWriter(tables.timeline)
_POSITIONS = BulkWriter(tables.position, "update")
_REJECTED = BulkWriter(tables.rejected, "ignore")
_REPORTS = BulkWriter(tables.report, "update")
_JUDGEMENTS = BulkWriter(tables.judgement, "update")
_CLOSINGS = BulkWriter(tables.closing, "ignore")

_IS_REVERSED = f"EXISTS (SELECT 1 FROM {tables.ledger.name} AS taken_back WHERE taken_back.reverses = found.entry)"  # noqa: S608 - our own table name
_LATEST = KeyReader(tables.ledger, "key_digest", also=_IS_REVERSED)
_WHICH = ("user", "program", "challenge", "period")
_OF_USER = {given: KeyReader(tables.ledger, *_WHICH[:given]) for given in (2, 3, 4)}
_PEOPLE_OF = KeyReader(tables.person, "id")
_PROGRESS_OF = KeyReader(tables.progress, "program", "challenge", "period", "user")
_ITEMS_OF = KeyReader(tables.item, "scope", "user", "item")
_BADGES_OF = KeyReader(tables.badge_award, *tables.badge_award.primary_key.columns.keys())
_TOTALS_OF = KeyReader(tables.total, "book", "user")
_TIERS_OF = KeyReader(tables.tier, *TierKey._fields)

# One number for all processes: whoever holds the lock writes the ledger, the others wait.
_POSTGRES_LOCK = 0x4E6F766967656D


class SqlTransaction(RequestWriting, AssignmentWriting):
    """See `novigem.ledger.store.Transaction`."""

    def __init__(self, connection: Connection, clock: Clock | None = None) -> None:
        self._connection = connection
        self._clock = clock
        # SQLite has one writer at a time, from the beginning of its transaction.
        self._is_locked = connection.dialect.name == "sqlite"
        self._appended = Batch()

    def lock(self) -> None:
        """Become the one transaction that writes the ledger, until it ends."""
        if not self._is_locked:
            self._connection.execute(select(func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
            self._is_locked = True

    def acquire_lease(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take a lease that is free or the owner's own; see `novigem.ledger.store.Store.acquire_lease`."""
        now = store_time(self._connection, self._clock)
        return acquire(self._connection, name, owner, now=now, until=lease_end(now, seconds))

    def release_lease(self, lease: Lease) -> None:
        """Give a lease back, if it is still the owner's."""
        release(self._connection, lease)

    def keep_lease(self, lease: Lease, seconds: float) -> None:
        """Hold a lease for some more seconds. Raises LeaseLost when another owner has taken it over."""
        now = store_time(self._connection, self._clock)
        keep(self._connection, lease, until=lease_end(now, seconds))

    def save_snapshots(self, stream: Stream, snapshots: Sequence[Snapshot]) -> None:
        """Write snapshots over the old ones, each id once."""
        write_snapshots(self._connection, stream, snapshots)

    def mark_seen(self, stream: Stream, ids: Collection[str], sweep: int) -> None:
        """Note that a sweep found records; those noted so are not `missing` any more."""
        write_seen(self._connection, stream, ids, sweep)

    def save_report(self, feed: str, body: str) -> None:
        """Keep the latest report of a feed, a JSON text."""
        _REPORTS.write(self._connection, [(feed, _storable(body))])

    def program_in_use(self, program: str) -> str | None:
        """Give the version of a program that is in use."""
        columns = tables.program.c
        query = select(columns.version).where(columns.program == program)
        return self._connection.execute(query.order_by(columns.accepted.desc()).limit(1)).scalar()

    def position(self, feed: str) -> str | None:
        """Give the committed position of a feed."""
        query = select(tables.position.c.position).where(tables.position.c.feed == feed)
        return self._connection.execute(query).scalar()

    def save_position(self, feed: str, position: str) -> None:
        """Set the position of a feed."""
        _POSITIONS.write(self._connection, [(feed, position)])

    def people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give the people known under some ids."""
        rows = _PEOPLE_OF.read(self._connection, [(one,) for one in ids])
        # SQLite keeps a boolean as a number.
        return {row[0]: row_value(Person, (*row[:3], bool(row[3]), *row[4:])) for row in rows}

    def save_people(self, people: Iterable[Person], told: int = ALWAYS_START) -> None:
        """Add people, or replace what was told of them before."""
        # The last word on one person counts; PostgreSQL refuses to update a row twice in one statement.
        latest = {person.id: tuple(map(_storable, msgspec.structs.astuple(person))) for person in people}
        rows = [latest[one] for one in sorted(latest)]
        # First the people: their rows are then ours until the end, and nobody else keeps assignments of them.
        _PEOPLE.write(self._connection, rows)
        write_assignments(self._connection, [Person(*row) for row in rows], told)

    def save_program(self, program: StoredProgram) -> bool:
        """Make a version the one in use; False when it was already."""
        if self.program_in_use(program.program) == program.version:
            return False
        self.use_program(program, ProgramUse(program.program, program.accepted, program.version, ALWAYS_START))
        return True

    def use_program(self, program: StoredProgram, use: ProgramUse) -> None:
        """Make a version the one in use from a moment on."""
        columns = tables.program.c
        query = select(func.max(columns.accepted)).where(columns.program == program.program)
        last = self._connection.execute(query).scalar()
        after = program.accepted if last is None else max(program.accepted, last + 1)
        _PROGRAMS.write(self._connection, [tuple(program._replace(accepted=after))])
        _TIMELINE.write(self._connection, [tuple(use._replace(accepted=after))])

    def reject(self, rows: Iterable[RejectedRow]) -> None:
        """Put aside input that could not be read."""
        by_place = sorted(rows, key=lambda row: (row.feed, row.place))
        _REJECTED.write(self._connection, [tuple(_storable(value) for value in row) for row in by_place])

    def log_changes(self, changes: Sequence[LoggedChange]) -> int:
        """Append changes to the change log; gives how many were new."""
        return _CHANGES.write(self._connection, sorted(changes))

    def latest(self, keys: Collection[str]) -> dict[str, Latest]:
        """Give the newest entry of each dedupe key that has one."""
        found: dict[str, Latest] = {}
        for *row, reversed_flag in _LATEST.read(self._connection, [(key_digest(key),) for key in keys]):
            entry = row_entry(row)
            other = found.get(entry.key)
            if other is None or other.entry.generation < entry.generation:
                found[entry.key] = Latest(entry, bool(reversed_flag))
        return found

    def append(self, entries: Sequence[Entry]) -> list[Entry]:
        """Append entries and give them back numbered."""
        if not entries:
            return []
        # This transaction alone writes, so the numbers are gapless and follow the order of commits.
        last = self._connection.execute(select(func.coalesce(func.max(tables.ledger.c.entry), 0))).scalar_one()
        numbered = [msgspec.structs.replace(entry, number=last + i) for i, entry in enumerate(entries, start=1)]
        rows = [entry_row(entry) for entry in numbered]
        _LEDGER.write(self._connection, rows)
        self._appended.add(rows, max(entry.recorded for entry in entries))
        return numbered

    def progress(self, keys: Collection[ProgressKey]) -> dict[ProgressKey, Progress]:
        """Give the progress rows of some keys."""
        rows = _PROGRESS_OF.read(self._connection, keys)
        return {ProgressKey(*row[:4]): Progress(*row) for row in rows}

    def save_progress(self, rows: Iterable[Progress], removed: Iterable[ProgressKey] = ()) -> None:
        """Write progress rows over the old ones, and remove some."""
        columns = _PROGRESS.columns
        _PROGRESS.write(self._connection, [tuple(getattr(row, name) for name in columns) for row in rows])
        self._remove(tables.progress, removed)

    def users(self, program: str) -> list[str]:
        """Give everybody with an entry in a program."""
        columns = tables.ledger.c
        query = select(columns.user).where(columns.program == program).distinct().order_by(columns.user)
        return list(self._connection.execute(query).scalars())

    def user_entries(
        self, program: str, user: str, challenge: str | None = None, period: str | None = None
    ) -> list[Entry]:
        """Give all entries of one user in one program, one of its challenges or a period of that, in ledger order."""
        key = tuple(one for one in (user, program, challenge, period) if one is not None)
        rows = _OF_USER[len(key)].read(self._connection, [key])
        return [row_entry(row) for row in sorted(rows, key=itemgetter(0))]

    def items(self, keys: Collection[ItemKey]) -> dict[ItemKey, int]:
        """Give how often each thing has been counted, where it has."""
        rows = _ITEMS_OF.read(self._connection, keys)
        return {ItemKey(*row[:3]): row[3] for row in rows}

    def save_items(self, counts: Mapping[ItemKey, int]) -> None:
        """Set how often things have been counted."""
        _ITEMS.write(self._connection, [(*key, count) for key, count in counts.items()])

    def badges(self, program: str, user: str) -> list[BadgeAward]:
        """Give the badges of one user in one program."""
        columns = tables.badge_award.c
        query = select(tables.badge_award).where(columns.program == program, columns.user == user)
        return [row_value(BadgeAward, row) for row in self._connection.execute(query)]

    def award_badges(self, awards: Iterable[BadgeAward]) -> int:
        """Add badge awards; gives how many were new."""
        rows = [msgspec.structs.astuple(award) for award in awards]
        held = sum(1 for _row in _BADGES_OF.read(self._connection, [row[:5] for row in rows]))
        _BADGES.write(self._connection, rows)
        return len(rows) - held

    def withdraw_badges(self, awards: Iterable[BadgeAward]) -> None:
        """Take badge awards back."""
        self._remove(tables.badge_award, [msgspec.structs.astuple(award)[:5] for award in awards])

    def totals(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Total]:
        """Give the totals of some (book, user) pairs."""
        rows = _TOTALS_OF.read(self._connection, keys)
        return {row[:2]: Total(*row) for row in rows}

    def save_totals(self, totals: Iterable[Total]) -> None:
        """Write totals over the old ones; a total without entries is removed."""
        rows: list[tuple[Any, ...]] = []
        empty: list[tuple[Any, ...]] = []
        for total in totals:
            (rows if total.entries else empty).append(msgspec.structs.astuple(total))
        _TOTALS.write(self._connection, rows)
        self._remove(tables.total, [row[:2] for row in empty])

    def tiers(self, keys: Collection[TierKey]) -> dict[TierKey, int]:
        """Give how many people share each place, where anybody does."""
        return {TierKey(*row[:-1]): row[-1] for row in _TIERS_OF.read(self._connection, keys)}

    def save_tiers(self, people: Mapping[TierKey, int]) -> None:
        """Set how many people share places; a place of nobody is removed."""
        _TIERS.write(self._connection, [(*key, count) for key, count in people.items() if count])
        self._remove(tables.tier, [key for key, count in people.items() if not count])

    def clear_totals(self, program: str) -> None:
        """Remove the totals, places and counted things of a program."""
        prefix = f"{program}:"
        self._connection.execute(delete(tables.total).where(tables.total.c.book.startswith(prefix, autoescape=True)))
        self._connection.execute(delete(tables.tier).where(tables.tier.c.book.startswith(prefix, autoescape=True)))
        self._connection.execute(delete(tables.item).where(tables.item.c.scope.startswith(prefix, autoescape=True)))

    def logged_since(self, records: Collection[str], since: int) -> list[tuple[str, int, bytes]]:
        """Give record, moment and digest of the logged changes of some records, from a moment on."""
        return claim_rows.logged_since(self._connection, records, since)

    def count_logged(self, since: int, at_most: int) -> int:
        """Give how many changes are logged of a moment or later, counting no further than `at_most`."""
        return claim_rows.count_logged(self._connection, since, at_most)

    def logged_changes(self, records: Collection[str], since: int = ALWAYS_START) -> list[tuple[LoggedChange, Change]]:
        """Give all logged changes of some records from a moment on, in order of moment."""
        return claim_rows.logged_changes(self._connection, records, since)

    def claims_of_records(self, records: Collection[str]) -> list[Claim]:
        """Give the claims that rest on some records."""
        return claim_rows.claims_of_records(self._connection, records)

    def claims_of_facts(self, facts: Collection[str]) -> list[Claim]:
        """Give the claims to some facts, each named by its dedupe key less the part."""
        return claim_rows.claims_of_facts(self._connection, facts)

    def claims_between(self, groups: Collection[tuple[str, str]], since: int, until: int) -> list[Claim]:
        """Give the winning claims of some groups and users whose moment lies in `[since, until)`."""
        return claim_rows.claims_between(self._connection, groups, since, until)

    def save_claims(self, claims: Sequence[tuple[str, Claim]]) -> None:
        """Write claims over the old ones, each with the name of the group its limits are counted in."""
        claim_rows.write_claims(self._connection, claims)

    def end(self) -> None:
        """Write into the journal what was appended: the last thing before the commit."""
        write_batch(self._connection, self._appended)

    def save_judgement(self, judgement: Judgement) -> None:
        """Keep what a person decided about a flag, over what was decided before."""
        _JUDGEMENTS.write(self._connection, [tuple(_storable(value) for value in judgement)])

    def save_closings(self, closings: Iterable[Closing]) -> int:
        """Keep final standings; what is closed already stays as it is."""
        # In one order in every transaction, so that two that close at once never wait for each other in turn.
        return _CLOSINGS.write(self._connection, sorted(tuple(one) for one in closings))

    def redactor(self) -> Redactor:
        """Give who is erased; nobody else is, before this transaction ends."""
        if not self._is_locked:
            # Whoever erases takes this one first, and then the lock that a locked transaction has.
            privacy.share_with_writers(self._connection)
        return privacy.read_redactor(self._connection)

    def secret(self, name: str) -> bytes:
        """Give a random secret of this database."""
        return privacy.make_secret(self._connection, name)

    def opt_out(self, user: str, moment: int | None) -> None:
        """List somebody on no board from now on; with None, list them again."""
        privacy.write_opted_out(self._connection, user, moment)

    def hold_for_erasure(self) -> None:
        """Let no other transaction write until this one ends."""
        privacy.keep_writers_out(self._connection)
        self.lock()

    def erase(self, redactor: Redactor, redact_program: ProgramRedactor) -> Rewritten:
        """Rewrite every row that names somebody without erased people, and the journal from the first such entry on."""
        return erasing.erase(self._connection, redactor, redact_program)

    def save_erasure(self, erasure: Erasure, suppressions: Sequence[Suppression]) -> Erasure:
        """Keep that somebody was erased, and by what they are known again; gives it back numbered."""
        return privacy.write_erasure(self._connection, erasure, suppressions)

    def clear_claims(self, program: str) -> None:
        """Remove the claims of a program."""
        claim_rows.clear_claims(self._connection, program)

    def extent(self) -> Extent:
        """Give how much there is."""
        newest = select(func.coalesce(func.max(tables.ledger.c.entry), 0)).scalar_subquery()
        counts = [select(func.count()).select_from(one).scalar_subquery() for one in (tables.change, tables.timeline)]
        return Extent(*self._connection.execute(select(newest, *counts)).one())

    def _remove(self, table: Table, keys: Iterable[tuple[Any, ...]]) -> None:
        matches = and_(*(column == bindparam(f"key_{n}") for n, column in enumerate(table.primary_key)))
        parameters = [{f"key_{n}": value for n, value in enumerate(key)} for key in keys]
        if parameters:
            self._connection.execute(delete(table).where(matches), parameters)


def _storable(value: Any) -> Any:
    # A rejected line or a person's name may hold anything; databases refuse half characters, PostgreSQL also NUL.
    return whole_characters(value.replace("\x00", "\N{SYMBOL FOR NULL}")) if isinstance(value, str) else value
