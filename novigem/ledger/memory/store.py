"""A store in plain dictionaries: the smallest thing that keeps the contract, for tests and backtests."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock

import msgspec

from novigem.errors import StoreError
from novigem.ledger.journal import Batch
from novigem.ledger.memory.assignments import MemoryAssignments, MemoryAssignmentWriting
from novigem.ledger.memory.claims import MemoryClaims
from novigem.ledger.memory.closings import MemorySeasons, MemorySeasonWriting
from novigem.ledger.memory.feed import Clock, Tables, utc_now
from novigem.ledger.memory.journal import MemoryJournal, MemoryRequestWriting
from novigem.ledger.memory.privacy import MemoryPrivacy, MemoryPrivacyReading
from novigem.ledger.sql.rows import entry_row
from novigem.ledger.store import (
    EVERY_ENTRY,
    EVERY_ROW,
    EVERYBODY,
    EntryFilter,
    ItemKey,
    Latest,
    LoggedChange,
    ProgramUse,
    RejectedRow,
    RowFilter,
    StoredProgram,
    Who,
)
from novigem.model.change import Change, read_change_body, to_micros
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START, TieBreak
from novigem.model.ranking import sort_key
from novigem.model.snapshot import Lease, Snapshot, Stream


class MemoryTransaction(
    MemoryClaims, MemoryRequestWriting, MemoryAssignmentWriting, MemorySeasonWriting, MemoryPrivacy
):
    """The writing side; see `novigem.ledger.store.Transaction`."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        super().__init__(tables, clock)
        self._appended = Batch()

    def lock(self) -> None:
        """Do nothing: there is one transaction at a time."""

    def people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give the people known under some ids."""
        return {one: self._tables.people[one] for one in ids if one in self._tables.people}

    def save_people(self, people: Iterable[Person], told: int = ALWAYS_START) -> None:
        """Add people, or replace what was told of them before."""
        known = {person.id: person for person in people}
        self._tables.people.update(known)
        self._assign(known.values(), told)

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
        self._tables.programs[program.program, program.version] = program._replace(accepted=after)
        self._tables.timeline.append(use._replace(accepted=after))

    def program_in_use(self, program: str) -> str | None:
        """Give the version of a program that is in use."""
        in_use = self._in_use(program)
        return None if in_use is None else in_use.version

    def _in_use(self, program: str) -> StoredProgram | None:
        kept = (one for one in self._tables.programs.values() if one.program == program)
        return max(kept, key=lambda one: one.accepted, default=None)

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

    def latest(self, keys: Collection[str]) -> dict[str, Latest]:
        """Give the newest entry of each dedupe key that has one."""
        found = {key: self._tables.latest[key] for key in keys if key in self._tables.latest}
        return {key: Latest(entry, entry.number in self._tables.reversed) for key, entry in found.items()}

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
            self._tables.entries.append(one)
            self._tables.latest[one.key] = one
            if one.reverses is not None:
                self._tables.reversed.add(one.reverses)
            numbered.append(one)
        if numbered:
            self._appended.add([entry_row(one) for one in numbered], max(one.recorded for one in numbered))
        return numbered

    def progress(self, keys: Collection[ProgressKey]) -> dict[ProgressKey, Progress]:
        """Give the progress rows of some keys."""
        return {key: self._tables.progress[key] for key in keys if key in self._tables.progress}

    def save_progress(self, rows: Iterable[Progress], removed: Iterable[ProgressKey] = ()) -> None:
        """Write progress rows over the old ones, and remove some."""
        self._tables.progress.update((row.key, row) for row in rows)
        for key in removed:
            self._tables.progress.pop(key, None)

    def users(self, program: str) -> list[str]:
        """Give everybody with an entry in a program."""
        return sorted({entry.user for entry in self._tables.entries if entry.program == program})

    def user_entries(
        self, program: str, user: str, challenge: str | None = None, period: str | None = None
    ) -> list[Entry]:
        """Give all entries of one user in one program, one of its challenges, or one period of that."""
        own = (one for one in self._tables.entries if one.program == program and one.user == user)
        return [one for one in own if challenge in (None, one.challenge) and period in (None, one.period)]

    def items(self, keys: Collection[ItemKey]) -> dict[ItemKey, int]:
        """Give how often each thing has been counted."""
        return {key: self._tables.items[key] for key in keys if key in self._tables.items}

    def save_items(self, counts: Mapping[ItemKey, int]) -> None:
        """Set how often things have been counted."""
        self._tables.items.update(counts)

    def badges(self, program: str, user: str) -> list[BadgeAward]:
        """Give the badges of one user in one program."""
        return [award for award in self._tables.badges.values() if (award.program, award.user) == (program, user)]

    def award_badges(self, awards: Iterable[BadgeAward]) -> int:
        """Add badge awards; gives how many were new."""
        before = len(self._tables.badges)
        for award in awards:
            self._tables.badges[_badge_key(award)] = award
        return len(self._tables.badges) - before

    def withdraw_badges(self, awards: Iterable[BadgeAward]) -> None:
        """Take badge awards back."""
        for award in awards:
            self._tables.badges.pop(_badge_key(award), None)

    def totals(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Total]:
        """Give the totals of some (book, user) pairs."""
        return {key: self._tables.totals[key] for key in keys if key in self._tables.totals}

    def save_totals(self, totals: Iterable[Total]) -> None:
        """Write totals over the old ones; a total without entries is removed."""
        for total in totals:
            if total.entries:
                self._tables.totals[total.book, total.user] = total
            else:
                self._tables.totals.pop((total.book, total.user), None)

    def tiers(self, keys: Collection[TierKey]) -> dict[TierKey, int]:
        """Give how many people share each place, where anybody does."""
        return {key: self._tables.tiers[key] for key in keys if key in self._tables.tiers}

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

    def end(self) -> None:
        """Write into the journal what was appended."""
        if self._appended:
            self._tables.journal.append(self._appended.row(self._tables.journal[-1] if self._tables.journal else None))


class MemoryStore(MemoryJournal, MemoryAssignments, MemorySeasons, MemoryPrivacyReading):
    """A store that forgets when the process ends; see `novigem.ledger.store.Store`.

    `clock` gives the moment that leases are held against: the wall clock, or that of a test.
    """

    def __init__(self, *, clock: Clock = utc_now) -> None:
        self._tables = Tables()
        self._clock = clock
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

    def position(self, feed: str) -> str | None:
        """Give the committed position of a feed."""
        return self._tables.positions.get(feed)

    def positions(self, prefix: str) -> dict[str, str]:
        """Give the committed positions of all feeds whose name begins with a text."""
        return {feed: one for feed, one in sorted(self._tables.positions.items()) if feed.startswith(prefix)}

    def reports(self) -> dict[str, str]:
        """Give the latest report of each feed."""
        return dict(sorted(self._tables.reports.items()))

    def snapshots(self, stream: Stream, ids: Collection[str]) -> dict[str, Snapshot]:
        """Give the snapshots of some records."""
        kept = self._tables.snapshots.get(stream, {})
        return {one: kept[one] for one in ids if one in kept}

    def every_snapshot(self, stream: Stream) -> Iterator[Snapshot]:
        """Yield all snapshots of a stream, ordered by id."""
        return (one for _id, one in sorted(self._tables.snapshots.get(stream, {}).items()))

    def snapshot_count(self, stream: Stream) -> int:
        """Count the live records of a stream."""
        return sum(one.state == "live" for one in self.every_snapshot(stream))

    def not_seen(self, stream: Stream, sweep: int) -> Iterator[Snapshot]:
        """Yield the live and deleted records that a sweep did not note, ordered by id."""
        sweeps = self._tables.sweeps
        found = (one for one in self.every_snapshot(stream) if sweeps.get((stream, one.id), 0) < sweep)
        return (one for one in found if one.state != "purged")

    def acquire_lease(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take a lease that is free or the owner's own; None while another holds it."""
        with self.begin() as transaction:
            return transaction.acquire_lease(name, owner, seconds)

    def release_lease(self, lease: Lease) -> None:
        """Give a lease back, if it is still the owner's."""
        with self.begin() as transaction:
            transaction.release_lease(lease)

    def leases(self) -> list[Lease]:
        """Give every lease that is held, ordered by name; one that has run out is not."""
        now = to_micros(self._clock())
        return [one for _name, one in sorted(self._tables.leases.items()) if one.until > now]

    def latest(self, keys: Collection[str]) -> dict[str, Latest]:
        """Give the newest entry of each dedupe key that has one."""
        return MemoryTransaction(self._tables, self._clock).latest(keys)

    def entries(self, which: EntryFilter = EVERY_ENTRY) -> Iterator[Entry]:
        """Yield entries in ledger order."""
        return (entry for entry in list(self._tables.entries) if _entry_matches(entry, which))

    def users(self, program: str) -> list[str]:
        """Give everybody with an entry in a program."""
        return MemoryTransaction(self._tables, self._clock).users(program)

    def entry_count(self) -> int:
        """Give the number of the newest entry."""
        return len(self._tables.entries)

    def progress_rows(self, which: RowFilter = EVERY_ROW) -> list[Progress]:
        """Give progress rows in order of their keys."""
        rows = (row for row in self._tables.progress.values() if _row_matches(row, which))
        return sorted(rows, key=lambda row: row.key)

    def badge_rows(self, which: RowFilter = EVERY_ROW) -> list[BadgeAward]:
        """Give badge awards in order of moment."""
        rows = (row for row in self._tables.badges.values() if _row_matches(row, which))
        return sorted(rows, key=lambda row: (row.awarded, row.badge, row.user, row.challenge, row.period))

    def top(self, book: str, ties: Sequence[TieBreak], limit: int | None, who: Who = EVERYBODY) -> list[Total]:
        """Give the highest totals of a book."""
        return self._ranked(book, ties, who)[:limit]

    def total(self, book: str, user: str) -> Total | None:
        """Give one user's total."""
        return self._tables.totals.get((book, user))

    def count_above(
        self, total: Total, ties: Sequence[TieBreak], who: Who = EVERYBODY, *, distinct: bool, by_user: bool = False
    ) -> int:
        """Count the totals that rank above one."""
        own = (sort_key(total, ties), total.user if by_user else "")
        above = [key for one in self._ranked(total.book, ties, who) if (key := (sort_key(one, ties), one.user)) < own]
        return len({key for key, _user in above}) if distinct else len(above)

    def neighbours(self, total: Total, ties: Sequence[TieBreak], each_side: int, who: Who = EVERYBODY) -> list[Total]:
        """Give the totals around one, and itself."""
        ranked = self._ranked(total.book, ties, who)
        place = next((i for i, one in enumerate(ranked) if one.user == total.user), None)
        return [] if place is None else ranked[max(0, place - each_side) : place + each_side + 1]

    def rollup_totals(self, book_prefix: str) -> Iterator[Total]:
        """Yield every total of some books."""
        return (total for key, total in sorted(self._tables.totals.items()) if key[0].startswith(book_prefix))

    def tier_counts(self, book_prefix: str) -> dict[TierKey, int]:
        """Give every place kept for some books, and how many share it."""
        return {key: count for key, count in self._tables.tiers.items() if key.book.startswith(book_prefix)}

    def changes(self, record: str | None = None) -> Iterator[tuple[LoggedChange, Change]]:
        """Yield logged changes in order of moment."""
        for _key, logged in sorted(self._tables.changes.items()):
            if record is None or logged.record == record:
                yield logged, read_change_body(logged.body)

    def people(self) -> list[Person]:
        """Give everybody we were told about."""
        return [person for _id, person in sorted(self._tables.people.items())]

    def find_people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give the people known under some ids."""
        return {one: self._tables.people[one] for one in ids if one in self._tables.people}

    def programs(self) -> list[StoredProgram]:
        """Give the accepted program versions, oldest first."""
        return sorted(self._tables.programs.values(), key=lambda one: (one.accepted, one.program, one.version))

    def rejected(self) -> list[RejectedRow]:
        """Give the input put aside."""
        return [row for _key, row in sorted(self._tables.rejected.items())]

    def changes_between(self, since: int, until: int) -> Iterator[tuple[LoggedChange, Change]]:
        """Yield the logged changes of a stretch, in order of moment and digest."""
        return (pair for pair in self.changes() if since <= pair[0].at < until)

    def awards(self, program: str, since: int, until: int) -> Iterator[Entry]:
        """Yield the rule entries that stand, in the order of the changes that paid them."""
        reversed_entries = self._tables.reversed
        which = EntryFilter(program=program, since=since, until=until)
        standing = [one for one in self.entries(which) if one.kind == "rule" and one.number not in reversed_entries]
        return iter(sorted(standing, key=lambda one: (one.occurred, one.change or b"", one.number)))

    def _ranked(self, book: str, ties: Sequence[TieBreak], who: Who) -> list[Total]:
        totals = (total for key, total in self._tables.totals.items() if key[0] == book and self._is_ranked(total, who))
        return sorted(totals, key=lambda total: (*sort_key(total, ties), total.user))

    def _is_ranked(self, total: Total, who: Who) -> bool:
        if total.user in who.excluded:
            return False
        if not (who.roles or who.managers or who.users) or total.user in who.users:
            return True
        person = self._tables.people.get(total.user)
        return person is not None and (person.role in who.roles or person.manager in who.managers)


def _badge_key(award: BadgeAward) -> tuple[str, ...]:
    return (award.program, award.badge, award.user, award.challenge, award.period)


def _row_matches(row: Progress | BadgeAward, which: RowFilter) -> bool:
    wanted = {"program": which.program, "user": which.user, "challenge": which.challenge, "period": which.period}
    return all(value is None or getattr(row, name) == value for name, value in wanted.items())


def _entry_matches(entry: Entry, which: EntryFilter) -> bool:
    for name in ("program", "user", "rule", "challenge", "record"):
        wanted = getattr(which, name)
        if wanted is not None and getattr(entry, name) != wanted:
            return False
    return (
        (which.rules is None or entry.rule in which.rules)
        and (which.since is None or entry.occurred >= which.since)
        and (which.until is None or entry.occurred < which.until)
        and (which.up_to is None or entry.number <= which.up_to)
        and (which.after is None or entry.number > which.after)
    )
