"""Which changes pay, without a store: the engine's rules on changes that come in order of time, each once.

For rules that pay once and for good; what is undone or limited needs the engine.

Thousands of seasons are simulated to learn how often a flag is a false alarm; a database for each would take hours.
A test holds this against the engine, entry by entry.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from novigem.audit.flags import Activity, Background, Finding, FlagSettings, RuleMatches, activity, detect
from novigem.engine.versions import DatedVersion
from novigem.model.change import Change, change_body, change_digest, to_micros
from novigem.model.entry import Entry
from novigem.model.people import Person
from novigem.model.program import Program


class DryRun:
    """One program on one season after the other."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def look(
        self, people: Iterable[Person], changes: Iterable[Change], settings: FlagSettings | None = None
    ) -> list[Finding]:
        """Give what the detectors find in a season that is over."""
        known = {person.id: person for person in people}
        paid: defaultdict[str, list[Entry]] = defaultdict(list)
        background = Background(
            self.program, settings or FlagSettings(), self.program.window.end, known, lambda record: paid[record]
        )
        return detect(background, self._remembered(self.activities(known.values(), changes), paid))

    def activities(self, people: Iterable[Person], changes: Iterable[Change]) -> Iterator[Activity]:
        """Yield each change with the awards it makes; changes must come in order of time, each once."""
        rule_matches = RuleMatches([DatedVersion(self.program)], {person.id: person for person in people})
        keys: set[str] = set()
        for change in changes:
            at, digest = to_micros(change.at), change_digest(change_body(change))
            awards = tuple(one for one in rule_matches.drafts(change, digest, at) if one.key not in keys)
            keys.update(one.key for one in awards)
            yield activity(rule_matches, change, digest, at, awards)

    @staticmethod
    def _remembered(activities: Iterable[Activity], paid: defaultdict[str, list[Entry]]) -> Iterator[Activity]:
        for one in activities:
            for award in one.awards:
                paid[award.record or ""].append(award)
            yield one
