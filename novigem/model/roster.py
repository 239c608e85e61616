"""The roster: who belongs to which team of a program from when to when.

Lists carry their days in the program file. Who has a role or reports to a manager is known from what was told when: the
assignments. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from novigem.model.people import Person, is_user, known_as
from novigem.model.program import ALWAYS_END, ALWAYS_START, Program
from novigem.model.teams import Team

_ID_LENGTH = 18


class Assignment(NamedTuple):
    """The role, the manager and the time zone of a user from a moment on, in microseconds since 1970 UTC.

    `role` is the role's name at that moment, and `role_id` its id where that was told. A `timezone` that is not told
    any more stays as it was told last.
    """

    user: str
    since: int
    role: str | None
    manager: str | None
    role_id: str | None = None
    timezone: str | None = None


class Membership(NamedTuple):
    """The time `[start, end)` that a user belongs to a team, in microseconds since 1970 UTC."""

    team: str
    user: str
    start: int
    end: int


def next_assignment(person: Person, last: Assignment | None, told: int) -> Assignment | None:
    """Give the assignment to keep when a person is told of at a moment; None where it is known already.

    What is told first has been so always: the past of somebody who was never told of before must not be lost. A role
    that goes by another name is the same role, where its id says so. A time zone that is told later of somebody holds
    from then on: what was counted by another clock stays counted.
    """
    made = Assignment(person.id, ALWAYS_START, person.role, person.manager, person.role_id, person.timezone)
    if last is None:
        return made
    made = made._replace(since=max(told, last.since), timezone=person.timezone or last.timezone)
    if last.manager == person.manager and _is_same_role(last, person) and last.timezone == made.timezone:
        # Nothing moves; the id of the role may be told for the first time.
        return None if last.role_id or not person.role_id else last._replace(role_id=person.role_id)
    return made


def _is_same_role(last: Assignment, person: Person) -> bool:
    if last.role_id and person.role_id:
        return last.role_id == person.role_id
    return last.role == person.role


class Roster:
    """Who belongs to which team when, as far as some people are known. Somebody may be in several teams at once."""

    def __init__(self, program: Program, people: Iterable[Person], assignments: Iterable[Assignment]) -> None:
        self._program = program
        self._people = {person.id: person for person in people}
        #: Whose a user is who is no person of their own.
        self._whose = {user: one for one in self._people.values() for user in one.users if user not in self._people}
        self._assignments: dict[str, list[Assignment]] = defaultdict(list)
        for one in sorted(assignments):
            self._assignments[one.user].append(one)
        self._known: dict[str, tuple[Membership, ...]] = {}

    def memberships(self, user: str) -> tuple[Membership, ...]:
        """Give the times of a user in teams, in the order of the file and then of time."""
        if user in self._whose:
            return ()
        if user not in self._known:
            found = (membership for team in self._program.teams for membership in self._of(team, user))
            self._known[user] = tuple(found)
        return self._known[user]

    def teams_at(self, user: str, at: int) -> tuple[str, ...]:
        """Give the teams that a user belongs to at a moment."""
        return tuple(one.team for one in self.memberships(user) if one.start <= at < one.end)

    @cached_property
    def users(self) -> tuple[str, ...]:
        """Everybody who is or was in some team, by id."""
        listed = (known_as(one.user) for team in self._program.teams for one in team.members)
        # An id on a list needs no person; an e-mail is nobody until somebody is told of who has it.
        ids = {name for name in listed if is_user(name) and len(name) == _ID_LENGTH}
        known = {*self._people, *self._assignments, *ids} - self._whose.keys()
        return tuple(sorted(user for user in known if self.memberships(user)))

    def members(self, team: str) -> list[Membership]:
        """Give the times of everybody who is or was in a team, by user and time."""
        return [membership for user in self.users for membership in self.memberships(user) if membership.team == team]

    def members_at(self, team: str, at: int) -> list[str]:
        """Give everybody who is in a team at a moment, by id."""
        return [one.user for one in self.members(team) if one.start <= at < one.end]

    def _of(self, team: Team, user: str) -> Iterator[Membership]:
        spans = self._listed(team, user) if team.members else self._assigned(team, user)
        for start, end in _joined(spans):
            yield Membership(team.id, user, start, end)

    def _listed(self, team: Team, user: str) -> Iterator[tuple[int, int]]:
        names = self._names(user)
        for one in team.members:
            if known_as(one.user) in names:
                span = self._program.span("member", one.from_, one.to)
                yield span.start, span.end

    def _assigned(self, team: Team, user: str) -> Iterator[tuple[int, int]]:
        person = self._people.get(user)
        for one in (user,) if person is None else person.users:
            yield from self._assigned_to(team, one)

    def _assigned_to(self, team: Team, user: str) -> Iterator[tuple[int, int]]:
        own = self._assignments.get(user, [])
        manager = None if team.manager is None else known_as(team.manager)
        for number, one in enumerate(own, start=1):
            end = own[number].since if number < len(own) else ALWAYS_END
            leads = manager is not None and one.manager is not None and manager in self._names(one.manager)
            if leads or one.role in team.role or one.role_id in team.role:
                yield one.since, end

    def _names(self, user: str) -> set[str]:
        person = self._people.get(user) or self._whose.get(user)
        return {user} if person is None else {user, *person.known_by}


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Give stretches of time in order, those that touch put together and empty ones left out."""
    last: tuple[int, int] | None = None
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if last is not None and start <= last[1]:
            last = (last[0], max(last[1], end))
            continue
        if last is not None:
            yield last
        last = (start, end)
    if last is not None:
        yield last


def changed_teams(before: Roster, after: Roster, users: Iterable[str]) -> set[str]:
    """Give the teams that some users belong to at other times than before."""
    return {
        membership.team for user in users for membership in set(before.memberships(user)) ^ set(after.memberships(user))
    }
