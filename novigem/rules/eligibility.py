"""Who may earn in a program, and why somebody may not. Pure: what is known of people is passed in."""

from collections.abc import Callable, Collection, Mapping

from novigem.model.people import Block, Person, known_as
from novigem.model.program import Participants
from novigem.model.text import spellings


def with_managers(find: Callable[[Collection[str]], Mapping[str, Person]], users: Collection[str]) -> dict[str, Person]:
    """Give the known ones of some users and of those they report to; `find` gives people by their ids."""
    people = find(users)
    return {**find({one.manager for one in people.values() if one.manager}), **people}


class Eligibility:
    """Who takes part in a program. Ids may be written with 15 characters; e-mails match in any case.

    A role is known by its name, or by its id.
    """

    def __init__(self, participants: Participants) -> None:
        self._roles = frozenset(spelling for role in participants.role for spelling in spellings(role))
        self._managers = frozenset(known_as(one) for one in participants.manager)
        self._users = frozenset(known_as(one) for one in participants.users)
        self._excluded = frozenset(known_as(one) for one in participants.exclude)
        self._open = not (self._roles or self._managers or self._users)

    def block(self, user: str, person: Person | None, manager: Person | None = None) -> Block | None:
        """Give the reason why a user cannot earn, or None. `person` is None for somebody we were told nothing about."""
        names = {user} if person is None else {user, *person.known_by}
        if names & self._excluded:
            return Block.EXCLUDED
        if person is not None and not person.active:
            return Block.INACTIVE
        if self._open or names & self._users:
            return None
        if person is None:
            return Block.NOT_A_PARTICIPANT
        led_by = {person.manager, *(manager.known_by if manager else ())}
        if person.role in self._roles or person.role_id in self._roles or led_by & self._managers:
            return None
        return Block.NOT_A_PARTICIPANT

    def block_among(self, user: str, people: Mapping[str, Person]) -> Block | None:
        """Give the same, of a user and a manager as they stand among some people."""
        person = people.get(user)
        return self.block(user, person, people.get(person.manager) if person is not None and person.manager else None)
