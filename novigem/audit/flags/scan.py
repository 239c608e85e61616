"""`look`: one program of a store through all detectors, with what people have decided about flags before."""

from dataclasses import dataclass
from typing import NamedTuple

from novigem.audit.flags.activity import Activity, activities
from novigem.audit.flags.detector import Background, Detector, Finding
from novigem.audit.flags.detectors import BY_ID, detect
from novigem.audit.flags.matches import RuleMatches
from novigem.audit.flags.settings import FlagSettings
from novigem.engine.versions import dated_versions
from novigem.ledger.store import EntryFilter, Store
from novigem.model.entry import Entry, EntryKind
from novigem.model.judgement import Judgement
from novigem.model.program import Program
from novigem.rules.operators import DEFAULT_REGISTRY, Registry


class Flag(NamedTuple):
    """A finding, and what a person decided about it; None where nobody has yet."""

    finding: Finding
    judgement: Judgement | None

    @property
    def detector(self) -> Detector:
        """The detector that spoke."""
        return BY_ID[self.finding.detector]


@dataclass(frozen=True)
class Look:
    """What a look at one program found, the most serious first, and how much there was to look at.

    `since` and `until` bound it, in microseconds since 1970 UTC, `until` not included. `people` had an award in it.
    """

    program: Program
    since: int
    until: int
    changes: int
    awards: int
    people: int
    flags: tuple[Flag, ...]


def look(
    store: Store,
    program: Program,
    *,
    since: int | None = None,
    until: int | None = None,
    user: str | None = None,
    settings: FlagSettings | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> Look:
    """Look at a program from one moment up to another (not included); the whole of it where they are left out.

    Moments are microseconds since 1970 UTC. `user` keeps the flags of one person; the others are still what the person
    is compared with. A rush at the end is looked for in windows that are over at `until`. What was done is told by the
    version of the program that was in force then. Nothing is written.
    """
    start = program.window.start if since is None else max(since, program.window.start)
    end = program.window.end if until is None else min(until, program.window.end)
    people = {person.id: person for person in store.everybody()}

    def entries_of(record: str) -> list[Entry]:
        entries = list(store.entries(EntryFilter(program=program.program, record=record)))
        taken_back = {entry.reverses for entry in entries}
        standing = [one for one in entries if one.kind is EntryKind.RULE and one.number not in taken_back]
        return [one for one in standing if one.points]

    seen = _Counted()
    rule_matches = RuleMatches(dated_versions(store, [program], registry), people, registry, store.joins())
    background = Background(program, settings or FlagSettings(), end, people, entries_of)
    found = detect(background, map(seen.count, activities(store, program.program, rule_matches, start, end)))
    judged = {one.flag: one for one in store.judgements(program.program)}
    flags = (Flag(one, judged.get(one.id)) for one in found if user is None or one.user == user)
    return Look(program, start, end, seen.changes, seen.awards, len(seen.people), tuple(flags))


class _Counted:
    """Counts what goes by."""

    def __init__(self) -> None:
        self.changes = 0
        self.awards = 0
        self.people: set[str] = set()

    def count(self, activity: Activity) -> Activity:
        self.changes += activity.change is not None
        self.awards += len(activity.awards)
        self.people.update(award.user for award in activity.awards)
        return activity
