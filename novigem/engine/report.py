"""What a run did, counted page by page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from novigem.engine.posting.causes import Cause, cause_of
from novigem.model.entry import Entry, EntryKind
from novigem.model.people import Block


@dataclass
class RunReport:
    """What a run did. `unknown` counts undecided rules, `blocked` counts rules that held but did not pay.

    `corrections` are entries that were taken back; `causes` counts them by why.
    `uncounted` counts awards that add nothing to the sum of their challenge, or not surely what was meant, with why.
    """

    changes: int = 0
    new_changes: int = 0
    entries: int = 0
    points: int = 0
    bonuses: int = 0
    badges: int = 0
    corrections: int = 0
    rejected: int = 0
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    blocked: Counter[tuple[str, str, Block]] = field(default_factory=Counter)
    uncounted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    causes: Counter[Cause] = field(default_factory=Counter)

    @property
    def wrote(self) -> bool:
        """Tell whether any entry or badge came of it; news of people alone may move what a team is credited with."""
        return bool(self.entries or self.bonuses or self.badges or self.corrections)

    def add(self, other: "RunReport") -> None:
        """Add the report of another batch."""
        for name in ("changes", "new_changes", "entries", "points", "bonuses", "badges", "corrections", "rejected"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unknown += other.unknown
        self.blocked += other.blocked
        self.uncounted += other.uncounted
        self.causes += other.causes

    def count(self, entries: Sequence[Entry]) -> None:
        """Count entries that stand in the ledger now."""
        for entry in entries:
            self.points += entry.points
            if entry.kind is EntryKind.REVERSAL:
                self.corrections += 1
                self.causes[cause_of(entry)] += 1
            elif entry.kind is EntryKind.BONUS:
                self.bonuses += 1
            elif entry.points:
                self.entries += 1
                if entry.kind is EntryKind.RULE and entry.reason is not None:
                    self.uncounted[entry.program, entry.rule or "", entry.reason] += 1
