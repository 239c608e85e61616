"""The objects of the sample org and their fields, read from `data/`."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

Access = Literal["write", "create", "update", "read"]

#: The objects that stand in `data/`, in the order of a global describe.
OBJECTS = (
    "Account", "Case", "CaseStatus", "Contact", "Event", "Group", "Lead", "Opportunity", "OpportunityStage",
    "Organization", "RecordType", "Task", "User", "UserRole",
)  # fmt: skip
#: The objects whose tracked fields leave history rows, with the id prefix and the name of the history object.
HISTORIES = {
    "Account": "AccountHistory",
    "Case": "CaseHistory",
    "Contact": "ContactHistory",
    "Lead": "LeadHistory",
    "Opportunity": "OpportunityFieldHistory",
}
HISTORY_PREFIX = "017"


class Field(msgspec.Struct):
    """A field of an object. `formula` computes it from the record; only `calculated` ones are told as formulas."""

    name: str
    type: str
    label: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    required: bool = False
    access: Access = "write"
    defaulted: bool = False
    restricted: bool = False
    external_id: bool = False
    name_field: bool = False
    compound: str | None = None
    refers_to: list[str] = []
    relationship: str | None = None
    values: list[str] = []
    calculated: bool = False
    formula: Callable[[Mapping[str, Any]], Any] | None = None

    @property
    def empty(self) -> bool | None:
        """What a record shows where nothing was written."""
        return False if self.type == "boolean" else None

    @property
    def custom(self) -> bool:
        """Whether somebody added it to the org."""
        return self.name.endswith("__c")


class _Stored(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    label: str
    plural: str
    prefix: str
    fields: list[Field]
    merges: bool = False
    deletes: bool = True


class ObjectType:
    """An object: its fields by name, and which of them may be read. Names are looked up in any case, as in SOQL."""

    def __init__(self, name: str, label: str, plural: str, prefix: str, fields: list[Field]) -> None:
        self.name = name
        self.label = label
        self.plural = plural
        self.prefix = prefix
        self.merges = False
        self.deletes = True
        self.parent: str | None = None
        self.changed_at = datetime(2026, 1, 1, tzinfo=UTC)
        self._fields = {field.name.lower(): field for field in fields}
        self._relationships = {field.relationship.lower(): field for field in fields if field.relationship}
        self._hidden: set[str] = set()

    @property
    def stamp_field(self) -> str:
        """The field that tells when a record last changed."""
        return "SystemModstamp" if "systemmodstamp" in self._fields else "CreatedDate"

    def all_fields(self) -> Iterator[Field]:
        """Yield every field, hidden ones too."""
        return iter(self._fields.values())

    def fields(self) -> Iterator[Field]:
        """Yield the fields that may be read, in their order."""
        return (field for key, field in self._fields.items() if key not in self._hidden)

    def field(self, name: str) -> Field | None:
        """Give a field that may be read, by its name in any case."""
        key = name.lower()
        return None if key in self._hidden else self._fields.get(key)

    def any_field(self, name: str) -> Field | None:
        """Give a field, may it be read or not."""
        return self._fields.get(name.lower())

    def related(self, relationship: str) -> Field | None:
        """Give the lookup behind the name of a relationship, such as `Account` or `Owner`."""
        field = self._relationships.get(relationship.lower())
        return None if field is None or field.name.lower() in self._hidden else field

    def add(self, field: Field, at: datetime) -> None:
        """Add a field, or put it in the place of one with its name."""
        self._fields[field.name.lower()] = field
        if field.relationship:
            self._relationships[field.relationship.lower()] = field
        self.changed_at = at

    def hide(self, name: str, at: datetime, *, hidden: bool) -> None:
        """Take the right to read a field away, or give it back."""
        (self._hidden.add if hidden else self._hidden.discard)(name.lower())
        self.changed_at = at


def load_objects() -> dict[str, ObjectType]:
    """Give new object types, by name: those of `data/` and their histories."""
    found = {name: _object_type(name) for name in OBJECTS}
    for parent, name in HISTORIES.items():
        found[name] = _history_type(name, found[parent])
    return found


def _object_type(name: str) -> ObjectType:
    stored = msgspec.json.decode(_data(name), type=_Stored)
    made = ObjectType(stored.name, stored.label, stored.plural, stored.prefix, stored.fields)
    made.merges, made.deletes = stored.merges, stored.deletes
    return made


@cache
def _data(name: str) -> bytes:
    return files("novigem_sandbox.org").joinpath("data", f"{name}.json").read_bytes()


def _history_type(name: str, parent: ObjectType) -> ObjectType:
    lookup = Field(
        f"{parent.name}Id", "reference", f"{parent.label} ID", length=18, required=True, access="read",
        refers_to=[parent.name], relationship=parent.name,
    )  # fmt: skip
    fields = [
        Field("Id", "id", "Id", length=18, required=True, access="read", defaulted=True),
        Field("IsDeleted", "boolean", "Deleted", required=True, access="read", defaulted=True),
        lookup,
        Field(
            "CreatedById", "reference", "Created By ID", length=18, required=True, access="read", defaulted=True,
            refers_to=["User"], relationship="CreatedBy",
        ),
        Field("CreatedDate", "datetime", "Created Date", required=True, access="read", defaulted=True),
        Field("Field", "picklist", "Changed Field", length=255, required=True, access="read", restricted=True),
        Field("DataType", "picklist", "Datatype", length=40, access="read", restricted=True),
        Field("OldValue", "anyType", "Old Value", access="read"),
        Field("NewValue", "anyType", "New Value", access="read"),
    ]  # fmt: skip
    label = f"{parent.label} {'Field ' if 'Field' in name else ''}History"
    made = ObjectType(name, label, label, HISTORY_PREFIX, fields)
    made.deletes, made.parent = False, lookup.name
    return made
