"""A row seen as a record: empty fields, formulas and parents included."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from novigem_sandbox.org.schema import ObjectType
from novigem_sandbox.org.table import Row, TableRow

#: Finds the table and the row of a record id; None where there is none, or only its grave.
Find = Callable[[str], TableRow | None]


class RecordView(Mapping[str, Any]):
    """The values of a row by field name; dotted names lead to parents, as in `record["Account.OwnerId"]`."""

    def __init__(self, shape: ObjectType, row: Row, find: Find) -> None:
        self._shape = shape
        self._row = row
        self._find = find

    def __getitem__(self, name: str) -> Any:
        """Give a value. Raises KeyError for a name that the object does not know."""
        relationship, dot, rest = name.partition(".")
        if dot:
            return self._parent_value(relationship, rest)
        field = self._shape.any_field(name)
        if field is None:
            raise KeyError(name)
        if field.formula is not None and field.name not in self._row:
            return field.formula(self)
        return self._row.get(field.name, field.empty)

    def _parent_value(self, relationship: str, rest: str) -> Any:
        lookup = self._shape.related(relationship)
        if lookup is None:
            raise KeyError(relationship)
        found = self._find(self._row.get(lookup.name) or "")
        return None if found is None else RecordView(found.table.shape, found.row, self._find)[rest]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of all fields."""
        return (field.name for field in self._shape.all_fields())

    def __len__(self) -> int:
        """Count the fields."""
        return sum(1 for _ in self._shape.all_fields())
