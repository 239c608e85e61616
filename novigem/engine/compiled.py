"""Programs made ready for work: rules as code, and which sums and goals their entries move."""

from collections.abc import Iterable
from functools import cached_property

from novigem.challenges.team_goals import TeamGoals
from novigem.challenges.tracks import Tracks
from novigem.engine.rulebook import Rulebook
from novigem.engine.versions import DatedVersion, as_kept, dated_versions, superseded_versions
from novigem.errors import UnknownName
from novigem.leaderboards.rollups import Rollups
from novigem.ledger.store import EntryFilter, Store
from novigem.model.program import Program
from novigem.model.redaction import Redactor
from novigem.program.dump import dump_program
from novigem.program.redaction import redacted_program
from novigem.rules.operators import Registry


class Compiled:
    """Some programs as they are without the people whom a redactor knows, and all that follows from them.

    Nothing of it changes. When somebody is erased, or other programs come, another one is made.
    """

    def __init__(self, programs: Iterable[Program], store: Store, registry: Registry, redactor: Redactor) -> None:
        self._store = store
        self._registry = registry
        self.redactor = redactor
        self.programs = {one.program: redacted_program(as_kept(one, store), redactor) for one in programs}
        self.texts = {name: dump_program(program) for name, program in self.programs.items()}
        self.rollups = {name: Rollups(program) for name, program in self.programs.items()}
        self.tracks = {name: Tracks(program) for name, program in self.programs.items()}
        self.team_goals = {name: TeamGoals(program) for name, program in self.programs.items()}

    @cached_property
    def rulebook(self) -> Rulebook:
        """The rules of every version in force. The store tells which those are, once there is work to do."""
        programs = list(self.programs.values())
        versions = dated_versions(self._store, programs, self._registry)
        gone = superseded_versions(self._store, programs, self._registry)
        return Rulebook(versions, self._registry, superseded=gone, settled=_settled(self._store, gone, versions))

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
