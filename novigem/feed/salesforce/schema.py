"""Which fields of an object are read, what their values mean, and which cannot be watched at all.

Comes in: the org's describe and the fields that programs look at. Goes out: an `ObjectSchema`, or every problem at
once. A formula is refused: Salesforce does not tell when its value changes. So is what cannot be read: naming it would
be an error, and taking it for empty would be a lie.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from novigem.errors import OrgError
from novigem.feed.salesforce.values import Converter, converter
from novigem.model.guesses import closest

Describe = Mapping[str, Any]
#: What is wrong: the field itself, a parent on the way to it, a formula, or a type that nobody can compare.
ProblemKind = Literal["field", "parent", "formula", "type"]

# Metadata of every record, always read; never by itself a reason for a change.
RECORD_COLUMNS = (
    "Id",
    "IsDeleted",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
)
# They move without anybody having done anything, or with everything that anybody does.
_NEVER_COMPARED = frozenset(RECORD_COLUMNS) | {"LastActivityDate", "LastViewedDate", "LastReferencedDate"}
# Read where the object has them, to know merges, and copies of one meeting that nobody held twice.
_MARKS = ("MasterRecordId", "IsChild", "IsRecurrence", "GroupEventType")
# What the API shows of a record that may be of several objects, such as an owner: Salesforce calls it `Name`.
_NAME_FIELDS = frozenset(
    (
        "Id",
        "Name",
        "FirstName",
        "LastName",
        "Alias",
        "Email",
        "IsActive",
        "Phone",
        "Title",
        "Type",
        "Username",
        "UserRoleId",
        "ProfileId",
    )
)  # fmt: skip - a list of words reads better in lines
_UNREADABLE_TYPES = frozenset(("address", "location", "base64", "complexvalue"))


class FieldProblem(NamedTuple):
    """A field that cannot be watched, and why. `guess` names one that may have been meant.

    `is_missing` tells that the org does not show it: it does not exist, or may not be read.
    """

    object: str
    field: str
    reason: str
    guess: str | None = None
    is_missing: bool = False
    kind: ProblemKind = "field"

    def __str__(self) -> str:
        """Say it in one line."""
        meant = f"; did you mean {self.guess}?" if self.guess else ""
        return f"{self.object}.{self.field} {self.reason}{meant}"


class WatchedField(NamedTuple):
    """One field to read: where its value stands in a row, and what turns it into a value of a change.

    `lookup` is set for a field of a parent: the lookup on the record itself that leads to it.
    """

    path: str
    steps: tuple[str, ...]
    convert: Converter | None
    is_compared: bool
    lookup: str | None


class ObjectSchema(NamedTuple):
    """How one object is read. `columns` is what a query selects, in order.

    `lost` are fields that programs watch, that could be read before, and no longer can.
    """

    object: str
    fields: tuple[WatchedField, ...]
    marks: frozenset[str]
    history: str | None
    #: The field of the history object that names the record.
    history_parent: str | None
    #: How history names lookups: by their relationship, without `Id`.
    relationships: Mapping[str, str]
    lost: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a query for whole records."""
        watched = [field.path for field in self.fields if field.path not in RECORD_COLUMNS]
        return (*RECORD_COLUMNS, *(mark for mark in _MARKS if mark in self.marks and mark not in watched), *watched)

    @property
    def paths(self) -> frozenset[str]:
        """The watched fields."""
        return frozenset(field.path for field in self.fields)


def read_schema(
    name: str, needed: Iterable[str], useful: Iterable[str], describe: Callable[[str], Describe]
) -> tuple[ObjectSchema, list[FieldProblem]]:
    """Work out how to read an object, leaving out fields with a problem.

    `needed` fields that cannot be watched are problems; `useful` ones are left out in silence. `describe` gives an
    object's describe and may raise OrgError.
    """
    described = describe(name)
    by_name = {field["name"]: field for field in described["fields"]}
    found: dict[str, WatchedField] = {}
    problems: list[FieldProblem] = []
    for path in sorted(needed):
        watched = _watched(name, path, by_name, describe)
        if isinstance(watched, FieldProblem):
            problems.append(watched)
        else:
            found[path] = watched
    for path in sorted(set(useful) - found.keys()):
        watched = _watched(name, path, by_name, describe)
        if not isinstance(watched, FieldProblem):
            found[path] = watched
    for lookup in sorted({field.lookup for field in found.values() if field.lookup} - found.keys()):
        # A parent's values are known to be old ones only where the record itself moved to another parent.
        found[lookup] = _plain(by_name[lookup])
    history, parent = _history(described)
    schema = ObjectSchema(
        object=name,
        fields=tuple(found[path] for path in sorted(found)),
        marks=frozenset(mark for mark in _MARKS if mark in by_name),
        history=history,
        history_parent=parent,
        relationships={
            field["relationshipName"]: field["name"] for field in by_name.values() if field["relationshipName"]
        },
    )
    return schema, problems


def _watched(
    name: str, path: str, by_name: Mapping[str, Any], describe: Callable[[str], Describe]
) -> WatchedField | FieldProblem:
    first, *rest = path.split(".")
    if rest:
        return _of_parent(name, path, by_name, describe)
    field = by_name.get(first)
    if field is None:
        return FieldProblem(name, path, "does not exist or may not be read", _guess(first, by_name), is_missing=True)
    if field["type"] in _UNREADABLE_TYPES:
        reason = f"is of the type {field['type']}, which cannot be compared; watch one of its parts"
        return FieldProblem(name, path, reason, kind="type")
    if field.get("calculated"):
        reason = "is a formula, and Salesforce does not tell when a formula changes; watch the fields it is made of"
        return FieldProblem(name, path, reason, kind="formula")
    return _plain(field)


def moves_by_itself(path: str) -> bool:
    """Tell whether a field's new value is by itself no change of the record: a parent's, or one of the org's own."""
    return "." in path or path in _NEVER_COMPARED


def _plain(field: Mapping[str, Any]) -> WatchedField:
    name = field["name"]
    return WatchedField(name, (name,), converter(field), name not in _NEVER_COMPARED, None)


def _of_parent(
    name: str, path: str, by_name: Mapping[str, Any], describe: Callable[[str], Describe]
) -> WatchedField | FieldProblem:
    *relationships, last = path.split(".")
    fields, owner, lookup = by_name, name, None
    for relationship in relationships:
        field = next((one for one in fields.values() if one["relationshipName"] == relationship), None)
        if field is None:
            names = {one["relationshipName"]: one for one in fields.values() if one["relationshipName"]}
            reason = f"{relationship} is no parent of {owner}"
            return FieldProblem(name, path, reason, _guess(relationship, names), is_missing=True, kind="parent")
        lookup = lookup or field["name"]
        targets = field["referenceTo"]
        if len(targets) != 1:
            return _of_any(name, path, lookup, last if relationship == relationships[-1] else relationship)
        owner = targets[0]
        fields = {one["name"]: one for one in describe(owner)["fields"]}
    if last not in fields:
        return FieldProblem(
            name,
            path,
            f"{owner} has no {last}, or it may not be read",
            _guess(last, fields),
            is_missing=True,
        )
    if fields[last]["type"] in _UNREADABLE_TYPES:
        reason = f"is of the type {fields[last]['type']}, which cannot be compared"
        return FieldProblem(name, path, reason, kind="type")
    return WatchedField(path, tuple(path.split(".")), converter(fields[last]), False, lookup)  # noqa: FBT003 - a parent's change does not touch the record


def _of_any(name: str, path: str, lookup: str, last: str) -> WatchedField | FieldProblem:
    if last not in _NAME_FIELDS:
        meant = _guess(last, _NAME_FIELDS)
        return FieldProblem(name, path, f"{last} is not shown for parents of several objects", meant)
    return WatchedField(path, tuple(path.split(".")), converter({"name": last, "type": "string"}), False, lookup)  # noqa: FBT003 - as above


def _guess(word: str, known: Iterable[str]) -> str | None:
    # API names are alike in their endings, so a good guess must look more alike than elsewhere.
    return closest(word, known, cutoff=0.7)


def _history(described: Describe) -> tuple[str | None, str | None]:
    """Give the history object of an object and its parent field, as its describe lists them among its children."""
    for child in described.get("childRelationships") or ():
        if child.get("relationshipName") == "Histories":
            return child["childSObject"], child["field"]
    return None, None


def refuse(problems: Iterable[FieldProblem]) -> None:
    """Raise OrgError with every problem, if there is any."""
    told = list(_lines(problems))
    if told:
        raise OrgError(
            f"{'a field' if len(told) == 1 else f'{len(told)} fields'} cannot be watched:\n" + "\n".join(told),
            hint="correct the program, or let the sync's user read the fields (field-level security)",
        )


def _lines(problems: Iterable[FieldProblem]) -> Iterator[str]:
    return (f"  {problem}" for problem in problems)
