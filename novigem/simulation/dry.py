"""Which changes pay, without a store: the engine's rules on changes that come in order of time, each once.

For rules that pay once and for good; what is undone or limited needs the engine.

Thousands of seasons are simulated to learn how often a flag is a false alarm; a database for each would take hours.
A test holds this against the engine, entry by entry.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from novigem.awards import draft_entries, plan_rules
from novigem.editions import Edition
from novigem.flags import Background, Finding, FlagSettings, Occasion, detect
from novigem.model.change import Change, change_body, change_digest, to_micros
from novigem.model.entry import Entry
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.rules.compile import compile_rules
from novigem.rules.operators import DEFAULT_REGISTRY


class DryRun:
    """One program on one season after the other."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._plans = plan_rules([Edition(program)], DEFAULT_REGISTRY)
        self._match = compile_rules([(plan.rule, program.zone) for plan in self._plans], DEFAULT_REGISTRY)

    def look(
        self, people: Iterable[Person], changes: Iterable[Change], settings: FlagSettings | None = None
    ) -> list[Finding]:
        """Give what the detectors find in a season that is over."""
        known = {person.id: person for person in people}
        paid: defaultdict[str, list[Entry]] = defaultdict(list)
        background = Background(
            self.program, settings or FlagSettings(), self.program.window.end, known, lambda record: paid[record]
        )
        return detect(background, self._remembered(self.occasions(known.values(), changes), paid))

    def occasions(self, people: Iterable[Person], changes: Iterable[Change]) -> Iterator[Occasion]:
        """Yield each change with the awards it makes; changes must come in order of time, each once."""
        known = {person.id: person for person in people}
        keys: set[str] = set()
        for change in changes:
            at = to_micros(change.at)
            matched = self._match(change)
            holds = () if matched is None else matched.holds
            yield Occasion(at, change, tuple(self._awards(change, at, holds, known, keys)) if holds else ())

    def _awards(
        self, change: Change, at: int, holds: Sequence[int], known: dict[str, Person], keys: set[str]
    ) -> Iterator[Entry]:
        digest = change_digest(change_body(change))
        for index in holds:
            plan = self._plans[index]
            for draft in draft_entries(plan, change, digest, at):
                if not isinstance(draft, Entry) or draft.key in keys:
                    continue
                person = known.get(draft.user)
                manager = None if person is None or person.manager is None else known.get(person.manager)
                if plan.participants.block(draft.user, person, manager) is None:
                    keys.add(draft.key)
                    yield draft

    @staticmethod
    def _remembered(occasions: Iterable[Occasion], paid: defaultdict[str, list[Entry]]) -> Iterator[Occasion]:
        for occasion in occasions:
            for award in occasion.awards:
                paid[award.record or ""].append(award)
            yield occasion
