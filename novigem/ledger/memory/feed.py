"""The tables of the memory store, and the part of its writing side that belongs to feeds: records, leases, reports."""

import copy
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from novigem.errors import LeaseLost
from novigem.ledger.journal import JournalRow
from novigem.ledger.store import ItemKey, LoggedChange, ProgramUse, RejectedRow, StoredProgram
from novigem.model.change import to_micros
from novigem.model.claim import Claim
from novigem.model.closing import Closing, ClosingKey
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total
from novigem.model.judgement import Judgement
from novigem.model.people import Person
from novigem.model.redaction import Erasure, Suppression
from novigem.model.request import Request
from novigem.model.roster import Assignment
from novigem.model.snapshot import Lease, Snapshot, Stream

#: Gives the moment that leases are held against.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Give the wall clock."""
    return datetime.now(UTC)


@dataclass
class Tables:
    """Everything that a memory store holds."""

    positions: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    programs: dict[tuple[str, str], StoredProgram] = field(default_factory=dict)
    rejected: dict[tuple[str, str], RejectedRow] = field(default_factory=dict)
    changes: dict[tuple[int, bytes], LoggedChange] = field(default_factory=dict)
    snapshots: dict[Stream, dict[str, Snapshot]] = field(default_factory=dict)
    sweeps: dict[tuple[Stream, str], int] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    fences: dict[str, int] = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    latest: dict[str, Entry] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)
    progress: dict[ProgressKey, Progress] = field(default_factory=dict)
    items: dict[ItemKey, int] = field(default_factory=dict)
    badges: dict[tuple[str, ...], BadgeAward] = field(default_factory=dict)
    totals: dict[tuple[str, str], Total] = field(default_factory=dict)
    tiers: dict[TierKey, int] = field(default_factory=dict)
    timeline: list[ProgramUse] = field(default_factory=list)
    claims: dict[tuple[str, bytes], tuple[str, Claim]] = field(default_factory=dict)
    journal: list[JournalRow] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    judgements: dict[str, Judgement] = field(default_factory=dict)
    closings: dict[ClosingKey, Closing] = field(default_factory=dict)
    assignments: dict[tuple[str, int], Assignment] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    opted_out: dict[str, int] = field(default_factory=dict)
    suppressions: dict[bytes, Suppression] = field(default_factory=dict)
    erasures: list[Erasure] = field(default_factory=list)

    def copy(self) -> "Tables":
        """Give tables of their own with the same rows."""
        return Tables(**{name: copy.copy(value) for name, value in vars(self).items()})


class MemoryFeedState:
    """Positions, copies of records, leases and reports; see `novigem.ledger.store.Transaction`."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    def position(self, feed: str) -> str | None:
        """Give the committed position of a feed."""
        return self._tables.positions.get(feed)

    def save_position(self, feed: str, position: str) -> None:
        """Set the position of a feed."""
        self._tables.positions[feed] = position

    def save_report(self, feed: str, body: str) -> None:
        """Keep the latest report of a feed, a JSON text."""
        self._tables.reports[feed] = body

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

    def keep_lease(self, lease: Lease, seconds: float) -> None:
        """Hold a lease for some more seconds. Raises LeaseLost when another owner has taken it over."""
        if not self._is_held(lease):
            raise LeaseLost(f"another process has taken over {lease.name}")
        self._hold(lease, seconds)

    def release_lease(self, lease: Lease) -> None:
        """Give a lease back, if it is still the owner's."""
        if self._is_held(lease):
            del self._tables.leases[lease.name]

    def _hold(self, lease: Lease, seconds: float) -> Lease:
        until = to_micros(self._clock()) + round(seconds * 1_000_000)
        self._tables.leases[lease.name] = lease._replace(until=until)
        return self._tables.leases[lease.name]

    def _is_held(self, lease: Lease) -> bool:
        kept = self._tables.leases.get(lease.name)
        return kept is not None and (kept.owner, kept.fence) == (lease.owner, lease.fence)
