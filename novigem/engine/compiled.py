"""Programs made ready for work: rules as code, and which sums and goals their entries move."""

from collections.abc import Iterable
from functools import cached_property

from novigem.challenges.team_goals import TeamGoals
from novigem.challenges.tracks import Tracks
from novigem.engine.rulebook import Rulebook
from novigem.engine.versions import dated_versions
from novigem.errors import UnknownName
from novigem.leaderboards.rollups import Rollups
from novigem.ledger.store import Store
from novigem.model.joins import NO_JOINS, Joins
from novigem.model.program import Program
from novigem.model.redaction import Redactor
from novigem.program.dump import dump_program
from novigem.program.redaction import redacted_program
from novigem.rules.operators import Registry


class Compiled:
    """Some programs as they are without the people whom a redactor knows, and all that follows from them.

    `joins` says which users are one person. Nothing of it changes. When somebody is erased or joined, or other programs
    come, another one is made.
    """

    def __init__(
        self,
        programs: Iterable[Program],
        store: Store,
        registry: Registry,
        redactor: Redactor,
        joins: Joins = NO_JOINS,
    ) -> None:
        self._store = store
        self._registry = registry
        self.redactor = redactor
        self.joins = joins
        self.programs = {one.program: redacted_program(one, redactor) for one in programs}
        self.texts = {name: dump_program(program) for name, program in self.programs.items()}
        self.rollups = {name: Rollups(program) for name, program in self.programs.items()}
        self.tracks = {name: Tracks(program) for name, program in self.programs.items()}
        self.team_goals = {name: TeamGoals(program) for name, program in self.programs.items()}

    @cached_property
    def rulebook(self) -> Rulebook:
        """The rules of every version in force. The store tells which those are, once there is work to do."""
        versions = dated_versions(self._store, list(self.programs.values()), self._registry)
        return Rulebook(versions, self._registry, self.joins)

    def program(self, program_id: str) -> Program:
        """Give a program by its id. Raises UnknownName where there is none."""
        if program_id not in self.programs:
            raise UnknownName(f"there is no program {program_id!r}", hint=f"known: {', '.join(self.programs)}")
        return self.programs[program_id]
