"""Programs made ready for work: rules as code, and which sums and goals their entries move."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from novigem.challenges.team_goals import TeamGoals
from novigem.challenges.tracks import Tracks
from novigem.engine.binding import new_bindings
from novigem.engine.rulebook import Rulebook
from novigem.engine.versions import DatedVersion, as_kept, as_paused, dated_versions, superseded_versions
from novigem.errors import UnknownName
from novigem.leaderboards.rollups import Rollups
from novigem.ledger.store import EntryFilter, Reader, Store
from novigem.model.binding import Binding, Bindings
from novigem.model.clocks import Zones
from novigem.model.joins import NO_JOINS, Joins
from novigem.model.pause import PauseStep
from novigem.model.people import Person, known_as
from novigem.model.program import Program
from novigem.model.redaction import Redactor
from novigem.model.text import one_form
from novigem.program.binding import bound_program, earlier_ids, names_in, refuse_two
from novigem.program.dump import dump_program
from novigem.program.redaction import redacted_program
from novigem.rules.operators import Registry


class Compiled:
    """Some programs as they are without the people whom a redactor knows, and all that follows from them.

    `joins` says which users are one person, `pauses` when programs pay nothing. Nothing of it changes but the time
    zones that were told of people. When somebody is erased or joined, a program is paused, or other programs come,
    another one is made. `reader` is the transaction in which that is done, where there is one.
    """

    def __init__(
        self,
        programs: Iterable[Program],
        store: Store,
        registry: Registry,
        redactor: Redactor,
        *,
        bindings: Sequence[Binding] = (),
        joins: Joins = NO_JOINS,
        pauses: Sequence[PauseStep] = (),
        reader: Reader | None = None,
    ) -> None:
        self._store = store
        self._registry = registry
        self.redactor = redactor
        self.bindings = list(bindings)
        self.joins = joins
        self.pauses = list(pauses)
        #: The programs as people wrote them, and their texts.
        kept = {one.program: as_kept(one, reader or store, registry) for one in programs}
        self.written = {name: redacted_program(one, redactor) for name, one in kept.items()}
        self.texts = {name: dump_program(program) for name, program in self.written.items()}
        self._bound = {name: Bindings(name, bindings) for name in self.written}
        self.programs = {
            name: as_paused(bound_program(one, self._bound[name]), self.pauses) for name, one in self.written.items()
        }
        #: In which time zones people work; read in each transaction anew.
        self.zones = Zones()
        self.rollups = {name: Rollups(program) for name, program in self.programs.items()}
        self.tracks = {name: Tracks(program, self.zones) for name, program in self.programs.items()}
        self.team_goals = {name: TeamGoals(program) for name, program in self.programs.items()}

    @cached_property
    def _people_named(self) -> tuple[frozenset[str], frozenset[str]]:
        """The addresses that mean nobody yet, and the names of roles: one of those may always come to mean one more."""
        named = [(name, one) for name, program in self.written.items() for one in names_in(program)]
        people = {one.name for name, one in named if one.kind == "person" and not self._bound[name].holds(*one[:2])}
        return frozenset(people), frozenset(one.name for _name, one in named if one.kind == "role")

    @cached_property
    def asks_for_bindings(self) -> bool:
        """True where some name may still have to be bound."""
        return any(self._people_named) or any(
            any(earlier_ids(program, self._bound[name])) for name, program in self.written.items()
        )

    def refuse_two(self) -> None:
        """Raise ProgramError where a part of a program bears the id of another."""
        for name, program in self.written.items():
            refuse_two(program, self._bound[name])

    def may_bind(self, told: Iterable[Person]) -> bool:
        """Tell whether people who are told of may give a name its meaning."""
        people, roles = self._people_named
        return any(
            known_as(person.email or "") in people
            or (one_form(person.role or "") in roles and person.role_id is not None and not self._knows_role(person))
            for person in told
        )

    def _knows_role(self, person: Person) -> bool:
        return all(
            person.role_id in bound.roles(one_form(person.role or ""))
            for bound, program in ((self._bound[name], one) for name, one in self.written.items())
            if any(one[:2] == ("role", one_form(person.role or "")) for one in names_in(program))
        )

    def new_bindings(self, program: str, people: Iterable[Person], now: int) -> list[Binding]:
        """Give what the names of a program that are not bound yet come to mean. Raises ProgramError as binding does."""
        return new_bindings(self.written[program], self._bound[program], people, now, self.joins)

    @cached_property
    def rulebook(self) -> Rulebook:
        """The rules of every version in force. The store tells which those are, once there is work to do."""
        programs = list(self.programs.values())
        versions = dated_versions(self._store, programs, self._registry, self.bindings)
        gone = superseded_versions(self._store, programs, self._registry, self.bindings)
        return Rulebook(
            versions,
            self._registry,
            self.joins,
            self.zones,
            superseded=gone,
            settled=_settled(self._store, gone, versions),
        )

    def program(self, program_id: str) -> Program:
        """Give a program by its id. Raises UnknownName where there is none."""
        if program_id not in self.programs:
            raise UnknownName(f"there is no program {program_id!r}", hint=f"known: {', '.join(self.programs)}")
        return self.programs[program_id]


def _settled(
    store: Store, superseded: Iterable[Program], in_force: Iterable[DatedVersion]
) -> frozenset[tuple[str, str]]:
    """Give the rules, by program, that have earned somebody something under a version that is in force no more."""
    rules = {(one.program, rule.id) for one in superseded for rule in one.rules}
    scoring = {one.program.version for one in in_force}
    return frozenset(
        (name, rule)
        for name, rule in rules
        if any(entry.version not in scoring for entry in store.entries(EntryFilter(name, rule=rule)))
    )
