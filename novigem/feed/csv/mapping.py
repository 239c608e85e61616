"""The mapping file: how the columns of a CSV export become changes. Loaded, it is known to be sound."""

import re
from collections.abc import Mapping as Tree
from datetime import datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from novigem.errors import MappingError
from novigem.feed.csv.document import MappingText, YamlProblem, read_yaml
from novigem.feed.csv.messages import messages
from novigem.model.zones import zone_finding

_MAX_BYTES = 1_000_000
_INCOMPLETE = "`{}` must hold a year, a month and a day, as %m/%d/%Y does"
_PROBE = datetime(2026, 11, 23)  # noqa: DTZ001 - only its year, month and day are looked at

_FIELD = r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$"
ApiName = Annotated[str, Field(pattern=_FIELD)]
Prefix = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{3}$")]
Scalar = str | int | float | bool | None


class Model(BaseModel):
    """A part of a mapping: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Cell(Model):
    """Where a value comes from: a column of the file, or one value for every row.

    A column's text may be replaced (`map`), then turned into an id (`prefix`) or another `type`.
    """

    column: str | None = None
    value: Scalar = None
    type: Literal["text", "number", "boolean", "date", "datetime", "id"] = "text"
    prefix: Prefix | None = None
    map: dict[str, str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"column": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        told = self.model_fields_set
        if ("column" in told and self.column is not None) == ("value" in told):
            raise ValueError("needs either `column` or `value`")
        if "value" in told and told - {"value"}:
            raise ValueError("`value` stands alone: the other keys are for a column")
        if self.prefix is not None and self.type not in ("text", "id"):
            raise ValueError(f"`prefix` makes an id, so `type: {self.type}` cannot hold")
        return self


class Users(Model):
    """The people of the export; without `file` they are taken from the CSV itself."""

    file: str | None = None
    id: Cell
    name: Cell | None = None
    email: Cell | None = None
    role: Cell | None = None
    manager: Cell | None = None
    active: Cell | None = None


class Moment(Model):
    """A moment in each record's life: the column of its date and the values that hold from then on."""

    kind: Literal["create", "update", "delete", "undelete"]
    at: str
    by: Cell | None = None
    new: dict[ApiName, Cell] = {}
    old: dict[ApiName, Cell] | None = None

    @model_validator(mode="after")
    def _old_of_update(self) -> Self:
        if self.old is not None and self.kind != "update":
            raise ValueError("`old` is for an update")
        return self


def _zone(name: str) -> str:
    found = zone_finding(name)
    if found is not None and not found.works:
        meant = found.meant or "America/New_York or UTC"
        raise ValueError(f"`{name[:60]}` is not a time zone; write one such as {meant}")
    return name


def _date_format(text: str) -> str:
    signs = set(re.findall("%(.)", text))
    # A day of no year is deprecated, and Python says so aloud.
    if "d" in signs and not signs & {"Y", "y", "G"}:
        raise ValueError(_INCOMPLETE.format(text[:60]))
    try:
        again = datetime.strptime(_PROBE.strftime(text), text)  # noqa: DTZ007 - a date on a calendar, no moment
    except ValueError as error:
        raise ValueError(f"`{text[:60]}` is not a date format; write one such as %m/%d/%Y") from error
    if again.date() != _PROBE.date():
        raise ValueError(_INCOMPLETE.format(text[:60]))
    return text


def _time_of_day(text: str) -> str:
    if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", text) is None:
        raise ValueError("must be a time of day in quotes, such as '12:00'")
    return text


class _File(Model):
    """What both shapes say of the file. Dates without a time become `time` of that day in `timezone`."""

    object: ApiName
    timezone: Annotated[str, AfterValidator(_zone)]
    encoding: Literal["utf-8", "utf-16", "cp1250", "cp1252", "latin-1", "mac-roman", "shift_jis", "gb18030"] = "utf-8"
    delimiter: Literal[",", ";", "|", "\t"] = ","
    date_format: Annotated[str, AfterValidator(_date_format)] | None = None
    time: Annotated[str, AfterValidator(_time_of_day)] = "00:00"
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    users: Users | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of moments that are written without an offset."""
        return ZoneInfo(self.timezone)

    @property
    def time_of_day(self) -> clock_time:
        """The local time that a date alone stands for."""
        return clock_time.fromisoformat(self.time)

    @model_validator(mode="after")
    def _separators_differ(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("`decimal` and `thousands` must differ")
        return self


class StatesMapping(_File):
    """Each row is the end state of one record, with a date column for each moment of its life."""

    shape: Literal["record-states"] = "record-states"
    id: Cell
    fields: dict[ApiName, Cell] = {}
    moments: Annotated[tuple[Moment, ...], Field(strict=False)]

    @field_validator("moments")
    @classmethod
    def _create_comes_first(cls, moments: tuple[Moment, ...]) -> tuple[Moment, ...]:
        if not moments:
            raise ValueError("needs at least one moment")
        if any(moment.kind == "create" for moment in moments[1:]):
            raise ValueError("a record is created once, at its first moment")
        return moments


class HistoryColumns(Model):
    """The columns of a field-history export; `id` is `<Object>Id`, or `ParentId` for a custom object, unless named."""

    id: str | None = None
    field: str = "Field"
    old: str = "OldValue"
    new: str = "NewValue"
    at: str = "CreatedDate"
    by: str | None = "CreatedById"


class HistoryField(Model):
    """One tracked field: its API name where the history calls it otherwise, and its type."""

    name: ApiName | None = None
    type: Literal["text", "number", "boolean", "date", "datetime", "id"] = "text"
    map: dict[str, str] | None = None


class RecordsFile(Model):
    """A second CSV that tells what never changes about each record, such as its account."""

    file: str
    id: Cell
    fields: dict[ApiName, Cell]


class HistoryMapping(_File):
    """Each row is one changed field, as Salesforce's history objects have it."""

    shape: Literal["field-history"]
    columns: HistoryColumns = HistoryColumns()
    fields: dict[str, HistoryField] = {}
    records: RecordsFile | None = None
    tracked_from_creation: bool = False

    @property
    def id_column(self) -> str:
        """The column that names the record."""
        return self.columns.id or ("ParentId" if self.object.endswith("__c") else f"{self.object}Id")


Mapping = StatesMapping | HistoryMapping
_SHAPES: dict[str, type[StatesMapping] | type[HistoryMapping]] = {
    "record-states": StatesMapping,
    "field-history": HistoryMapping,
}


def load_mapping(path: Path | str) -> Mapping:
    """Read a mapping file. Raises MappingError that lists every problem with its line."""
    path = Path(path)
    try:
        document = read_yaml(_text(path))
    except YamlProblem as problem:
        raise MappingError(f"{path}:{problem.line}: {problem.message}") from problem
    return _built(document, path)


def _built(document: MappingText, path: Path) -> Mapping:
    tree = document.tree
    if not isinstance(tree, Tree):
        raise MappingError(f"{path}:1: a mapping file needs keys such as object, timezone and moments")
    shape = tree.get("shape", "record-states")
    model = _SHAPES.get(shape) if isinstance(shape, str) else None
    if model is None:
        line = document.line(("shape",))
        raise MappingError(f"{path}:{line}: shape: `{shape}` is not one of {', '.join(_SHAPES)}")
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        lines = "\n".join(f"{path}:{line}: {text}" for line, text in messages(error, document, model))
        raise MappingError(lines, hint="all keys are described in docs/reference/mapping.md.") from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise MappingError(f"{path} is larger than {_MAX_BYTES:,} bytes", hint="is it a mapping file?")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise MappingError(f"{path} cannot be read: {error.strerror or error}", hint="check the path.") from error
    except UnicodeDecodeError as error:
        raise MappingError(f"{path} is not UTF-8 text", hint="save it as UTF-8.") from error
