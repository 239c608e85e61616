"""The mapping file: how the columns of a CSV export become changes. Loaded, it is known to be sound."""

import re
from collections.abc import Mapping as Tree
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from novigem.errors import MappingError
from novigem.feed.csv.dates import date_pattern
from novigem.feed.csv.document import MappingText, YamlProblem, read_yaml
from novigem.feed.csv.messages import messages
from novigem.feed.csv.money import CODES
from novigem.model.zones import zone_finding

_MAX_BYTES = 1_000_000
_FIELD = r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$"
ApiName = Annotated[str, Field(pattern=_FIELD)]
Prefix = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{3}$")]
Scalar = str | int | float | bool | None
ValueType = Literal["text", "number", "boolean", "date", "datetime", "id", "currency"]


def _date_format(text: str) -> str:
    date_pattern(text)
    return text


def _as_list(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


#: One pattern or several, of which the one that fits counts; those that fit must agree.
DateFormats = Annotated[
    tuple[Annotated[str, AfterValidator(_date_format)], ...], BeforeValidator(_as_list), Field(strict=False)
]


class Model(BaseModel):
    """A part of a mapping: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Cell(Model):
    """Where a value comes from: a column of the file, or one value for every row.

    A column's text may be replaced (`map`), then turned into an id (`prefix`) or another `type`.
    """

    column: str | None = None
    value: Scalar = None
    type: ValueType = "text"
    prefix: Prefix | None = None
    map: dict[str, str] | None = None
    date_format: DateFormats | None = None

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
        if self.date_format is not None and self.type not in ("date", "datetime"):
            raise ValueError("`date_format` is for `type: date` or `type: datetime`")
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


class When(Model):
    """The column of a moment, and how its dates are written where that is not as in the rest of the file."""

    column: str
    date_format: DateFormats | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"column": data} if isinstance(data, str) else data


class Excluding(Model):
    """Any text but these."""

    not_in: Annotated[tuple[str, ...], Field(strict=False)]


def _texts(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Wanted = bool | Annotated[tuple[str, ...], BeforeValidator(_texts), Field(strict=False)] | Excluding


class Moment(Model):
    """A moment in each record's life: the column of its date and the values that hold from then on.

    Where `where` names columns, the moment happened only in rows that hold what it says there.
    """

    kind: Literal["create", "update", "delete", "undelete"]
    at: When
    where: dict[str, Wanted] = {}
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


def _time_of_day(text: str) -> str:
    if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", text) is None:
        raise ValueError("must be a time of day in quotes, such as '12:00'")
    return text


def _currency(code: str) -> str:
    if code not in CODES:
        raise ValueError(f"`{code[:60]}` is not the code of a currency; write one such as USD")
    return code


def _exported(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"`{text[:60]}` is not a day such as 2026-01-07, in quotes") from error
    return text


def _plain_group(value: Any) -> Any:
    """Take a space that does not break for a space, and a curved apostrophe for a straight one."""
    return (
        {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'"}.get(value, value)
        if isinstance(value, str)
        else value
    )


Encoding = Literal[
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "cp1251", "cp1252", "latin-1", "iso-8859-15", "mac-roman",
    "shift_jis", "cp932", "euc-jp", "gb18030",
]  # fmt: skip


class _File(Model):
    """What all shapes say of the file. Dates without a time become `time` of that day in `timezone`."""

    object: ApiName
    timezone: Annotated[str, AfterValidator(_zone)]
    encoding: Encoding | None = None
    delimiter: Literal[",", ";", "|", "\t"] | None = None
    date_format: DateFormats | None = None
    time: Annotated[str, AfterValidator(_time_of_day)] = "00:00"
    repeated_hour: Literal["first", "second"] | None = None
    exported: Annotated[str, AfterValidator(_exported)] | None = None
    decimal: Literal[".", ","] = "."
    thousands: Annotated[Literal["", ",", ".", " ", "'"], BeforeValidator(_plain_group)] = ""
    currency: Annotated[str, AfterValidator(_currency)] | None = None
    empty: Annotated[tuple[str, ...], Field(strict=False)] = ()
    html_entities: bool = False
    users: Users | None = None
    open: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of moments that are written without an offset."""
        return ZoneInfo(self.timezone)

    @property
    def time_of_day(self) -> clock_time:
        """The local time that a date alone stands for."""
        return clock_time.fromisoformat(self.time)

    @property
    def newest(self) -> datetime | None:
        """The end of the day on which the export was made, if the mapping says it."""
        if self.exported is None:
            return None
        day = date.fromisoformat(self.exported)
        return datetime.combine(day, clock_time.max, self.zone).astimezone(UTC)

    @property
    def tells_numbers(self) -> bool:
        """Whether the mapping says how numbers are written."""
        return not self.model_fields_set.isdisjoint(("decimal", "thousands"))

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
    """The columns of a field-history export; `id` is `<Object>Id`, or `ParentId` for a custom object, unless named.

    A column that is not named here may also have the label that reports give it, such as `Field / Event`.
    """

    id: Cell | None = None
    field: str = "Field"
    old: str = "OldValue"
    new: str = "NewValue"
    at: When = When(column="CreatedDate")
    by: Cell | None = Cell(column="CreatedById")

    @model_validator(mode="after")
    def _from_columns(self) -> Self:
        for name, cell in (("id", self.id), ("by", self.by)):
            if cell is not None and cell.column is None:
                raise ValueError(f"`{name}` must be a column")
        return self


class HistoryField(Model):
    """One tracked field: its API name where the history calls it otherwise, and its type."""

    name: ApiName | None = None
    type: ValueType = "text"
    map: dict[str, str] | None = None
    date_format: DateFormats | None = None


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
    created_events: Annotated[tuple[str, ...], Field(strict=False)] = ()


class LogMapping(_File):
    """Each row is the whole state of a record from a moment on: `OpportunityHistory`, an event log, a type-2 table.

    `first_row` says whether the first row of a record is its creation, or only the first that is known of it.
    """

    shape: Literal["state-log"]
    id: Cell
    at: When
    until: When | None = None
    order: str | None = None
    by: Cell | None = None
    created: When | None = None
    created_by: Cell | None = None
    first_row: Literal["creation", "known-state"] | None = None
    ended: Literal["deleted", "unknown"] = "unknown"
    deleted: Cell | None = None
    fields: dict[ApiName, Cell]

    @model_validator(mode="after")
    def _beginning_is_told(self) -> Self:
        if (self.created is None) == (self.first_row is None):
            raise ValueError(
                "needs either `created` (the column of the record's creation) or `first_row` "
                "(`creation`, or `known-state` where the record may be older than its first row)"
            )
        if self.created_by is not None and self.created is None:
            raise ValueError("`created_by` goes with `created`")
        if self.ended == "deleted" and self.until is None:
            raise ValueError("`ended: deleted` goes with `until`")
        return self


Mapping = StatesMapping | HistoryMapping | LogMapping
_SHAPES: dict[str, type[StatesMapping] | type[HistoryMapping] | type[LogMapping]] = {
    "record-states": StatesMapping,
    "field-history": HistoryMapping,
    "state-log": LogMapping,
}


def load_mapping(path: Path | str) -> Mapping:
    """Read a mapping file. Raises MappingError that lists every problem with its line."""
    path = Path(path)
    return mapping_of(_text(path), path)


def mapping_of(text: str, path: Path) -> Mapping:
    """Read the text of a mapping file; `path` names it in messages. Raises MappingError."""
    try:
        document = read_yaml(text)
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
