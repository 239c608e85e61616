"""What the field paths of a query mean: which field, and how its value is got from a row."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from novigem_sandbox.org.database import Database
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.record import RecordView
from novigem_sandbox.org.schema import Field, ObjectType
from novigem_sandbox.org.soql.lexer import malformed, pointed
from novigem_sandbox.org.soql.syntax import AllFields, Path
from novigem_sandbox.org.table import Row, TableRow

#: The most rows that a query for all fields may ask for.
_MOST_WITH_ALL_FIELDS = 200
_ADVICE_FIELD = (
    "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
    "Please reference your WSDL or the describe call for the appropriate names."
)
_ADVICE_RELATIONSHIP = (
    "If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship "
    "name. Please reference your WSDL or the describe call for the appropriate names."
)

Get = Callable[[Row], Any]
Lookup = Callable[[Row], TableRow | None]


class Column(NamedTuple):
    """A resolved path: its names as the schema writes them, its field, and how to get its value from a row."""

    names: tuple[str, ...]
    field: Field
    get: Get
    at: int

    @property
    def is_own(self) -> bool:
        """Whether the value stands in the row itself."""
        return len(self.names) == 1 and self.field.formula is None


class Step(NamedTuple):
    """One relationship on the way to a column: its name, how to find the parent, and what the parent is called."""

    name: str
    find: Lookup
    shape: ObjectType


def _name_object() -> ObjectType:
    """Make the object that stands for whatever a lookup to several objects leads to."""
    role = Field("UserRoleId", "reference", "Role ID", length=18, refers_to=["UserRole"], relationship="UserRole")
    texts = ("Name", "Type", "FirstName", "LastName", "Alias", "Username", "Title")
    fields = [
        Field("Id", "id", "Name ID", length=18),
        *(Field(name, "string", name, length=255) for name in texts),
        Field("Email", "email", "Email", length=80),
        Field("Phone", "phone", "Phone", length=40),
        Field("IsActive", "boolean", "Active"),
        role,
    ]
    return ObjectType("Name", "Name", "Names", "", fields)


_NAME = _name_object()


class Scope:
    """The object of a query, against which its paths are resolved."""

    def __init__(self, database: Database, shape: ObjectType, text: str) -> None:
        self.database = database
        self.shape = shape
        self._text = text

    def column(self, path: Path) -> Column:
        """Resolve a path. Raises Refusal (INVALID_FIELD)."""
        steps, shape = self.steps(path)
        field = shape.field(path.names[-1])
        if field is None:
            message = f"No such column '{path.names[-1]}' on entity '{shape.name}'. {_ADVICE_FIELD}"
            raise self.refuse(path.at, message)
        names = (*(step.name for step in steps), field.name)
        return Column(names, field, self._getter(steps, shape, field), path.at)

    def steps(self, path: Path) -> tuple[list[Step], ObjectType]:
        """Resolve the relationships of a path, and give the object at its end. Raises Refusal."""
        steps: list[Step] = []
        shape, names = self.shape, path.names[:-1]
        if names and names[0].lower() == shape.name.lower() and shape.related(names[0]) is None:
            names = names[1:]
        for name in names:
            lookup = shape.related(name)
            targets = [] if lookup is None else [one for one in lookup.refers_to if one in self.database.objects]
            if lookup is None or not targets:
                message = f"Didn't understand relationship '{name}' in field path. {_ADVICE_RELATIONSHIP}"
                raise self.refuse(path.at, message)
            several = len(lookup.refers_to) > 1
            shape = _NAME if several else self.database.objects[targets[0]]
            steps.append(Step(str(lookup.relationship), self._finder(lookup.name), shape))
        return steps, shape

    def all_fields(self, asked: AllFields, limit: int | None) -> Iterator[Column]:
        """Give the columns that FIELDS() stands for. Raises Refusal."""
        if asked.which != "standard" and (limit is None or limit > _MOST_WITH_ALL_FIELDS):
            raise malformed(f"The SOQL FIELDS function must have a LIMIT of at most {_MOST_WITH_ALL_FIELDS}")
        for field in self.shape.fields():
            if asked.which == "all" or field.custom == (asked.which == "custom"):
                yield Column((field.name,), field, self._getter([], self.shape, field), asked.at)

    def refuse(self, at: int, message: str, code: str = "INVALID_FIELD") -> Refusal:
        """Make a refusal that points at a place in the query."""
        return Refusal(code, pointed(self._text, at, message))

    def _finder(self, lookup: str) -> Lookup:
        find = self.database.find_any
        return lambda row: find(row.get(lookup) or "")

    def _getter(self, steps: list[Step], shape: ObjectType, field: Field) -> Get:
        last = self._last_getter(shape, field)
        if not steps:
            own = self.database.tables[shape.name]
            if field.formula is None:
                name, empty = field.name, field.empty
                return lambda row: row.get(name, empty)
            return lambda row: last(TableRow(own, row))
        finders = [step.find for step in steps]

        def get(row: Row) -> Any:
            found: TableRow | None = None
            for find in finders:
                found = find(row if found is None else found.row)
                if found is None:
                    return None
            return None if found is None else last(found)

        return get

    def _last_getter(self, shape: ObjectType, field: Field) -> Callable[[TableRow], Any]:
        if shape is _NAME:
            return lambda found: self._named(found, field.name)
        return lambda found: RecordView(found.table.shape, found.row, self.database.find_any)[field.name]

    def _named(self, found: TableRow, name: str) -> Any:
        table, row = found
        if name == "Type":
            return table.shape.name
        known = table.shape.any_field(name)
        return None if known is None else RecordView(table.shape, row, self.database.find_any)[name]
