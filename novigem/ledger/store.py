"""What a store must be able to do: one transaction that writes, and readers that answer from keys and totals.

Three implementations keep this contract: `novigem.ledger.memory.store` (for tests), SQLite and PostgreSQL in
`novigem.ledger.sql`. `novigem.testing.StoreContract` is the suite that all of them pass.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from novigem.ledger.journal import JournalRow
from novigem.ledger.privacy import PrivacyStore, PrivacyTransaction
from novigem.ledger.types import (
    EVERY_ENTRY,
    EVERY_REQUEST,
    EVERY_ROW,
    EVERYBODY,
    EntryFilter,
    Extent,
    How,
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
from novigem.model.change import Change
from novigem.model.claim import Claim
from novigem.model.closing import Closing, ClosingKey
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total
from novigem.model.judgement import Judgement
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START, TieBreak
from novigem.model.request import Request
from novigem.model.roster import Assignment
from novigem.model.snapshot import Lease, Snapshot, Stream

__all__ = [
    "EVERYBODY",
    "EVERY_ENTRY",
    "EVERY_REQUEST",
    "EVERY_ROW",
    "EntryFilter",
    "Extent",
    "How",
    "ItemKey",
    "Latest",
    "LoggedChange",
    "ProgramUse",
    "RejectedRow",
    "RequestFilter",
    "RowFilter",
    "Store",
    "StoredProgram",
    "Transaction",
    "Who",
]


class Transaction(PrivacyTransaction, Protocol):
    """One writing transaction: all of it commits together or not at all.

    The ledger and all that follows from it (entries, progress, badges, totals, program versions) belongs to one
    transaction at a time; see `lock`. The rest (people, rejects, the change log, snapshots, leases, positions, reports)
    is best written before the lock: a transaction that waits for such a row while others wait for its lock fails.
    """

    def lock(self) -> None:
        """Become the one transaction that writes the ledger, until it ends; call it before reading what depends on it.

        Waits for another one. Nothing happens where the transaction holds the lock already.
        """

    def keep_lease(self, lease: Lease, seconds: float) -> None:
        """Hold a lease until some seconds from now; nobody takes it over before this transaction ends.

        One that has run out is good to keep as long as nobody took it. Raises LeaseLost when another owner has taken it
        over, or it was given back.
        """

    def save_snapshots(self, stream: Stream, snapshots: Sequence[Snapshot]) -> None:
        """Write snapshots over the old ones, each id once; which sweep found a record last stays known."""

    def mark_seen(self, stream: Stream, ids: Collection[str], sweep: int) -> None:
        """Note that a sweep found records; those are not `missing` any more. Unknown ids are passed over."""

    def save_report(self, feed: str, body: str) -> None:
        """Keep the latest report of a feed, a JSON text."""

    def program_in_use(self, program: str) -> str | None:
        """Give the version of a program that is in use."""

    def position(self, feed: str) -> str | None:
        """Give the committed position of a feed."""

    def save_position(self, feed: str, position: str) -> None:
        """Set the position of a feed."""

    def people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give the people known under some ids."""

    def save_people(self, people: Iterable[Person], told: int = ALWAYS_START) -> None:
        """Add people, or replace what was told of them before.

        `told` is the moment from which a role or manager counts that is other than told before, in microseconds since
        1970 UTC; without it, it counts from where the last one did.
        """

    def save_program(self, program: StoredProgram) -> bool:
        """Make a version the one in use; False when it was already.

        A version that comes back after another is accepted anew: `accepted` moves to now, and after the other's.
        """

    def use_program(self, program: StoredProgram, use: ProgramUse) -> None:
        """Make a version the one in use from a moment on, beside those that were in use before.

        `accepted` moves behind that of every earlier use.
        """

    def reject(self, rows: Iterable[RejectedRow]) -> None:
        """Put aside input that could not be read; the same piece twice is kept once."""

    def log_changes(self, changes: Sequence[LoggedChange]) -> int:
        """Append changes to the change log; those logged before are left out. Gives how many were new."""

    def latest(self, keys: Collection[str]) -> dict[str, Latest]:
        """Give the newest entry of each dedupe key that has one."""

    def append(self, entries: Sequence[Entry]) -> list[Entry]:
        """Append entries to the ledger and give them back numbered.

        Raises StoreError when a key and generation stands already.
        """

    def progress(self, keys: Collection[ProgressKey]) -> dict[ProgressKey, Progress]:
        """Give the progress rows of some keys."""

    def save_progress(self, rows: Iterable[Progress], removed: Iterable[ProgressKey] = ()) -> None:
        """Write progress rows over the old ones, and remove rows that nothing counts for any more."""

    def users(self, program: str) -> list[str]:
        """Give everybody with an entry in a program."""

    def user_entries(
        self, program: str, user: str, challenge: str | None = None, period: str | None = None
    ) -> list[Entry]:
        """Give all entries of one user in one program, one of its challenges or a period of that, in ledger order."""

    def items(self, keys: Collection[ItemKey]) -> dict[ItemKey, int]:
        """Give how often each thing has been counted, where it has."""

    def save_items(self, counts: Mapping[ItemKey, int]) -> None:
        """Set how often things have been counted."""

    def badges(self, program: str, user: str) -> list[BadgeAward]:
        """Give the badges of one user in one program."""

    def award_badges(self, awards: Iterable[BadgeAward]) -> int:
        """Add badge awards; one that stands already keeps its row, with the new moment. Gives how many were new."""

    def withdraw_badges(self, awards: Iterable[BadgeAward]) -> None:
        """Take badge awards back."""

    def totals(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Total]:
        """Give the totals of some (book, user) pairs."""

    def save_totals(self, totals: Iterable[Total]) -> None:
        """Write totals over the old ones; a total without entries is removed."""

    def tiers(self, keys: Collection[TierKey]) -> dict[TierKey, int]:
        """Give how many people share each place, where anybody does."""

    def save_tiers(self, people: Mapping[TierKey, int]) -> None:
        """Set how many people share places; a place of nobody is removed."""

    def clear_totals(self, program: str) -> None:
        """Remove the totals, places and counted things of a program, to be written anew from its entries."""

    def logged_since(self, records: Collection[str], since: int) -> list[tuple[str, int, bytes]]:
        """Give record, moment and digest of the logged changes of some records, from a moment on."""

    def count_logged(self, since: int, at_most: int) -> int:
        """Give how many changes are logged of a moment (microseconds since 1970 UTC) or later, counting no further."""

    def logged_changes(self, records: Collection[str], since: int = ALWAYS_START) -> list[tuple[LoggedChange, Change]]:
        """Give all logged changes of some records from a moment on, in order of moment."""

    def claims_of_records(self, records: Collection[str]) -> list[Claim]:
        """Give the claims that rest on some records."""

    def claims_of_facts(self, facts: Collection[str]) -> list[Claim]:
        """Give the claims to some facts, each named by its dedupe key less the part."""

    def claims_between(self, groups: Collection[tuple[str, str]], since: int, until: int) -> list[Claim]:
        """Give the winning claims of some groups and users whose moment lies in `[since, until)`."""

    def save_claims(self, claims: Sequence[tuple[str, Claim]]) -> None:
        """Write claims over the old ones, each with the name of the group its limits are counted in ("" for none)."""

    def request(self, number: int) -> Request | None:
        """Give the request of a number."""

    def add_request(self, request: Request) -> Request:
        """Keep a new request; gives it back numbered, from 1 without gaps."""

    def save_request(self, request: Request) -> None:
        """Write a request over what it was."""

    def requests(self, which: RequestFilter = EVERY_REQUEST) -> list[Request]:
        """Give requests, oldest first."""

    def save_judgement(self, judgement: Judgement) -> None:
        """Keep what a person decided about a flag, over what was decided before; in a transaction of its own."""

    def save_closings(self, closings: Iterable[Closing]) -> int:
        """Keep final standings, for good; what is closed already stays as it is. Gives how many were new."""

    def clear_claims(self, program: str) -> None:
        """Remove the claims of a program, to be written anew."""

    def extent(self) -> Extent:
        """Give how much there is: whoever worked something out before the lock sees whether it still holds."""

    def assignments(self, users: Collection[str]) -> list[Assignment]:
        """Give the assignments of some users, by user and moment."""

    def every_assignment(self) -> list[Assignment]:
        """Give all assignments, by user and moment."""

    def save_assignments(self, assignments: Iterable[Assignment]) -> None:
        """Write assignments as another store has kept them."""

    def everybody(self) -> list[Person]:
        """Give everybody we were told about, ordered by id."""

    def progress_of(self, program: str, challenge: str) -> list[Progress]:
        """Give the progress rows of one challenge, or of what stands in its place."""

    def badges_of(self, program: str, challenge: str) -> list[BadgeAward]:
        """Give the badges that one challenge gave, or what stands in its place."""


class Store(PrivacyStore, Protocol):
    """A place where the ledger lives. Every method raises StoreError when the place fails."""

    def close(self) -> None:
        """Let go of connections; the store may be used again and then opens new ones."""

    def begin(self, *, lock: bool = True) -> AbstractContextManager[Transaction]:
        """Open the writing transaction; leaving it normally commits, an exception undoes everything.

        With `lock=False` it may run beside others until it calls `lock` (on PostgreSQL; elsewhere it locks at once).
        """

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

    def acquire_lease(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take a lease that nobody holds, that has run out, or that this owner holds; None while another holds it.

        It runs for some seconds by the clock of the store. Each new holder gets a higher fence; an owner that takes its
        own before it has run out stays the same holder.
        """

    def release_lease(self, lease: Lease) -> None:
        """Give a lease back; nothing happens when another owner has it by now."""

    def leases(self) -> list[Lease]:
        """Give every lease that is held, ordered by name; one that has run out is not."""

    def latest(self, keys: Collection[str]) -> dict[str, Latest]:
        """Give the newest entry of each dedupe key that has one."""

    def entries(self, which: EntryFilter = EVERY_ENTRY) -> Iterator[Entry]:
        """Yield entries in ledger order."""

    def users(self, program: str) -> list[str]:
        """Give everybody with an entry in a program."""

    def entry_count(self) -> int:
        """Give the number of the newest entry: the ledger position."""

    def progress_rows(self, which: RowFilter = EVERY_ROW) -> list[Progress]:
        """Give progress rows, ordered by program, challenge, period and user."""

    def badge_rows(self, which: RowFilter = EVERY_ROW) -> list[BadgeAward]:
        """Give badge awards, ordered by moment, badge and user."""

    def top(self, book: str, ties: Sequence[TieBreak], limit: int | None, who: Who = EVERYBODY) -> list[Total]:
        """Give the highest totals of a book, in ranking order (equals by user id)."""

    def total(self, book: str, user: str) -> Total | None:
        """Give one user's total."""

    def count_above(
        self, total: Total, ties: Sequence[TieBreak], who: Who = EVERYBODY, *, distinct: bool, by_user: bool = False
    ) -> int:
        """Count the totals of its book that rank above a total.

        Where places are kept for the book and its whole book is ranked, the answer comes from them.
        `distinct` counts equals once; `by_user` also counts equals with a smaller user id, as ordinal ranks do.
        """

    def neighbours(self, total: Total, ties: Sequence[TieBreak], each_side: int, who: Who = EVERYBODY) -> list[Total]:
        """Give the totals just above and below one, and itself, in ranking order."""

    def rollup_totals(self, book_prefix: str) -> Iterator[Total]:
        """Yield every total whose book's name begins with a text."""

    def tier_counts(self, book_prefix: str) -> dict[TierKey, int]:
        """Give every place kept for the books whose name begins with a text, and how many share it."""

    def changes(self, record: str | None = None) -> Iterator[tuple[LoggedChange, Change]]:
        """Yield logged changes in order of moment: of one record, or all."""

    def people(self) -> list[Person]:
        """Give everybody we were told about, ordered by id."""

    def find_people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give the people known under some ids."""

    def programs(self) -> list[StoredProgram]:
        """Give the accepted program versions, oldest first."""

    def rejected(self) -> list[RejectedRow]:
        """Give the input put aside, ordered by feed and place."""

    def timeline(self) -> list[ProgramUse]:
        """Give from when on which program version was in use, in the order in which they were accepted."""

    def claims_of_facts(self, facts: Collection[str]) -> list[Claim]:
        """Give the claims to some facts, each named by its dedupe key less the part."""

    def journal(self) -> Iterator[JournalRow]:
        """Yield the journal, oldest batch first: one row for each transaction that appended entries."""

    def newest_batch(self) -> JournalRow | None:
        """Give the newest journal row."""

    def entry_bodies(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number of every entry and its canonical bytes, as they stand now, in ledger order."""

    def requests(self, which: RequestFilter = EVERY_REQUEST) -> list[Request]:
        """Give requests, oldest first."""

    def changes_between(self, since: int, until: int) -> Iterator[tuple[LoggedChange, Change]]:
        """Yield the logged changes of a stretch `[since, until)`, in order of moment and digest."""

    def awards(self, program: str, since: int, until: int) -> Iterator[Entry]:
        """Yield the rule entries of a program that stand, of a stretch `[since, until)`, by moment, digest and number.

        The digest is that of the change that paid, so they come in the order of `changes_between`.
        """

    def judgements(self, program: str) -> list[Judgement]:
        """Give what people decided about the flags of a program, ordered by flag."""

    def closings(self, program: str | None = None) -> list[Closing]:
        """Give the final standings of a program, or of all, ordered by program, end, kind, id and period."""

    def closed(self, program: str) -> frozenset[ClosingKey]:
        """Tell what of a program is closed."""

    def closing(self, key: ClosingKey) -> Closing | None:
        """Give the final standings of one challenge or board over one period, where it is closed."""

    def assignments(self) -> list[Assignment]:
        """Give all assignments, by user and moment."""

    def totals(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Total]:
        """Give the totals of some (book, user) pairs."""

    def claims(self, program: str) -> Iterator[tuple[str, Claim]]:
        """Yield the claims of a program, each with the group its limits are counted in ("" for none)."""
