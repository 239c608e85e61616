"""Every question that a memory store answers, written once: for the store itself, and for its transactions."""

# Longer than 400 lines: one question after another, each a statement or two; whoever reads wants them in one place.

from collections.abc import Collection, Iterator, Sequence

from novigem.ledger.counted import counts_for
from novigem.ledger.journal import JournalRow, entry_bytes
from novigem.ledger.memory.privacy import every_row, rows_naming, secret
from novigem.ledger.memory.tables import Clock, Tables
from novigem.ledger.privacy import Row
from novigem.ledger.redaction import ProgramRedactor
from novigem.ledger.row_digests import RowDigest, digest_row, is_digested
from novigem.ledger.sql.rows import claim_row, entry_row
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
    ProgramUse,
    RejectedRow,
    RequestFilter,
    RowFilter,
    StoredProgram,
    Who,
)
from novigem.model.binding import Binding
from novigem.model.change import Change, read_change_body, to_micros
from novigem.model.claim import Claim
from novigem.model.closing import Closing, ClosingKey, closing_order
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total
from novigem.model.joins import NO_JOINS, Joins
from novigem.model.judgement import Judgement
from novigem.model.pause import PauseStep
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START, TieBreak
from novigem.model.ranking import sort_key
from novigem.model.redaction import NO_REDACTION, SUPPRESSIONS, Erasure, Redactor
from novigem.model.request import Request
from novigem.model.roster import Assignment
from novigem.model.snapshot import Lease, Snapshot, Stream


class MemoryReader:
    """Answers every question from tables; see `novigem.ledger.reader.Reader`.

    `clock` gives the moment that leases are held against.
    """

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    # Feeds: positions, reports, our copies of records, leases, and the input put aside.

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

    def leases(self) -> list[Lease]:
        """Give every lease that is held, ordered by name; one that has run out is not."""
        now = to_micros(self._clock())
        return [one for _name, one in sorted(self._tables.leases.items()) if one.until > now]

    def rejected(self) -> list[RejectedRow]:
        """Give the input put aside."""
        return [row for _key, row in sorted(self._tables.rejected.items())]

    # The change log.

    def changes(self, since: int | None = None, until: int | None = None) -> Iterator[tuple[LoggedChange, Change]]:
        """Yield logged changes in order of moment and digest: all, or those of a stretch `[since, until)`."""
        for _key, logged in sorted(self._tables.changes.items()):
            if (since is None or logged.at >= since) and (until is None or logged.at < until):
                yield logged, read_change_body(logged.body)

    def changes_of(self, records: Collection[str], since: int = ALWAYS_START) -> list[tuple[LoggedChange, Change]]:
        """Give all logged changes of some records from a moment on, in order of moment."""
        wanted = set(records)
        logged = (one for _key, one in sorted(self._tables.changes.items()) if one.record in wanted and one.at >= since)
        return [(one, read_change_body(one.body)) for one in logged]

    def lately_naming(self, user: str, newest: int) -> list[str]:
        """Give the records of which one of the newest logged changes names a user, the one changed last first."""
        lately = sorted(self._tables.changes.items(), reverse=True)[:newest]
        last: dict[str, int] = {}
        for (at, _digest), logged in lately:
            if user in logged.body:
                last.setdefault(logged.record, at)
        return sorted(last, key=lambda record: (-last[record], record))

    def merges_of(self, records: Collection[str]) -> list[Change]:
        """Give the merges of some records into others, and what brought them back, in order of moment and digest."""
        return [change for _logged, change in self.changes_of(records) if change.kind in ("merge", "undelete")]

    def logged_since(self, records: Collection[str], since: int) -> list[tuple[str, int, bytes]]:
        """Give record, moment and digest of the logged changes of some records, from a moment on."""
        wanted = set(records)
        found = self._tables.changes.values()
        return [(one.record, one.at, one.digest) for one in found if one.record in wanted and one.at >= since]

    def count_logged(self, since: int, at_most: int) -> int:
        """Give how many changes are logged of a moment or later, counting no further than `at_most`."""
        return min(at_most, sum(1 for one in self._tables.changes.values() if one.at >= since))

    # People, and whom they belong to.

    def people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give the people known under some ids; of somebody with several users, what is known of all of them."""
        told, joins = self._tables.people, self.joins()
        if not joins:
            return {one: told[one] for one in ids if one in told}
        return {one: person for one in ids if (person := joins.known(one, told)) is not None}

    def everybody(self) -> list[Person]:
        """Give everybody we were told about, ordered by id; somebody with several users is one person."""
        return self.joins().everybody(self._tables.people)

    def every_user(self) -> list[Person]:
        """Give every user as we were told about them, ordered by id."""
        return [person for _id, person in sorted(self._tables.people.items())]

    def users_led_by(self, managers: Collection[str]) -> list[str]:
        """Give the users who were last told to have one of some users as their manager, in order."""
        return sorted(one.id for one in self._tables.people.values() if one.manager in managers)

    def pauses(self) -> list[PauseStep]:
        """Give every decision to pause a program or to let it pay again, in the order in which they were made."""
        return list(self._tables.pauses)

    def joins(self) -> Joins:
        """Give which users are one person, and every decision about it."""
        return Joins(self._tables.joins) if self._tables.joins else NO_JOINS

    def assignments(self, users: Collection[str]) -> list[Assignment]:
        """Give the assignments of some users, by user and moment."""
        wanted = set(users)
        return [one for one in self.every_assignment() if one.user in wanted]

    def timezones(self) -> list[str]:
        """Give the names of all time zones that were told of somebody, in order."""
        return sorted({one.timezone for one in self._tables.assignments.values() if one.timezone is not None})

    def every_assignment(self) -> list[Assignment]:
        """Give all assignments, by user and moment."""
        return [one for _key, one in sorted(self._tables.assignments.items())]

    # Programs and their versions.

    def programs(self) -> list[StoredProgram]:
        """Give the accepted program versions, oldest first."""
        return sorted(self._tables.programs.values(), key=lambda one: (one.accepted, one.program, one.version))

    def program_in_use(self, program: str) -> str | None:
        """Give the version of a program that is in use."""
        in_use = self._in_use(program)
        return None if in_use is None else in_use.version

    def _in_use(self, program: str) -> StoredProgram | None:
        kept = (one for one in self._tables.programs.values() if one.program == program)
        return max(kept, key=lambda one: one.accepted, default=None)

    def timeline(self) -> list[ProgramUse]:
        """Give from when on which program version was in use."""
        return sorted(self._tables.timeline, key=lambda one: (one.accepted, one.program))

    def bindings(self) -> list[Binding]:
        """Give what the names in programs mean."""
        return sorted(self._tables.bindings.values())

    # The ledger and its journal.

    def entries(self, which: EntryFilter = EVERY_ENTRY) -> Iterator[Entry]:
        """Yield entries in ledger order."""
        # A copy, since whoever reads may append meanwhile.
        found = list(self._tables.entries)
        for name in ("user", "program", "rule", "record"):
            wanted = getattr(which, name)
            if wanted is not None:
                found = [one for one in found if getattr(one, name) == wanted]
        if which.challenge is not None or which.period is not None:
            found = [one for one in found if counts_for(one, which.challenge, which.period)]
        return (one for one in found if _is_within(one, which))

    def latest(self, keys: Collection[str]) -> dict[str, Latest]:
        """Give the newest entry of each dedupe key that has one."""
        found = {key: self._tables.latest[key] for key in keys if key in self._tables.latest}
        return {key: Latest(entry, entry.number in self._tables.reversed) for key, entry in found.items()}

    def users(self, program: str) -> list[str]:
        """Give everybody with an entry in a program."""
        return sorted({entry.user for entry in self._tables.entries if entry.program == program})

    def entry_count(self) -> int:
        """Give the number of the newest entry."""
        return len(self._tables.entries)

    def revision(self) -> int:
        """Give how many transactions have written."""
        return self._tables.revision

    def extent(self) -> Extent:
        """Give how much there is."""
        tables = self._tables
        return Extent(len(tables.entries), len(tables.changes), len(tables.timeline))

    def awards(self, program: str, since: int, until: int) -> Iterator[Entry]:
        """Yield the rule entries that stand, in the order of the changes that paid them."""
        reversed_entries = self._tables.reversed
        which = EntryFilter(program=program, since=since, until=until)
        standing = [one for one in self.entries(which) if one.kind == "rule" and one.number not in reversed_entries]
        return iter(sorted(standing, key=lambda one: (one.occurred, one.change or b"", one.number)))

    def journal(self) -> Iterator[JournalRow]:
        """Yield the journal, oldest batch first."""
        return iter(list(self._tables.journal))

    def newest_batch(self) -> JournalRow | None:
        """Give the newest journal row."""
        return self._tables.journal[-1] if self._tables.journal else None

    def entry_bodies(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number of every entry and its canonical bytes."""
        return ((entry.number, entry_bytes(entry_row(entry))) for entry in list(self._tables.entries))

    def last_adjusted(self, programs: Collection[str]) -> dict[tuple[str, str], int]:
        """Give the moment of the latest adjustment of everybody who has one in some programs."""
        found: dict[tuple[str, str], int] = {}
        for entry in (self._tables.entries[number] for number in self._tables.adjustments):
            if entry.program in programs:
                key = (entry.program, entry.user)
                found[key] = max(entry.occurred, found.get(key, entry.occurred))
        return found

    def altered_columns(self) -> Iterator[Discrepancy]:
        """Yield nothing: there are no columns beside the values."""
        return iter(())

    def item_counts(self, prefix: str) -> Iterator[tuple[ItemKey, int]]:
        """Yield how often each thing has been counted, in all scopes whose name begins with a text."""
        return (one for one in list(self._tables.items.items()) if one[0].scope.startswith(prefix))

    def row_digests(self) -> Iterator[RowDigest]:
        """Yield the digest of every row that the journal notes, as it stands now."""
        rows = [one for one in every_row(self._tables) if is_digested(*one)]
        return (digest_row(table, row) for table, row in rows)

    # What follows from the entries: progress, badges, counted things, totals, places, claims.

    def progress(self, keys: Collection[ProgressKey]) -> dict[ProgressKey, Progress]:
        """Give the progress rows of some keys."""
        return {key: self._tables.progress[key] for key in keys if key in self._tables.progress}

    def progress_rows(self, which: RowFilter = EVERY_ROW) -> list[Progress]:
        """Give progress rows in order of their keys."""
        rows = (row for row in self._tables.progress.values() if _row_matches(row, which))
        return sorted(rows, key=lambda row: row.key)

    def badges(self, which: RowFilter = EVERY_ROW) -> list[BadgeAward]:
        """Give badge awards in order of moment."""
        rows = (row for row in self._tables.badges.values() if _row_matches(row, which))
        return sorted(rows, key=lambda row: (row.awarded, row.badge, row.user, row.challenge, row.period))

    def items(self, keys: Collection[ItemKey]) -> dict[ItemKey, int]:
        """Give how often each thing has been counted."""
        return {key: self._tables.items[key] for key in keys if key in self._tables.items}

    def totals(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Total]:
        """Give the totals of some (book, user) pairs."""
        return {key: self._tables.totals[key] for key in keys if key in self._tables.totals}

    def total(self, book: str, user: str) -> Total | None:
        """Give one user's total."""
        return self._tables.totals.get((book, user))

    def rollup_totals(self, book_prefix: str) -> Iterator[Total]:
        """Yield every total of some books."""
        return (total for key, total in sorted(self._tables.totals.items()) if key[0].startswith(book_prefix))

    def tiers(self, keys: Collection[TierKey]) -> dict[TierKey, int]:
        """Give how many people share each place, where anybody does."""
        return {key: self._tables.tiers[key] for key in keys if key in self._tables.tiers}

    def tier_counts(self, book_prefix: str) -> dict[TierKey, int]:
        """Give every place kept for some books, and how many share it."""
        return {key: count for key, count in self._tables.tiers.items() if key.book.startswith(book_prefix)}

    def claims(self, program: str) -> Iterator[tuple[str, Claim]]:
        """Yield the claims of a program, each with its group, in one order."""
        kept = [one for one in self._tables.claims.values() if one[1].draft.program == program]
        return iter(sorted(kept, key=lambda one: claim_row(*one)[:3]))

    def claims_of_records(self, records: Collection[str]) -> list[Claim]:
        """Give the claims that rest on some records."""
        wanted = set(records)
        return [claim for _group, claim in self._tables.claims.values() if claim.draft.record in wanted]

    def claims_of_facts(self, facts: Collection[str]) -> list[Claim]:
        """Give the claims to some facts, each named by its dedupe key less the part."""
        wanted = set(facts)
        return [claim for _group, claim in self._tables.claims.values() if claim.fact in wanted]

    def records_naming(self, references: Collection[str]) -> set[str]:
        """Give the records of which something was claimed while they named some things."""
        wanted = set(references)
        return {record for reference, record in self._tables.references if reference in wanted}

    def claims_between(self, groups: Collection[tuple[str, str]], since: int, until: int) -> list[Claim]:
        """Give the winning claims of some groups and users whose moment lies in `[since, until)`."""
        wanted = set(groups)
        return [
            claim
            for group, claim in self._tables.claims.values()
            if claim.wins and (group, claim.draft.user) in wanted and since <= claim.draft.occurred < until
        ]

    # Ranks.

    def top(
        self, book: str, ties: Sequence[TieBreak], limit: int | None, who: Who = EVERYBODY, *, skip: int = 0
    ) -> list[Total]:
        """Give the highest totals of a book."""
        return self._ranked(book, ties, who)[skip:][:limit]

    def count_above(self, total: Total, ties: Sequence[TieBreak], who: Who = EVERYBODY, *, distinct: bool) -> int:
        """Count the totals that rank above one."""
        own = sort_key(total, ties)
        above = [key for one in self._ranked(total.book, ties, who) if (key := sort_key(one, ties)) < own]
        return len(set(above)) if distinct else len(above)

    def lowest(self, book: str) -> int:
        """Give the fewest points that anybody has in a book; 0 where nobody has any."""
        return min((total.points for key, total in self._tables.totals.items() if key[0] == book), default=0)

    def inactive(self, book: str) -> set[str]:
        """Give the users with a total in a book who were last told inactive."""
        told = self._tables.people
        users = (user for name, user in self._tables.totals if name == book)
        return {user for user in users if user in told and not told[user].active}

    def neighbours(self, total: Total, ties: Sequence[TieBreak], each_side: int, who: Who = EVERYBODY) -> list[Total]:
        """Give the totals around one, and itself."""
        ranked = self._ranked(total.book, ties, who)
        place = next((i for i, one in enumerate(ranked) if one.user == total.user), None)
        return [] if place is None else ranked[max(0, place - each_side) : place + each_side + 1]

    def _ranked(self, book: str, ties: Sequence[TieBreak], who: Who) -> list[Total]:
        totals = (total for key, total in self._tables.totals.items() if key[0] == book and self._is_ranked(total, who))
        return sorted(totals, key=lambda total: (*sort_key(total, ties), total.user))

    def _is_ranked(self, total: Total, who: Who) -> bool:
        if total.user in who.excluded:
            return False
        if not (who.roles or who.managers or who.users) or total.user in who.users:
            return True
        person = self.people([total.user]).get(total.user)
        if person is None:
            return False
        return person.role in who.roles or person.role_id in who.roles or person.manager in who.managers

    # What people decided: requests, judgements, final standings.

    def request(self, number: int) -> Request | None:
        """Give the request of a number."""
        return self._tables.requests[number - 1] if 0 < number <= len(self._tables.requests) else None

    def requests(self, which: RequestFilter = EVERY_REQUEST) -> list[Request]:
        """Give requests, oldest first."""
        wanted = {name: value for name, value in which._asdict().items() if value is not None}
        return [
            one for one in self._tables.requests if all(getattr(one, name) == value for name, value in wanted.items())
        ]

    def judgements(self, program: str) -> list[Judgement]:
        """Give what people decided about the flags of a program."""
        return sorted(one for one in self._tables.judgements.values() if one.program == program)

    def closing(self, key: ClosingKey) -> Closing | None:
        """Give the final standings of one challenge or board over one period, where it is closed."""
        return self._tables.closings.get(key)

    def closings(self, program: str | None = None) -> list[Closing]:
        """Give the final standings of a program, or of all."""
        found = (one for one in self._tables.closings.values() if program in (None, one.program))
        return sorted(found, key=closing_order)

    def closed(self, program: str) -> frozenset[ClosingKey]:
        """Tell what of a program is closed."""
        return frozenset(key for key in self._tables.closings if key.program == program)

    # Privacy: who is not listed, who was erased, and every row that names somebody.

    def redactor(self) -> Redactor:
        """Give who is erased."""
        kept = self._tables.suppressions
        return Redactor(secret(self._tables, SUPPRESSIONS), kept) if kept else NO_REDACTION

    def opted_out(self) -> dict[str, int]:
        """Give who is listed on no board, and since when."""
        return dict(sorted(self._tables.opted_out.items()))

    def erasures(self) -> list[Erasure]:
        """Give the erasures there were, oldest first."""
        return list(self._tables.erasures)

    def rows_naming(self, redactor: Redactor, redact_program: ProgramRedactor) -> Iterator[Row]:
        """Yield every row that names somebody whom a redactor knows."""
        return rows_naming(self._tables, redactor, redact_program)


def _row_matches(row: Progress | BadgeAward, which: RowFilter) -> bool:
    wanted = {"program": which.program, "user": which.user, "challenge": which.challenge, "period": which.period}
    return all(value is None or getattr(row, name) == value for name, value in wanted.items())


def _is_within(entry: Entry, which: EntryFilter) -> bool:
    return (
        (which.rules is None or entry.rule in which.rules)
        and (which.since is None or entry.occurred >= which.since)
        and (which.until is None or entry.occurred < which.until)
        and (which.up_to is None or entry.number <= which.up_to)
        and (which.after is None or entry.number > which.after)
    )
