"""The people of an export, from a file of their own or from the CSV itself."""

from collections.abc import Iterable, Sequence
from typing import Any

from novigem.feed.csv.cells import Local, ReadCell, cell_reader, id_reader
from novigem.feed.csv.ids import looks_like_id
from novigem.feed.csv.mapping import Cell, Users
from novigem.feed.csv.rows import CsvFile, CsvRow
from novigem.model.people import Person

_PARTS = ("name", "email", "role", "manager", "active")


class PeopleReader:
    """Collects people row by row; the first row of a user counts. Managers told by name become people too."""

    def __init__(self, users: Users, table: CsvFile, local: Local) -> None:
        self._table = table
        self._id = id_reader(users.id, table, local)
        self._parts: dict[str, ReadCell] = {
            part: cell_reader(_typed(part, getattr(users, part)), table, local)
            for part in _PARTS
            if getattr(users, part) is not None
        }
        manager = users.manager
        named = manager is not None and manager.prefix is not None and manager.column is not None
        self._manager_name = table.column(manager.column) if named and manager and manager.column else None
        self._people: dict[str, Person] = {}
        self._managers: dict[str, str] = {}

    def add(self, row: CsvRow) -> None:
        """Take one row. Raises ValueError with a reason when it cannot be read."""
        found = self._id(row.cells)
        if found is None:
            raise ValueError("no user: its id is empty")
        user_id = str(found)
        if user_id not in self._people:
            told: dict[str, Any] = {part: read(row.cells) for part, read in self._parts.items()}
            self._people[user_id] = _person(user_id, told)
            self._note_manager(self._people[user_id].manager, row.cells)

    def add_all(self, rows: Iterable[CsvRow]) -> None:
        """Take rows; those that cannot be read are set aside in their table."""
        for row in rows:
            try:
                self.add(row)
            except ValueError as error:
                self._table.reject(row, str(error))

    def people(self) -> list[Person]:
        """Give everyone found, managers who have no row of their own last."""
        extra = [Person(user, name=name) for user, name in self._managers.items() if user not in self._people]
        return [*self._people.values(), *extra]

    def _note_manager(self, manager: str | None, cells: Sequence[str]) -> None:
        if manager is not None and self._manager_name is not None:
            name = cells[self._manager_name]
            if not looks_like_id(name):
                self._managers.setdefault(manager, name)


def _typed(part: str, cell: Cell) -> Cell:
    """Give the type that a part of a person has, whatever the mapping leaves out."""
    if cell.column is None or part not in ("active", "manager"):
        return cell
    return cell.model_copy(update={"type": "boolean" if part == "active" else "id"})


def _person(user_id: str, told: dict[str, Any]) -> Person:
    active = told.get("active")
    texts = {part: None if told.get(part) is None else str(told[part]) for part in ("name", "email", "role", "manager")}
    return Person(user_id, active=True if active is None else bool(active), **texts)
