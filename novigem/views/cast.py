"""The cast: how a view names the people, teams and days of closings."""

from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from novigem.model.closing import FinalStandings
from novigem.model.people import Person
from novigem.model.program import Program


class Cast(NamedTuple):
    """Whom and what screens name: programs by id, and people by id."""

    programs: Mapping[str, Program]
    people: Mapping[str, Person]

    def name(self, user: str) -> str:
        """Name a person."""
        person = self.people.get(user)
        return person.label if person is not None else user

    def beside(self, final: FinalStandings) -> "Cast":
        """Give the same with the names of teams, where standings rank teams."""
        program = self.programs.get(final.program) if final.ranks_teams else None
        teams = {team.id: Person(team.id, team.name) for team in program.teams} if program is not None else {}
        return self._replace(people={**self.people, **teams}) if teams else self

    def zone(self, program: str) -> ZoneInfo:
        """Give the zone of a program's days."""
        return self.programs[program].zone if program in self.programs else ZoneInfo("UTC")
