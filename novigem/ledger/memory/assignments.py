"""What teams are read from in the memory store: mixed into it and its transaction."""

from collections.abc import Collection, Iterable

from novigem.ledger.memory.feed import Tables
from novigem.model.entry import BadgeAward, Progress, Total
from novigem.model.people import Person
from novigem.model.roster import Assignment, next_assignment


class MemoryAssignmentWriting:
    """Assignments, to write and to read again; see `novigem.ledger.store.Transaction`."""

    _tables: Tables

    def assignments(self, users: Collection[str]) -> list[Assignment]:
        """Give the assignments of some users, by user and moment."""
        wanted = set(users)
        return [one for one in self.every_assignment() if one.user in wanted]

    def every_assignment(self) -> list[Assignment]:
        """Give all assignments, by user and moment."""
        return [one for _key, one in sorted(self._tables.assignments.items())]

    def save_assignments(self, assignments: Iterable[Assignment]) -> None:
        """Write assignments as another store has kept them."""
        self._tables.assignments.update(((one.user, one.since), one) for one in assignments)

    def everybody(self) -> list[Person]:
        """Give everybody we were told about, ordered by id."""
        return [person for _id, person in sorted(self._tables.people.items())]

    def progress_of(self, program: str, challenge: str) -> list[Progress]:
        """Give the progress rows of one challenge, or of what stands in its place."""
        rows = sorted(self._tables.progress.items())
        return [row for key, row in rows if (key.program, key.challenge) == (program, challenge)]

    def badges_of(self, program: str, challenge: str) -> list[BadgeAward]:
        """Give the badges that one challenge gave, or what stands in its place."""
        return [one for one in self._tables.badges.values() if (one.program, one.challenge) == (program, challenge)]

    def _assign(self, people: Iterable[Person], told: int) -> None:
        latest = {person.id: person for person in people}
        last = {one.user: one for one in self.assignments(latest)}
        found = (next_assignment(person, last.get(person.id), told) for person in latest.values())
        self.save_assignments(one for one in found if one is not None)


class MemoryAssignments:
    """Assignments and totals, to read; see `novigem.ledger.store.Store`."""

    _tables: Tables

    def assignments(self) -> list[Assignment]:
        """Give all assignments, by user and moment."""
        return [one for _key, one in sorted(self._tables.assignments.items())]

    def totals(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Total]:
        """Give the totals of some (book, user) pairs."""
        return {key: self._tables.totals[key] for key in keys if key in self._tables.totals}
