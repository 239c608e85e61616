"""A store in plain dictionaries: the smallest thing that keeps the contract, for tests and backtests."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

import msgspec

from novigem.errors import LeaseLost, StoreError
from novigem.ledger.journal import Batch
from novigem.ledger.memory.privacy import erase, secret
from novigem.ledger.memory.reader import MemoryReader
from novigem.ledger.memory.tables import Clock, Tables, utc_now
from novigem.ledger.privacy import Rewritten
from novigem.ledger.redaction import ProgramRedactor
from novigem.ledger.row_digests import Repair, digest_row, is_digested, removed_row
from novigem.ledger.sql.rows import entry_row
from novigem.ledger.types import ItemKey, LoggedChange, ProgramUse, RejectedRow, StoredProgram
from novigem.model.binding import Binding
from novigem.model.change import to_micros
from novigem.model.claim import Claim
from novigem.model.closing import Closing
from novigem.model.entry import BadgeAward, Entry, EntryKind, Progress, ProgressKey, TierKey, Total
from novigem.model.joins import Join
from novigem.model.judgement import Judgement
from novigem.model.pause import PauseStep
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START
from novigem.model.redaction import Erasure, Redactor, Suppression
from novigem.model.request import Request
from novigem.model.roster import Assignment, next_assignment
from novigem.model.snapshot import Lease, Snapshot, Stream


class MemoryTransaction(MemoryReader):
    """The writing side; see `novigem.ledger.store.Transaction`."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        super().__init__(tables, clock)
        self._appended = Batch()

    def lock(self) -> None:
        """Do nothing: there is one transaction at a time."""

    def save_position(self, feed: str, position: str) -> None:
        """Set the position of a feed."""
        self._tables.positions[feed] = position

    def save_report(self, feed: str, body: str) -> None:
        """Keep the latest report of a feed, a JSON text."""
        self._tables.reports[feed] = body

    def reject(self, rows: Iterable[RejectedRow]) -> None:
        """Put aside input that could not be read."""
        for row in rows:
            self._tables.rejected.setdefault((row.feed, row.place), row)

    def log_changes(self, changes: Sequence[LoggedChange]) -> int:
        """Append changes to the change log; gives how many were new."""
        before = len(self._tables.changes)
        for change in changes:
            self._tables.changes.setdefault((change.at, change.digest), change)
        return len(self._tables.changes) - before

    def save_snapshots(self, stream: Stream, snapshots: Sequence[Snapshot]) -> None:
        """Write snapshots over the old ones, each id once."""
        new = {one.id: one for one in snapshots}
        # The old rows are those of the tables that this transaction may not touch.
        self._tables.snapshots[stream] = self._tables.snapshots.get(stream, {}) | new

    def mark_seen(self, stream: Stream, ids: Collection[str], sweep: int) -> None:
        """Note that a sweep found records; those noted so are not `missing` any more."""
        kept = self._tables.snapshots.get(stream, {})
        found = [kept[one] for one in ids if one in kept]
        self.save_snapshots(stream, [msgspec.structs.replace(one, missing=0) for one in found])
        self._tables.sweeps.update({(stream, one.id): sweep for one in found})

    def acquire_lease(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take a lease that is free or the owner's own; None while another holds it."""
        now = to_micros(self._clock())
        before = self._tables.leases.get(name)
        is_free = before is None or before.until <= now
        if before is not None and not is_free and before.owner != owner:
            return None
        fence = self._tables.fences.get(name, 0) + is_free
        self._tables.fences[name] = fence
        return self._hold(Lease(name, owner, fence, now), seconds)

    def release_lease(self, lease: Lease) -> None:
        """Give a lease back, if it is still the owner's."""
        if self._is_held(lease):
            del self._tables.leases[lease.name]

    def keep_lease(self, lease: Lease, seconds: float) -> None:
        """Hold a lease for some more seconds. Raises LeaseLost when another owner has taken it over."""
        if not self._is_held(lease):
            raise LeaseLost(f"another process has taken over {lease.name}")
        self._hold(lease, seconds)

    def _hold(self, lease: Lease, seconds: float) -> Lease:
        until = to_micros(self._clock()) + round(seconds * 1_000_000)
        self._tables.leases[lease.name] = lease._replace(until=until)
        return self._tables.leases[lease.name]

    def _is_held(self, lease: Lease) -> bool:
        kept = self._tables.leases.get(lease.name)
        return kept is not None and (kept.owner, kept.fence) == (lease.owner, lease.fence)

    def save_people(self, people: Iterable[Person], told: int = ALWAYS_START) -> None:
        """Add people, or replace what was told of them before."""
        known = {person.id: person for person in people}
        changed = [one for one in known.values() if self._tables.people.get(one.id) != one]
        self._tables.people.update(known)
        self._note("person", map(msgspec.structs.asdict, changed))
        last = {one.user: one for one in self.assignments(known)}
        found = (next_assignment(person, last.get(person.id), told) for person in known.values())
        self.save_assignments(one for one in found if one is not None)

    def save_assignments(self, assignments: Iterable[Assignment]) -> None:
        """Write assignments as another store has kept them."""
        given = list(assignments)
        self._tables.assignments.update(((one.user, one.since), one) for one in given)
        self._note("assignment", (one._asdict() for one in given))

    def save_pause(self, step: PauseStep) -> PauseStep:
        """Keep a decision to pause a program, or to let it pay again; gives it back numbered."""
        numbered = step._replace(number=len(self._tables.pauses) + 1)
        self._tables.pauses.append(numbered)
        self._note("pause", [numbered._asdict()])
        return numbered

    def save_join(self, join: Join) -> Join:
        """Keep a decision about two users being one person; gives it back numbered."""
        numbered = join._replace(number=len(self._tables.joins) + 1)
        self._tables.joins.append(numbered)
        return numbered

    def save_program(self, program: StoredProgram) -> bool:
        """Make a version the one in use; False when it was already."""
        in_use = self._in_use(program.program)
        if in_use is not None and in_use.version == program.version:
            return False
        self.use_program(program, ProgramUse(program.program, program.accepted, program.version, ALWAYS_START))
        return True

    def use_program(self, program: StoredProgram, use: ProgramUse) -> None:
        """Make a version the one in use from a moment on."""
        in_use = self._in_use(program.program)
        after = program.accepted if in_use is None else max(program.accepted, in_use.accepted + 1)
        stored, used = program._replace(accepted=after), use._replace(accepted=after)
        self._tables.programs[program.program, program.version] = stored
        self._tables.timeline.append(used)
        self._note("program", [stored._asdict()])
        self._note("timeline", [used._asdict()])

    def bind(self, bindings: Iterable[Binding]) -> None:
        """Keep what names in programs mean, for good."""
        for one in bindings:
            self._tables.bindings.setdefault(one[:-1], one)

    def append(self, entries: Sequence[Entry]) -> list[Entry]:
        """Append entries and give them back numbered."""
        numbered = []
        for entry in entries:
            before = self._tables.latest.get(entry.key)
            if before is not None and before.generation >= entry.generation:
                raise StoreError(f"the ledger holds an entry with the key {entry.key!r} already")
            if entry.reverses is not None and entry.reverses in self._tables.reversed:
                raise StoreError(f"entry {entry.reverses} of the ledger is reversed already")
            one = msgspec.structs.replace(entry, number=len(self._tables.entries) + 1)
            if one.kind is EntryKind.ADJUSTMENT:
                self._tables.adjustments.append(len(self._tables.entries))
            self._tables.entries.append(one)
            self._tables.latest[one.key] = one
            if one.reverses is not None:
                self._tables.reversed.add(one.reverses)
            numbered.append(one)
        if numbered:
            self._appended.add([entry_row(one) for one in numbered], max(one.recorded for one in numbered))
        return numbered

    def end(self) -> None:
        """Write into the journal what was appended and noted, and raise the revision."""
        self._tables.revision += 1
        if self._appended:
            self._tables.journal.append(self._appended.row(self._tables.journal[-1] if self._tables.journal else None))

    def save_progress(self, rows: Iterable[Progress], removed: Iterable[ProgressKey] = ()) -> None:
        """Write progress rows over the old ones, and remove some."""
        self._tables.progress.update((row.key, row) for row in rows)
        for key in removed:
            self._tables.progress.pop(key, None)

    def award_badges(self, awards: Iterable[BadgeAward]) -> int:
        """Add badge awards; gives how many were new."""
        before = len(self._tables.badges)
        for award in awards:
            self._tables.badges[_badge_key(award)] = award
            self._note("badge_award", [msgspec.structs.asdict(award)])
        return len(self._tables.badges) - before

    def withdraw_badges(self, awards: Iterable[BadgeAward]) -> None:
        """Take badge awards back."""
        for award in awards:
            self._tables.badges.pop(_badge_key(award), None)
            row = msgspec.structs.asdict(award)
            if is_digested("novigem_badge_award", row):
                self._appended.add_rows([removed_row("novigem_badge_award", row)])

    def save_items(self, counts: Mapping[ItemKey, int]) -> None:
        """Set how often things have been counted."""
        self._tables.items.update(counts)

    def save_totals(self, totals: Iterable[Total]) -> None:
        """Write totals over the old ones; a total without entries is removed."""
        for total in totals:
            if total.entries:
                self._tables.totals[total.book, total.user] = total
            else:
                self._tables.totals.pop((total.book, total.user), None)

    def save_tiers(self, people: Mapping[TierKey, int]) -> None:
        """Set how many people share places; a place of nobody is removed."""
        for key, count in people.items():
            if count:
                self._tables.tiers[key] = count
            else:
                self._tables.tiers.pop(key, None)

    def clear_totals(self, program: str) -> None:
        """Remove the totals and counted things of a program."""
        tables = self._tables
        prefix = f"{program}:"
        tables.totals = {key: row for key, row in tables.totals.items() if not key[0].startswith(prefix)}
        tables.tiers = {key: n for key, n in tables.tiers.items() if not key.book.startswith(prefix)}
        tables.items = {key: n for key, n in tables.items.items() if not key.scope.startswith(prefix)}

    def note_repairs(self, repairs: Iterable[Repair]) -> None:
        """Note in the journal that sums were written anew."""
        self._appended.add_rows(one.noted for one in repairs)

    def save_claims(self, claims: Sequence[tuple[str, Claim]]) -> None:
        """Write claims over the old ones."""
        self._tables.claims.update((claim.id, (group, claim)) for group, claim in claims)

    def save_references(self, references: Collection[tuple[str, str]]) -> None:
        """Note which records name which things; what is noted stays."""
        self._tables.references.update(dict.fromkeys(references))

    def clear_claims(self, program: str) -> None:
        """Remove the claims of a program."""
        kept = {key: one for key, one in self._tables.claims.items() if one[1].draft.program != program}
        self._tables.claims = kept

    def add_request(self, request: Request) -> Request:
        """Keep a new request; gives it back numbered."""
        numbered = msgspec.structs.replace(request, number=len(self._tables.requests) + 1)
        self._tables.requests.append(numbered)
        self._note("request", [msgspec.structs.asdict(numbered)])
        return numbered

    def save_request(self, request: Request) -> None:
        """Write a request over what it was."""
        self._tables.requests[request.number - 1] = request
        self._note("request", [msgspec.structs.asdict(request)])

    def save_judgement(self, judgement: Judgement) -> None:
        """Keep what a person decided about a flag, over what was decided before."""
        self._tables.judgements[judgement.flag] = judgement
        self._note("flag", [judgement._asdict()])

    def save_closings(self, closings: Iterable[Closing]) -> int:
        """Keep final standings; what is closed already stays as it is."""
        before = len(self._tables.closings)
        for one in closings:
            if self._tables.closings.setdefault(one.key, one) == one:
                self._note("closing", [one._asdict()])
        return len(self._tables.closings) - before

    def secret(self, name: str) -> bytes:
        """Give a random secret of this store; it is made when it is first asked for."""
        is_new = name not in self._tables.secrets
        found = secret(self._tables, name)
        if is_new:
            self._note("secret", [{"name": name, "value": found}])
        return found

    def opt_out(self, user: str, moment: int | None) -> None:
        """List somebody on no board from now on; with None, list them again."""
        if moment is not None:
            self._tables.opted_out[user] = moment
            self._note("privacy", [{"user": user, "opted_out": moment}])
        elif self._tables.opted_out.pop(user, None) is not None:
            self._appended.add_rows([removed_row("novigem_privacy", {"user": user})])

    def hold_for_erasure(self) -> None:
        """Do nothing: there is one transaction at a time."""

    def erase(self, redactor: Redactor, redact_program: ProgramRedactor) -> Rewritten:
        """Rewrite every row that names somebody without erased people, and the journal from the first such entry on."""
        return erase(self._tables, redactor, redact_program)

    def save_erasure(self, erasure: Erasure, suppressions: Sequence[Suppression]) -> Erasure:
        """Keep that somebody was erased, and by what they are known again; gives it back numbered."""
        numbered = erasure._replace(number=len(self._tables.erasures) + 1)
        self._tables.erasures.append(numbered)
        self._tables.suppressions.update((one.mark, one) for one in suppressions)
        self._note("erased", (one._asdict() for one in suppressions))
        self._note("erasure", [numbered._asdict()])
        return numbered

    def _note(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note rows in the journal, by the names of the SQL tables and their columns."""
        name = f"novigem_{table}"
        self._appended.add_rows([digest_row(name, row) for row in rows if is_digested(name, row)])


class MemoryStore(MemoryReader):
    """A store that forgets when the process ends; see `novigem.ledger.store.Store`.

    `clock` gives the moment that leases are held against: the wall clock, or that of a test.
    """

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__(Tables(), clock)
        self._one_at_a_time = RLock()

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    @contextmanager
    def begin(self, *, lock: bool = True) -> Iterator[MemoryTransaction]:
        """Open the writing transaction on a copy, which takes the place of the tables when it ends well."""
        del lock  # It has no other way: a copy would lose what another one has written meanwhile.
        with self._one_at_a_time:
            tables = self._tables.copy()
            transaction = MemoryTransaction(tables, self._clock)
            yield transaction
            transaction.end()
            self._tables = tables

    def acquire_lease(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take a lease that is free or the owner's own; None while another holds it."""
        with self.begin() as transaction:
            return transaction.acquire_lease(name, owner, seconds)

    def release_lease(self, lease: Lease) -> None:
        """Give a lease back, if it is still the owner's."""
        with self.begin() as transaction:
            transaction.release_lease(lease)

    def secret(self, name: str) -> bytes:
        """Give a random secret of this store; it is made when it is first asked for."""
        if name in self._tables.secrets:
            return self._tables.secrets[name]
        with self.begin() as transaction:
            return transaction.secret(name)

    def scrub(self) -> None:
        """Do nothing: what is written over is gone."""


def _badge_key(award: BadgeAward) -> tuple[str, ...]:
    return (award.program, award.badge, award.user, award.challenge, award.period)
