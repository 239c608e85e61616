"""Rows as the org answers them, made into records: typed values, and what is known of the row itself."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from novigem.feed.salesforce.schema import ObjectSchema
from novigem.feed.salesforce.values import micros
from novigem.model.ids import whole_id

# The pattern of a series of meetings stands beside its occurrences as a row of its own.
_SERIES_PATTERN = "3"


class Record(NamedTuple):
    """One row: its watched values, and the org's own marks on it. Moments are microseconds since 1970 UTC."""

    id: str
    values: dict[str, Any]
    created: int
    creator: str | None
    modified: int
    modifier: str | None
    stamp: int
    is_deleted: bool
    merged_into: str | None


def read_record(row: Mapping[str, Any], schema: ObjectSchema) -> Record:
    """Read a row of a query or of a bulk job. Raises ValueError or KeyError for a row that makes no sense."""
    values: dict[str, Any] = {}
    # This is the innermost loop of a sync: a field is unpacked, since looking its parts up by name costs twice as much.
    for path, steps, convert, _is_compared, lookup in schema.fields:
        value = row.get(path) if lookup is None else _of_parent(row, path, steps)
        if value is None or value == "":
            values[path] = None
        elif convert is not None:
            values[path] = convert(value)
        else:
            values[path] = _text(value) if value.__class__ is not str or "\x00" in value else value
    creator, modifier, master = row["CreatedById"], row["LastModifiedById"], row.get("MasterRecordId")
    modified, stamp, deleted = row["LastModifiedDate"], row["SystemModstamp"], row["IsDeleted"]
    modified_at = micros(modified)
    return Record(
        whole_id(row["Id"]),
        values,
        micros(row["CreatedDate"]),
        whole_id(creator) if creator else None,
        modified_at,
        whole_id(modifier) if modifier else None,
        modified_at if stamp == modified else micros(stamp),
        deleted if deleted.__class__ is bool else deleted == "true",
        whole_id(master) if master else None,
    )


def is_copy(row: Mapping[str, Any]) -> bool:
    """Tell whether a row repeats another: an invitee's copy of a meeting, or the pattern of a series.

    The meeting itself, and each occurrence of the series, have rows of their own.
    """
    return (
        row.get("IsChild") in (True, "true")
        or row.get("IsRecurrence") in (True, "true")
        or row.get("GroupEventType") == _SERIES_PATTERN
    )


def _of_parent(row: Mapping[str, Any], path: str, steps: tuple[str, ...]) -> Any:
    value: Any = row
    for step in steps:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise ValueError(f"{path} is no parent's field")  # noqa: TRY004 - whoever reads rows catches one kind of error
        if step not in value and path in row:
            return row[path]  # a bulk job names the column as the query does
        value = value.get(step)
    return value


def _text(value: Any) -> Any:
    # A database refuses NUL, and bulk jobs have been seen to send it.
    return value.replace("\x00", "") or None if isinstance(value, str) else value
