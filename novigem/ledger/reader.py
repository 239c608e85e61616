"""What a ledger can be asked: every question, once, for stores and for the transactions that write them.

A store answers from what is committed. A transaction answers from inside itself, so it also sees its own rows.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from novigem.ledger.journal import JournalRow
from novigem.ledger.privacy import Row
from novigem.ledger.redaction import ProgramRedactor
from novigem.ledger.row_digests import RowDigest
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
from novigem.model.change import Change
from novigem.model.claim import Claim
from novigem.model.closing import Closing, ClosingKey
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total
from novigem.model.joins import Joins
from novigem.model.judgement import Judgement
from novigem.model.pause import PauseStep
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START, TieBreak
from novigem.model.redaction import Erasure, Redactor
from novigem.model.request import Request
from novigem.model.roster import Assignment
from novigem.model.snapshot import Lease, Snapshot, Stream


class Reader(Protocol):
    """Every question about a ledger. Nothing here writes, and every method raises StoreError when the place fails.

    A plural with keys (`people`, `progress`, `totals`) gives what is known of just those. Who asks for all of
    something reads an iterator wherever that may be long.
    """

    # Feeds: positions, reports, our copies of records, leases, and the input put aside.

    def position(self, feed: str) -> str | None:
        """Give the committed position of a feed."""

    def positions(self, prefix: str) -> dict[str, str]:
        """Give the committed positions of all feeds whose name begins with a text, ordered by name."""

    def reports(self) -> dict[str, str]:
        """Give the latest report of each feed, ordered by name."""

    def snapshots(self, stream: Stream, ids: Collection[str]) -> dict[str, Snapshot]:
        """Give the snapshots of some records, where there are any."""

    def every_snapshot(self, stream: Stream) -> Iterator[Snapshot]:
        """Yield all snapshots of a stream, ordered by id; whoever reads them may write meanwhile."""

    def snapshot_count(self, stream: Stream) -> int:
        """Count the live records of a stream."""

    def not_seen(self, stream: Stream, sweep: int) -> Iterator[Snapshot]:
        """Yield the live and deleted (not the purged) records that no sweep from this one on noted, by id.

        Sweeps are numbered from 1. Whoever reads may write meanwhile.
        """

    def leases(self) -> list[Lease]:
        """Give every lease that is held, ordered by name; one that has run out is not."""

    def rejected(self) -> list[RejectedRow]:
        """Give the input put aside, ordered by feed and place."""

    # The change log.

    def changes(self, since: int | None = None, until: int | None = None) -> Iterator[tuple[LoggedChange, Change]]:
        """Yield logged changes in order of moment and digest: all, or those of a stretch `[since, until)`."""

    def changes_of(self, records: Collection[str], since: int = ALWAYS_START) -> list[tuple[LoggedChange, Change]]:
        """Give all logged changes of some records from a moment on, in order of moment and digest."""

    def lately_naming(self, user: str, newest: int) -> list[str]:
        """Give the records of which one of the newest logged changes names a user, the one changed last first.

        Only so many of the newest changes are looked through, so it costs the same however long the log is.
        """

    def merges_of(self, records: Collection[str]) -> list[Change]:
        """Give the merges of some records into others, and what brought them back, in order of moment and digest."""

    def logged_since(self, records: Collection[str], since: int) -> list[tuple[str, int, bytes]]:
        """Give record, moment and digest of the logged changes of some records, from a moment on."""

    def count_logged(self, since: int, at_most: int) -> int:
        """Give how many changes are logged of a moment (microseconds since 1970 UTC) or later, counting no further."""

    # People, and whom they belong to.

    def people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give the people known under some ids; of somebody with several users, what is known of all of them."""

    def everybody(self) -> list[Person]:
        """Give everybody we were told about, ordered by id; somebody with several users is one person."""

    def every_user(self) -> list[Person]:
        """Give every user as we were told about them, ordered by id, whoever is one person with another."""

    def users_led_by(self, managers: Collection[str]) -> list[str]:
        """Give the users who were last told to have one of some users as their manager, in order."""

    def pauses(self) -> list[PauseStep]:
        """Give every decision to pause a program or to let it pay again, in the order in which they were made."""

    def joins(self) -> Joins:
        """Give which users are one person, and every decision about it."""

    def assignments(self, users: Collection[str]) -> list[Assignment]:
        """Give the assignments of some users, by user and moment."""

    def timezones(self) -> list[str]:
        """Give the names of all time zones that were told of somebody, in order."""

    def every_assignment(self) -> list[Assignment]:
        """Give all assignments, by user and moment."""

    # Programs and their versions.

    def programs(self) -> list[StoredProgram]:
        """Give the accepted program versions, oldest first."""

    def program_in_use(self, program: str) -> str | None:
        """Give the version of a program that is in use."""

    def timeline(self) -> list[ProgramUse]:
        """Give from when on which program version was in use, in the order in which they were accepted."""

    def bindings(self) -> list[Binding]:
        """Give what the names in programs mean, ordered by program, kind, name and meaning."""

    # The ledger and its journal.

    def entries(self, which: EntryFilter = EVERY_ENTRY) -> Iterator[Entry]:
        """Yield entries in ledger order."""

    def latest(self, keys: Collection[str]) -> dict[str, Latest]:
        """Give the newest entry of each dedupe key that has one."""

    def users(self, program: str) -> list[str]:
        """Give everybody with an entry in a program."""

    def entry_count(self) -> int:
        """Give the number of the newest entry: the ledger position."""

    def revision(self) -> int:
        """Give a number that has risen with every transaction that held the lock: the same one, the same answers.

        Leases, positions and put-aside rows may be written beside it; what people are shown may not.
        """

    def extent(self) -> Extent:
        """Give how much there is: whoever worked something out before the lock sees whether it still holds."""

    def awards(self, program: str, since: int, until: int) -> Iterator[Entry]:
        """Yield the rule entries of a program that stand, of a stretch `[since, until)`, by moment, digest and number.

        The digest is that of the change that paid, so they come in the order of `changes`.
        """

    def journal(self) -> Iterator[JournalRow]:
        """Yield the journal, oldest batch first: one row for each transaction that appended entries."""

    def newest_batch(self) -> JournalRow | None:
        """Give the newest journal row."""

    def entry_bodies(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number of every entry and its canonical bytes, as they stand now, in ledger order."""

    def last_adjusted(self, programs: Collection[str]) -> dict[tuple[str, str], int]:
        """Give the moment of the latest adjustment of everybody who has one in some programs, by program and user."""

    def altered_columns(self) -> Iterator[Discrepancy]:
        """Yield the columns of logged changes and claims that do not say what their rows hold: somebody changed them.

        `proved` is what the row holds, or that it cannot be read.
        """

    def row_digests(self) -> Iterator[RowDigest]:
        """Yield the digest of every row that the journal notes, as it stands now, table by table."""

    # What follows from the entries: progress, badges, counted things, totals, places, claims.

    def progress(self, keys: Collection[ProgressKey]) -> dict[ProgressKey, Progress]:
        """Give the progress rows of some keys."""

    def progress_rows(self, which: RowFilter = EVERY_ROW) -> list[Progress]:
        """Give progress rows, ordered by program, challenge, period and user."""

    def badges(self, which: RowFilter = EVERY_ROW) -> list[BadgeAward]:
        """Give badge awards, ordered by moment, badge and user."""

    def items(self, keys: Collection[ItemKey]) -> dict[ItemKey, int]:
        """Give how often each thing has been counted, where it has."""

    def item_counts(self, prefix: str) -> Iterator[tuple[ItemKey, int]]:
        """Yield how often each thing has been counted, in all scopes whose name begins with a text."""

    def totals(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Total]:
        """Give the totals of some (book, user) pairs."""

    def total(self, book: str, user: str) -> Total | None:
        """Give one user's total."""

    def rollup_totals(self, book_prefix: str) -> Iterator[Total]:
        """Yield every total whose book's name begins with a text."""

    def tiers(self, keys: Collection[TierKey]) -> dict[TierKey, int]:
        """Give how many people share each place, where anybody does."""

    def tier_counts(self, book_prefix: str) -> dict[TierKey, int]:
        """Give every place kept for the books whose name begins with a text, and how many share it."""

    def claims(self, program: str) -> Iterator[tuple[str, Claim]]:
        """Yield the claims of a program, each with the group its limits are counted in ("" for none).

        They are ordered by the digest of their fact, the digest of their change, and their part.
        """

    def claims_of_records(self, records: Collection[str]) -> list[Claim]:
        """Give the claims that rest on some records."""

    def claims_of_facts(self, facts: Collection[str]) -> list[Claim]:
        """Give the claims to some facts, each named by its dedupe key less the part."""

    def records_naming(self, references: Collection[str]) -> set[str]:
        """Give the records of which something was claimed while they named some things."""

    def claims_between(self, groups: Collection[tuple[str, str]], since: int, until: int) -> list[Claim]:
        """Give the winning claims of some groups and users whose moment lies in `[since, until)`."""

    # Ranks.

    def top(
        self, book: str, ties: Sequence[TieBreak], limit: int | None, who: Who = EVERYBODY, *, skip: int = 0
    ) -> list[Total]:
        """Give the highest totals of a book, in ranking order (equals by user id), after so many that are skipped."""

    def count_above(self, total: Total, ties: Sequence[TieBreak], who: Who = EVERYBODY, *, distinct: bool) -> int:
        """Count the totals of its book that rank above a total; `distinct` counts equals once.

        Where places are kept for the book and its whole book is ranked, the answer comes from them.
        """

    def lowest(self, book: str) -> int:
        """Give the fewest points that anybody has in a book; 0 where nobody has any."""

    def inactive(self, book: str) -> set[str]:
        """Give the users with a total in a book who were last told inactive, each as of that user alone."""

    def neighbours(self, total: Total, ties: Sequence[TieBreak], each_side: int, who: Who = EVERYBODY) -> list[Total]:
        """Give the totals just above and below one, and itself, in ranking order."""

    # What people decided: requests, judgements, final standings.

    def request(self, number: int) -> Request | None:
        """Give the request of a number."""

    def requests(self, which: RequestFilter = EVERY_REQUEST) -> list[Request]:
        """Give requests, oldest first."""

    def judgements(self, program: str) -> list[Judgement]:
        """Give what people decided about the flags of a program, ordered by flag."""

    def closing(self, key: ClosingKey) -> Closing | None:
        """Give the final standings of one challenge or board over one period, where it is closed."""

    def closings(self, program: str | None = None) -> list[Closing]:
        """Give the final standings of a program, or of all, ordered by program, end, kind, id and period."""

    def closed(self, program: str) -> frozenset[ClosingKey]:
        """Tell what of a program is closed."""

    # Privacy: who is not listed, who was erased, and every row that names somebody.

    def redactor(self) -> Redactor:
        """Give who is erased; for a transaction, nobody else is before it ends."""

    def opted_out(self) -> dict[str, int]:
        """Give who is listed on no board, and since which moment, ordered by user."""

    def erasures(self) -> list[Erasure]:
        """Give the erasures there were, oldest first."""

    def rows_naming(self, redactor: Redactor, redact_program: ProgramRedactor) -> Iterator[Row]:
        """Yield every row that names somebody whom a redactor knows, as it stands, table by table."""
