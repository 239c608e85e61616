"""What teams are read from, as rows: assignments, totals by key, the rows of a challenge; mixed into the SQL store."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Connection, Select, select

from novigem.ledger.sql import tables
from novigem.ledger.sql.bulk import BulkWriter, KeyReader
from novigem.ledger.sql.rows import row_value
from novigem.model.entry import BadgeAward, Progress, Total
from novigem.model.people import Person
from novigem.model.roster import Assignment, next_assignment

_ASSIGNMENTS = BulkWriter(tables.assignment, "update")
_ASSIGNMENTS_OF = KeyReader(tables.assignment, "user")
_EVERYBODY = select(tables.person).order_by(tables.person.c.id)
_TOTALS_OF = KeyReader(tables.total, "book", "user")
_EVERY_ASSIGNMENT = select(tables.assignment).order_by(tables.assignment.c.user, tables.assignment.c.since)


def write_assignments(connection: Connection, people: Sequence[Person], told: int) -> None:
    """Keep the role and manager of people told of at a moment, where they are other than told before."""
    last = {one.user: one for one in _assignments_of(connection, [person.id for person in people])}
    found = (next_assignment(person, last.get(person.id), told) for person in people)
    _ASSIGNMENTS.write(connection, [one for one in found if one is not None])


def _assignments_of(connection: Connection, users: Collection[str]) -> list[Assignment]:
    return sorted(Assignment(*row) for row in _ASSIGNMENTS_OF.read(connection, [(one,) for one in users]))


class AssignmentWriting:
    """The part of a transaction that teams need; see `novigem.ledger.store.Transaction`."""

    _connection: Connection

    def assignments(self, users: Collection[str]) -> list[Assignment]:
        """Give the assignments of some users, by user and moment."""
        return _assignments_of(self._connection, users)

    def every_assignment(self) -> list[Assignment]:
        """Give all assignments, by user and moment."""
        return [Assignment(*row) for row in self._connection.execute(_EVERY_ASSIGNMENT)]

    def save_assignments(self, assignments: Iterable[Assignment]) -> None:
        """Write assignments as another store has kept them."""
        _ASSIGNMENTS.write(self._connection, list(assignments))

    def everybody(self) -> list[Person]:
        """Give everybody we were told about, ordered by id."""
        return [row_value(Person, row) for row in self._connection.execute(_EVERYBODY)]

    def progress_of(self, program: str, challenge: str) -> list[Progress]:
        """Give the progress rows of one challenge, or of what stands in its place."""
        columns = tables.progress.c
        query = select(tables.progress).where(columns.program == program, columns.challenge == challenge)
        return [Progress(*row) for row in self._connection.execute(query.order_by(columns.period, columns.user))]

    def badges_of(self, program: str, challenge: str) -> list[BadgeAward]:
        """Give the badges that one challenge gave, or what stands in its place."""
        columns = tables.badge_award.c
        query = select(tables.badge_award).where(columns.program == program, columns.challenge == challenge)
        return [row_value(BadgeAward, row) for row in self._connection.execute(query)]


class _Reading(Protocol):
    def _rows(self, query: Select[Any]) -> Iterator[Any]: ...
    def _reading(self) -> AbstractContextManager[Connection]: ...


class AssignmentReading:
    """The part of a store that reads assignments; see `novigem.ledger.store.Store`."""

    def assignments(self: _Reading) -> list[Assignment]:
        """Give all assignments, by user and moment."""
        return [Assignment(*row) for row in self._rows(_EVERY_ASSIGNMENT)]

    def totals(self: _Reading, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Total]:
        """Give the totals of some (book, user) pairs."""
        with self._reading() as connection:
            return {row[:2]: Total(*row) for row in _TOTALS_OF.read(connection, keys)}
