"""The writing side of the SQL store: bulk rows in, all on one connection.

What is written before the lock goes in one order in every transaction (people by id, the log by moment, snapshots by
id), so that two of them never wait for each other in turn.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, and_, bindparam, delete, func, insert, select, update

from novigem.ledger.journal import Batch
from novigem.ledger.privacy import Rewritten
from novigem.ledger.redaction import ProgramRedactor
from novigem.ledger.row_digests import Repair, digest_row, is_digested, removed_row
from novigem.ledger.sql import displays, erasing, tables
from novigem.ledger.sql import privacy_rows as privacy
from novigem.ledger.sql.bulk import BulkWriter, KeyReader
from novigem.ledger.sql.leases import Clock, acquire, keep, lease_end, release, store_time
from novigem.ledger.sql.reader import SqlReader
from novigem.ledger.sql.rows import claim_row, entry_row, request_row
from novigem.ledger.sql.snapshots import write_seen, write_snapshots
from novigem.ledger.types import ItemKey, LoggedChange, ProgramUse, RejectedRow, StoredProgram
from novigem.model.binding import Binding
from novigem.model.change import whole_characters
from novigem.model.claim import Claim
from novigem.model.closing import Closing
from novigem.model.displays import DisplayLink
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total
from novigem.model.joins import Join, Joins
from novigem.model.judgement import Judgement
from novigem.model.pause import PauseStep
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START
from novigem.model.redaction import Erasure, Redactor, Suppression
from novigem.model.request import Request
from novigem.model.roster import Assignment, next_assignment
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
_BINDINGS = BulkWriter(tables.binding, "ignore")
_TIMELINE = BulkWriter(tables.timeline)
_POSITIONS = BulkWriter(tables.position, "update")
_REJECTED = BulkWriter(tables.rejected, "ignore")
_REPORTS = BulkWriter(tables.report, "update")
_JUDGEMENTS = BulkWriter(tables.judgement, "update")
_CLOSINGS = BulkWriter(tables.closing, "ignore")
_REQUESTS = BulkWriter(tables.request, "update")
_ASSIGNMENTS = BulkWriter(tables.assignment, "update")
_JOINS = BulkWriter(tables.join)
_PAUSES = BulkWriter(tables.pause)
_CLAIMS = BulkWriter(tables.claim, "update")
_REFERENCES = BulkWriter(tables.reference, "ignore")
_JOURNAL = BulkWriter(tables.journal)

_RAISED = update(tables.revision).values(number=tables.revision.c.number + 1)
_BADGES_OF = KeyReader(tables.badge_award, *tables.badge_award.primary_key.columns.keys())

# One number for all processes: whoever holds the lock writes the ledger, the others wait.
_POSTGRES_LOCK = 0x4E6F766967656D


class SqlTransaction(SqlReader):
    """See `novigem.ledger.store.Transaction`. It answers every question on its own connection."""

    _streams = False

    def __init__(self, connection: Connection, clock: Clock | None = None) -> None:
        self._connection = connection
        self._clock = clock
        self._own = nullcontext(connection)
        # SQLite has one writer at a time, from the beginning of its transaction.
        self._is_locked = connection.dialect.name == "sqlite"
        self._raises_revision = True
        self._appended = Batch()
        self._joins: Joins | None = None

    def _connect(self) -> AbstractContextManager[Connection]:
        return self._own

    def lock(self) -> None:
        """Become the one transaction that writes the ledger, until it ends."""
        if not self._is_locked:
            self._connection.execute(select(func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
            self._is_locked = True

    def save_position(self, feed: str, position: str) -> None:
        """Set the position of a feed."""
        _POSITIONS.write(self._connection, [(feed, position)])

    def save_report(self, feed: str, body: str) -> None:
        """Keep the latest report of a feed, a JSON text."""
        _REPORTS.write(self._connection, [(feed, _storable(body))])

    def reject(self, rows: Iterable[RejectedRow]) -> None:
        """Put aside input that could not be read."""
        by_place = sorted(rows, key=lambda row: (row.feed, row.place))
        _REJECTED.write(self._connection, [tuple(_storable(value) for value in row) for row in by_place])

    def log_changes(self, changes: Sequence[LoggedChange]) -> int:
        """Append changes to the change log; gives how many were new."""
        return _CHANGES.write(self._connection, sorted(changes))

    def save_snapshots(self, stream: Stream, snapshots: Sequence[Snapshot]) -> None:
        """Write snapshots over the old ones, each id once."""
        write_snapshots(self._connection, stream, snapshots)

    def mark_seen(self, stream: Stream, ids: Collection[str], sweep: int) -> None:
        """Note that a sweep found records; those noted so are not `missing` any more."""
        write_seen(self._connection, stream, ids, sweep)

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

    def save_people(self, people: Iterable[Person], told: int = ALWAYS_START) -> None:
        """Add people, or replace what was told of them before."""
        # The last word on one person counts; PostgreSQL refuses to update a row twice in one statement.
        latest = {person.id: tuple(map(_storable, msgspec.structs.astuple(person))) for person in people}
        rows = [latest[one] for one in sorted(latest)]
        # First the people: their rows are then ours until the end, and nobody else keeps assignments of them.
        self._hold_people([row[0] for row in rows])
        known = self.people([row[0] for row in rows])
        _PEOPLE.write(self._connection, rows)
        self._note(tables.person, (row for row in rows if Person(*row) != known.get(row[0])))
        last = {one.user: one for one in self.assignments([row[0] for row in rows])}
        found = (next_assignment(person, last.get(person.id), told) for person in (Person(*row) for row in rows))
        self.save_assignments(one for one in found if one is not None)

    def _hold_people(self, ids: Sequence[str]) -> None:
        """Wait for whoever writes these people: what is known of them then is what this transaction writes over."""
        if self._connection.dialect.name == "postgresql":
            held = select(tables.person.c.id).where(tables.person.c.id == func.any(list(ids)))
            self._connection.execute(held.order_by(tables.person.c.id).with_for_update())

    def save_assignments(self, assignments: Iterable[Assignment]) -> None:
        """Write assignments as another store has kept them."""
        rows = [tuple(one) for one in assignments]
        _ASSIGNMENTS.write(self._connection, rows)
        self._note(tables.assignment, rows)

    def joins(self) -> Joins:
        """Give which users are one person: nobody else decides it before this transaction ends."""
        if self._joins is None:
            self._joins = super().joins()
        return self._joins

    def save_join(self, join: Join) -> Join:
        """Keep a decision about two users being one person; gives it back numbered."""
        last = self._connection.execute(select(func.coalesce(func.max(tables.join.c.number), 0))).scalar_one()
        numbered = join._replace(number=last + 1)
        _JOINS.write(self._connection, [tuple(numbered)])
        self._joins = None
        return numbered

    def save_pause(self, step: PauseStep) -> PauseStep:
        """Keep a decision to pause a program, or to let it pay again; gives it back numbered."""
        last = self._connection.execute(select(func.coalesce(func.max(tables.pause.c.number), 0))).scalar_one()
        numbered = step._replace(number=last + 1)
        _PAUSES.write(self._connection, [tuple(numbered)])
        self._note(tables.pause, [tuple(numbered)])
        return numbered

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
        rows = [tuple(program._replace(accepted=after))], [tuple(use._replace(accepted=after))]
        _PROGRAMS.write(self._connection, rows[0])
        _TIMELINE.write(self._connection, rows[1])
        self._note(tables.program, rows[0])
        self._note(tables.timeline, rows[1])

    def bind(self, bindings: Iterable[Binding]) -> None:
        """Keep what names in programs mean, for good."""
        _BINDINGS.write(self._connection, sorted(tuple(map(_storable, one)) for one in bindings))

    def append(self, entries: Sequence[Entry]) -> list[Entry]:
        """Append entries and give them back numbered."""
        if not entries:
            return []
        # This transaction alone writes, so the numbers are gapless and follow the order of commits.
        last = self.entry_count()
        numbered = [msgspec.structs.replace(entry, number=last + i) for i, entry in enumerate(entries, start=1)]
        rows = [entry_row(entry) for entry in numbered]
        _LEDGER.write(self._connection, rows)
        self._appended.add(rows, max(entry.recorded for entry in entries))
        return numbered

    def end(self) -> None:
        """Write into the journal what was appended and noted, and raise the revision: the last thing before the commit.

        Only whoever holds the lock raises it: the others would wait for its row, and some for each other.
        """
        if self._appended:
            # What was noted before the lock, such as people, waits for it only now: others may write meanwhile.
            self.lock()
            _JOURNAL.write(self._connection, [tuple(self._appended.row(self.newest_batch()))])
        if not self._raises_revision:
            return
        if self._is_locked and not self._connection.execute(_RAISED).rowcount:
            self._connection.execute(insert(tables.revision).values(id=1, number=1))

    def save_progress(self, rows: Iterable[Progress], removed: Iterable[ProgressKey] = ()) -> None:
        """Write progress rows over the old ones, and remove some."""
        columns = _PROGRESS.columns
        _PROGRESS.write(self._connection, [tuple(getattr(row, name) for name in columns) for row in rows])
        self._remove(tables.progress, removed)

    def award_badges(self, awards: Iterable[BadgeAward]) -> int:
        """Add badge awards; gives how many were new."""
        rows = [msgspec.structs.astuple(award) for award in awards]
        held = sum(1 for _row in _BADGES_OF.read(self._connection, [row[:5] for row in rows]))
        _BADGES.write(self._connection, rows)
        self._note(tables.badge_award, rows)
        return len(rows) - held

    def withdraw_badges(self, awards: Iterable[BadgeAward]) -> None:
        """Take badge awards back."""
        rows = [msgspec.structs.asdict(award) for award in awards]
        self._remove(tables.badge_award, [tuple(row.values())[:5] for row in rows])
        table = tables.badge_award.name
        self._appended.add_rows(removed_row(table, row) for row in rows if is_digested(table, row))

    def save_items(self, counts: Mapping[ItemKey, int]) -> None:
        """Set how often things have been counted."""
        _ITEMS.write(self._connection, [(*key, count) for key, count in counts.items()])

    def save_totals(self, totals: Iterable[Total]) -> None:
        """Write totals over the old ones; a total without entries is removed."""
        rows: list[tuple[Any, ...]] = []
        empty: list[tuple[Any, ...]] = []
        for total in totals:
            (rows if total.entries else empty).append(msgspec.structs.astuple(total))
        _TOTALS.write(self._connection, rows)
        self._remove(tables.total, [row[:2] for row in empty])

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

    def note_repairs(self, repairs: Iterable[Repair]) -> None:
        """Note in the journal that sums were written anew."""
        self._appended.add_rows(one.noted for one in repairs)

    def save_claims(self, claims: Sequence[tuple[str, Claim]]) -> None:
        """Write claims over the old ones, each with the name of the group its limits are counted in."""
        _CLAIMS.write(self._connection, [claim_row(group, one) for group, one in claims])

    def save_references(self, references: Collection[tuple[str, str]]) -> None:
        """Note which records name which things; what is noted stays."""
        _REFERENCES.write(self._connection, sorted(references))

    def clear_claims(self, program: str) -> None:
        """Remove the claims of a program."""
        self._connection.execute(delete(tables.claim).where(tables.claim.c.program == program))

    def add_request(self, request: Request) -> Request:
        """Keep a new request; gives it back numbered."""
        last = self._connection.execute(select(func.coalesce(func.max(tables.request.c.number), 0))).scalar_one()
        numbered = msgspec.structs.replace(request, number=last + 1)
        self.save_request(numbered)
        return numbered

    def save_request(self, request: Request) -> None:
        """Write a request over what it was."""
        _REQUESTS.write(self._connection, [request_row(request)])
        self._note(tables.request, [request_row(request)])

    def save_judgement(self, judgement: Judgement) -> None:
        """Keep what a person decided about a flag, over what was decided before."""
        rows = [tuple(_storable(value) for value in judgement)]
        _JUDGEMENTS.write(self._connection, rows)
        self._note(tables.judgement, rows)

    def save_closings(self, closings: Iterable[Closing]) -> int:
        """Keep final standings; what is closed already stays as it is."""
        # In one order in every transaction, so that two that close at once never wait for each other in turn.
        given = sorted(closings)
        new = _CLOSINGS.write(self._connection, [tuple(one) for one in given])
        # What another one has closed stays as it is, and was noted by whoever closed it.
        self._note(tables.closing, (tuple(one) for one in given if self.closing(one.key) == one))
        return new

    def redactor(self) -> Redactor:
        """Give who is erased; nobody else is, before this transaction ends."""
        if not self._is_locked:
            # Whoever erases takes this one first, and then the lock that a locked transaction has.
            privacy.share_with_writers(self._connection)
        return super().redactor()

    def secret(self, name: str) -> bytes:
        """Give a random secret of this database."""
        found = privacy.read_secret(self._connection, name)
        if found is None:
            found = privacy.make_secret(self._connection, name)
            self._note(tables.secret, [(name, found)])
        return found

    def opt_out(self, user: str, moment: int | None) -> None:
        """List somebody on no board from now on; with None, list them again."""
        was_listed = user not in self.opted_out()
        privacy.write_opted_out(self._connection, user, moment)
        if moment is not None:
            self._note(tables.privacy, [(user, moment)])
        elif not was_listed:
            self._appended.add_rows([removed_row(tables.privacy.name, {"user": user})])

    def keep_revision(self) -> None:
        """Let the revision be, since nothing is written that a page follows from: a link, a token, a session."""
        self._raises_revision = False

    def save_display_link(self, link: DisplayLink) -> None:
        """Keep a new link to a wall."""
        displays.write_link(self._connection, link)

    def end_display_link(self, link: str, moment: int) -> bool:
        """Let a link to a wall hold no longer; False where there is none that holds."""
        return displays.end_link(self._connection, link, moment)

    def use_token(self, token: str, expires: int, now: int) -> bool:
        """Note that a token of an embed was used; False where it was before."""
        return displays.use_token(self._connection, token, expires, now)

    def hold_for_erasure(self) -> None:
        """Let no other transaction write until this one ends."""
        privacy.keep_writers_out(self._connection)
        self.lock()

    def erase(self, redactor: Redactor, redact_program: ProgramRedactor) -> Rewritten:
        """Rewrite every row that names somebody without erased people, and the journal from the first such entry on."""
        return erasing.erase(self._connection, redactor, redact_program)

    def save_erasure(self, erasure: Erasure, suppressions: Sequence[Suppression]) -> Erasure:
        """Keep that somebody was erased, and by what they are known again; gives it back numbered."""
        numbered = privacy.write_erasure(self._connection, erasure, suppressions)
        self._note(tables.erased, (tuple(one) for one in suppressions))
        self._note(tables.erasure, [tuple(numbered)])
        return numbered

    def _note(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        """Note rows in the journal as they were written, with the columns in the order of the table."""
        columns = table.columns.keys()
        named = (dict(zip(columns, row, strict=True)) for row in rows)
        self._appended.add_rows(digest_row(table.name, row) for row in named if is_digested(table.name, row))

    def _remove(self, table: Table, keys: Iterable[tuple[Any, ...]]) -> None:
        matches = and_(*(column == bindparam(f"key_{n}") for n, column in enumerate(table.primary_key)))
        parameters = [{f"key_{n}": value for n, value in enumerate(key)} for key in keys]
        if parameters:
            self._connection.execute(delete(table).where(matches), parameters)


def _storable(value: Any) -> Any:
    # A rejected line or a person's name may hold anything; databases refuse half characters, PostgreSQL also NUL.
    return whole_characters(value.replace("\x00", "\N{SYMBOL FOR NULL}")) if isinstance(value, str) else value
