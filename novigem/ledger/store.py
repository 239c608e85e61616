"""What a store must be able to do: it answers every question of `Reader`, and one transaction at a time writes.

Three implementations keep this contract: `novigem.ledger.memory.store` (for tests), SQLite and PostgreSQL in
`novigem.ledger.sql`. `novigem.testing.StoreContract` is the suite that all of them pass.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from novigem.ledger.privacy import Rewritten
from novigem.ledger.reader import Reader
from novigem.ledger.redaction import ProgramRedactor
from novigem.ledger.row_digests import Repair
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
from novigem.model.binding import Binding
from novigem.model.claim import Claim
from novigem.model.closing import Closing
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total
from novigem.model.joins import Join
from novigem.model.judgement import Judgement
from novigem.model.pause import PauseStep
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START
from novigem.model.redaction import Erasure, Redactor, Suppression
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
    "Reader",
    "RejectedRow",
    "RequestFilter",
    "RowFilter",
    "Store",
    "StoredProgram",
    "Transaction",
    "Who",
]


class Transaction(Reader, Protocol):
    """One writing transaction: all of it commits together or not at all.

    The ledger and all that follows from it (entries, progress, badges, totals, program versions) belongs to one
    transaction at a time; see `lock`. The rest (people, rejects, the change log, snapshots, leases, positions, reports)
    is best written before the lock: a transaction that waits for such a row while others wait for its lock fails.
    """

    def lock(self) -> None:
        """Become the one transaction that writes the ledger, until it ends; call it before reading what depends on it.

        Waits for another one. Nothing happens where the transaction holds the lock already.
        """

    def save_position(self, feed: str, position: str) -> None:
        """Set the position of a feed."""

    def save_report(self, feed: str, body: str) -> None:
        """Keep the latest report of a feed, a JSON text."""

    def reject(self, rows: Iterable[RejectedRow]) -> None:
        """Put aside input that could not be read; the same piece twice is kept once."""

    def log_changes(self, changes: Sequence[LoggedChange]) -> int:
        """Append changes to the change log; those logged before are left out. Gives how many were new."""

    def save_snapshots(self, stream: Stream, snapshots: Sequence[Snapshot]) -> None:
        """Write snapshots over the old ones, each id once; which sweep found a record last stays known."""

    def mark_seen(self, stream: Stream, ids: Collection[str], sweep: int) -> None:
        """Note that a sweep found records; those are not `missing` any more. Unknown ids are passed over."""

    def keep_lease(self, lease: Lease, seconds: float) -> None:
        """Hold a lease until some seconds from now; nobody takes it over before this transaction ends.

        One that has run out is good to keep as long as nobody took it. Raises LeaseLost when another owner has taken it
        over, or it was given back.
        """

    def save_people(self, people: Iterable[Person], told: int = ALWAYS_START) -> None:
        """Add people, or replace what was told of them before.

        `told` is the moment from which a role or manager counts that is other than told before, in microseconds since
        1970 UTC; without it, it counts from where the last one did.
        """

    def save_assignments(self, assignments: Iterable[Assignment]) -> None:
        """Write assignments as another store has kept them."""

    def save_join(self, join: Join) -> Join:
        """Keep a decision about two users being one person; gives it back numbered, from 1 without gaps."""

    def save_pause(self, step: PauseStep) -> PauseStep:
        """Keep a decision to pause a program, or to let it pay again; gives it back numbered, from 1 without gaps."""

    def save_program(self, program: StoredProgram) -> bool:
        """Make a version the one in use; False when it was already.

        A version that comes back after another is accepted anew: `accepted` moves to now, and after the other's.
        """

    def use_program(self, program: StoredProgram, use: ProgramUse) -> None:
        """Make a version the one in use from a moment on, beside those that were in use before.

        `accepted` moves behind that of every earlier use.
        """

    def bind(self, bindings: Iterable[Binding]) -> None:
        """Keep what names in programs mean, for good; a name that means so already stays as it is."""

    def append(self, entries: Sequence[Entry]) -> list[Entry]:
        """Append entries to the ledger and give them back numbered.

        Raises StoreError when a key and generation stands already.
        """

    def save_progress(self, rows: Iterable[Progress], removed: Iterable[ProgressKey] = ()) -> None:
        """Write progress rows over the old ones, and remove rows that nothing counts for any more."""

    def award_badges(self, awards: Iterable[BadgeAward]) -> int:
        """Add badge awards; one that stands already keeps its row, with the new moment. Gives how many were new."""

    def withdraw_badges(self, awards: Iterable[BadgeAward]) -> None:
        """Take badge awards back."""

    def save_items(self, counts: Mapping[ItemKey, int]) -> None:
        """Set how often things have been counted."""

    def save_totals(self, totals: Iterable[Total]) -> None:
        """Write totals over the old ones; a total without entries is removed."""

    def save_tiers(self, people: Mapping[TierKey, int]) -> None:
        """Set how many people share places; a place of nobody is removed."""

    def clear_totals(self, program: str) -> None:
        """Remove the totals, places and counted things of a program, to be written anew from its entries."""

    def note_repairs(self, repairs: Iterable[Repair]) -> None:
        """Note in the journal that sums were written anew."""

    def save_claims(self, claims: Sequence[tuple[str, Claim]]) -> None:
        """Write claims over the old ones, each with the name of the group its limits are counted in ("" for none)."""

    def save_references(self, references: Collection[tuple[str, str]]) -> None:
        """Note which records, the second of each pair, name which things: `records_naming` finds them again."""

    def clear_claims(self, program: str) -> None:
        """Remove the claims of a program, to be written anew."""

    def add_request(self, request: Request) -> Request:
        """Keep a new request; gives it back numbered, from 1 without gaps."""

    def save_request(self, request: Request) -> None:
        """Write a request over what it was."""

    def save_judgement(self, judgement: Judgement) -> None:
        """Keep what a person decided about a flag, over what was decided before; in a transaction of its own."""

    def save_closings(self, closings: Iterable[Closing]) -> int:
        """Keep final standings, for good; what is closed already stays as it is. Gives how many were new."""

    def secret(self, name: str) -> bytes:
        """Give a random secret of this database, of 32 bytes; it is made when it is first asked for."""

    def opt_out(self, user: str, moment: int | None) -> None:
        """List somebody on no board from now on; with None, list them again."""

    def hold_for_erasure(self) -> None:
        """Let no other transaction write until this one ends. Comes before everything else.

        Who decides that two users are one person, or that a program is paused, holds it too: what others write is
        drafted under the joins and pauses there are.
        """

    def erase(self, redactor: Redactor, redact_program: ProgramRedactor) -> Rewritten:
        """Rewrite every row that names somebody without erased people, and the journal from the first such entry on.

        The guards of the ledger are lifted, and put back before this returns. Raises StoreError where the journal or
        final standings were broken before.
        """

    def save_erasure(self, erasure: Erasure, suppressions: Sequence[Suppression]) -> Erasure:
        """Keep that somebody was erased, and by what they are known again; gives it back numbered from 1."""


class Store(Reader, Protocol):
    """A place where the ledger lives: every question to it, and what begins to write in it or owns its connections."""

    def close(self) -> None:
        """Let go of connections; the store may be used again and then opens new ones."""

    def begin(self, *, lock: bool = True) -> AbstractContextManager[Transaction]:
        """Open the writing transaction; leaving it normally commits, an exception undoes everything.

        With `lock=False` it may run beside others until it calls `lock` (on PostgreSQL; elsewhere it locks at once).
        """

    def acquire_lease(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take a lease that nobody holds, that has run out, or that this owner holds; None while another holds it.

        It runs for some seconds by the clock of the store. Each new holder gets a higher fence; an owner that takes its
        own before it has run out stays the same holder.
        """

    def release_lease(self, lease: Lease) -> None:
        """Give a lease back; nothing happens when another owner has it by now."""

    def secret(self, name: str) -> bytes:
        """Give a random secret of this database, of 32 bytes; it is made when it is first asked for."""

    def scrub(self) -> None:
        """Let the database give up what it keeps of rows that were written over."""
