"""Field history: the rows that tracked fields leave behind when a record is written."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from novigem_sandbox.org.schema import HISTORIES, Field, ObjectType
from novigem_sandbox.org.table import Row

#: What an org tracks unless told otherwise.
TRACKED = {
    "Account": {"Name", "OwnerId", "Type"},
    "Case": {"OwnerId", "Priority", "Status"},
    "Contact": {"AccountId", "OwnerId"},
    "Lead": {"OwnerId", "Status"},
    "Opportunity": {
        "Amount", "CloseDate", "Name", "NextStep", "OwnerId", "Probability", "RecordTypeId", "Renewal_Risk__c",
        "StageName", "Type",
    },
}  # fmt: skip

_DATA_TYPES = {
    "boolean": "Boolean", "currency": "Currency", "date": "DateOnly", "datetime": "DateTime", "double": "Double",
    "email": "Email", "int": "Integer", "percent": "Percent", "phone": "Phone", "picklist": "DynamicEnum",
    "textarea": "TextArea", "url": "Url",
}  # fmt: skip
# Longer texts leave a row that says that they changed, without their values.
_LONGEST_VALUE = 255

NameOf = Callable[[str], str | None]
Told = tuple[str, str | None, Any, Any]


def changes_told(
    shape: ObjectType, tracked: set[str], before: Mapping[str, Any] | None, row: Mapping[str, Any], name_of: NameOf
) -> list[Told]:
    """Give what a history tells of a statement: field, data type, old and new value."""
    if shape.name not in HISTORIES:
        return []
    if before is None:
        return [("created", None, None, None)]
    told: list[Told] = []
    if row.get("IsConverted") and not before.get("IsConverted"):
        told.append(("leadConverted", None, None, None))
    for field in shape.all_fields():
        if field.name in tracked and before.get(field.name, field.empty) != row.get(field.name, field.empty):
            told.extend(_field_told(field, before.get(field.name), row.get(field.name), name_of))
    return told


def _field_told(field: Field, old: Any, new: Any, name_of: NameOf) -> Iterator[Told]:
    if field.type == "reference":
        # A lookup tells twice: for people, with names, and for software, with ids.
        name = field.name if field.custom else field.name.removesuffix("Id")
        yield name, "Text", old and name_of(old), new and name_of(new)
        yield name, "EntityId", old, new
        return
    if field.type == "textarea" and field.length > _LONGEST_VALUE:
        yield field.name, "TextArea", None, None
        return
    yield field.name, _DATA_TYPES.get(field.type, "Text"), old, new


def history_row(shape: ObjectType, record_id: str, parent: str, told: Told, *, by: str, stamp: str) -> Row:
    """Make one row of a history object. `parent` is the record that changed."""
    field, data_type, old, new = told
    row: Row = {
        "Id": record_id,
        str(shape.parent): parent,
        "CreatedById": by,
        "CreatedDate": stamp,
        "Field": field,
        "DataType": data_type,
    }
    if old is not None:
        row["OldValue"] = old
    if new is not None:
        row["NewValue"] = new
    return row
