"""The tables of the memory store: plain dictionaries, by the keys that the tables of a database have."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from novigem.ledger.journal import JournalRow
from novigem.ledger.types import ItemKey, LoggedChange, ProgramUse, RejectedRow, StoredProgram
from novigem.model.binding import Binding
from novigem.model.claim import Claim
from novigem.model.closing import Closing, ClosingKey
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total
from novigem.model.joins import Join
from novigem.model.judgement import Judgement
from novigem.model.pause import PauseStep
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
    #: Where the adjustments stand among the entries.
    adjustments: list[int] = field(default_factory=list)
    latest: dict[str, Entry] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)
    progress: dict[ProgressKey, Progress] = field(default_factory=dict)
    items: dict[ItemKey, int] = field(default_factory=dict)
    badges: dict[tuple[str, ...], BadgeAward] = field(default_factory=dict)
    totals: dict[tuple[str, str], Total] = field(default_factory=dict)
    tiers: dict[TierKey, int] = field(default_factory=dict)
    bindings: dict[tuple[str, ...], Binding] = field(default_factory=dict)
    timeline: list[ProgramUse] = field(default_factory=list)
    references: dict[tuple[str, str], None] = field(default_factory=dict)
    claims: dict[tuple[str, bytes], tuple[str, Claim]] = field(default_factory=dict)
    journal: list[JournalRow] = field(default_factory=list)
    revision: int = 0
    requests: list[Request] = field(default_factory=list)
    judgements: dict[str, Judgement] = field(default_factory=dict)
    closings: dict[ClosingKey, Closing] = field(default_factory=dict)
    assignments: dict[tuple[str, int], Assignment] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    opted_out: dict[str, int] = field(default_factory=dict)
    suppressions: dict[bytes, Suppression] = field(default_factory=dict)
    erasures: list[Erasure] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    pauses: list[PauseStep] = field(default_factory=list)

    def copy(self) -> "Tables":
        """Give tables of their own with the same rows."""
        return Tables(**{name: copy.copy(value) for name, value in vars(self).items()})
