"""Who took part in a program from a moment until now, as far as what was told when can prove it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from novigem.model.people import Block, Person
from novigem.model.program import Participants
from novigem.model.roster import Assignment
from novigem.rules.eligibility import Eligibility


class Participation:
    """Whom nothing blocked since some moment; moments are those of telling, in microseconds since 1970 UTC.

    Roles and managers are kept with the moment they were told. E-mails, and whether somebody is active, are as last
    told: of somebody who came back nothing says that they were away.
    """

    def __init__(self, participants: Participants, people: Iterable[Person], assignments: Iterable[Assignment]) -> None:
        self._eligibility = Eligibility(participants)
        self._people = {one.id: one for one in people}
        self._assignments: dict[str, list[Assignment]] = defaultdict(list)
        for one in sorted(assignments):
            self._assignments[one.user].append(one)

    def lasted(self, user: str, since: int) -> bool:
        """Tell whether somebody could earn whenever they were looked at from a moment on."""
        return all(self._block(user, person) is None for person in self._states(user, since))

    def when_they_took_part(self, user: str) -> Person | None:
        """Give somebody who could not earn now as they were told of when they last could; None where they never could.

        Somebody who can earn now, and somebody we were told nothing about, is not asked for.
        """
        person = self._people.get(user)
        if person is None or self._block(user, person) is None:
            return None
        told = [_as_told(person, one) for one in self._assignments.get(user, [])]
        states = (replace(one, active=True) for one in (person, *reversed(told)))
        return next((one for one in states if self._block(user, one) is None), None)

    def _block(self, user: str, person: Person | None) -> Block | None:
        manager = self._people.get(person.manager or "") if person is not None else None
        return self._eligibility.block(user, person, manager)

    def _states(self, user: str, since: int) -> Iterator[Person | None]:
        """Yield somebody with each role and manager that they had from a moment on; None for nobody we were told of."""
        person = self._people.get(user)
        yield person
        if person is None:
            return
        own = self._assignments.get(user, [])
        for number, one in enumerate(own, start=1):
            # What was told at that very moment may have come before or after.
            if number == len(own) or own[number].since >= since:
                yield _as_told(person, one)


def _as_told(person: Person, one: Assignment) -> Person:
    return replace(person, role=one.role, manager=one.manager, role_id=one.role_id)
