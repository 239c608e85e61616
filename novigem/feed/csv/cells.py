"""From the text of a cell to a value: numbers, dates, moments, ids."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from novigem.feed.csv.ids import made_id
from novigem.feed.csv.mapping import Cell, Mapping
from novigem.feed.csv.rows import CsvFile
from novigem.model.ids import id18

ReadCell = Callable[[Sequence[str]], Any]

_EXACT_DIGITS = 15
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_FIRST_YEAR, _LAST_YEAR = 1700, 4000


class Local(NamedTuple):
    """How the file writes dates and numbers."""

    zone: ZoneInfo
    time_of_day: time
    date_format: str | None
    decimal: str
    thousands: str

    @classmethod
    def of(cls, mapping: Mapping) -> "Local":
        """Take the way of writing from a mapping."""
        return cls(mapping.zone, mapping.time_of_day, mapping.date_format, mapping.decimal, mapping.thousands)


def cell_reader(cell: Cell, table: CsvFile, local: Local) -> ReadCell:
    """Give the function from a row's cells to the value; it raises ValueError with a reason in plain words."""
    if cell.column is None:
        constant = cell.value
        return lambda _cells: constant
    index = table.column(cell.column)
    column = cell.column
    to_value = value_reader("id" if cell.prefix else cell.type, local, prefix=cell.prefix)
    renamed = cell.map or {}

    def read(cells: Sequence[str]) -> Any:
        text = cells[index]
        text = renamed.get(text, text)
        if not text:
            return None
        try:
            return to_value(text)
        except ValueError as error:
            raise ValueError(f"{column}: {error}") from error

    return read


def id_reader(cell: Cell, table: CsvFile, local: Local) -> ReadCell:
    """Give the function from a row's cells to an id of 18 characters, or None where the cell is empty."""
    return cell_reader(cell if cell.column is None else cell.model_copy(update={"type": "id"}), table, local)


def value_reader(kind: str, local: Local, *, prefix: str | None = None) -> Callable[[str], Any]:
    """Give the function from a text that is not empty to a value of a type; it raises ValueError."""
    if kind == "id":
        return id18 if prefix is None else lru_cache(100_000)(lambda text: made_id(prefix, text))
    readers: dict[str, Callable[[str], Any]] = {
        "text": str,
        "number": _number_reader(local),
        "boolean": _boolean,
        "date": lru_cache(10_000)(lambda text: _date_text(text, local)),
        "datetime": lambda text: read_moment(text, local).isoformat().replace("+00:00", "Z"),
    }
    return readers[kind]


def moment_reader(local: Local) -> Callable[[str], datetime]:
    """Give the function from a text to a moment in UTC; exports repeat dates, so answers are remembered."""
    return lru_cache(10_000)(lambda text: read_moment(text, local))


def read_moment(text: str, local: Local) -> datetime:
    """Read a moment or a date as a moment in UTC. Raises ValueError."""
    found = _parse(text, local)
    if not isinstance(found, datetime):
        found = datetime.combine(found, local.time_of_day, local.zone)
    elif found.tzinfo is None:
        found = found.replace(tzinfo=local.zone)
    return found.astimezone(UTC)


def _date_text(text: str, local: Local) -> str:
    found = _parse(text, local)
    if isinstance(found, datetime):
        found = found.date() if found.tzinfo is None else found.astimezone(local.zone).date()
    return found.isoformat()


def _parse(text: str, local: Local) -> date | datetime:
    """Read a text in the mapping's format, or in ISO 8601 where it names none; a date if no time is written."""
    pattern = local.date_format
    try:
        if pattern is not None:
            found: date | datetime = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the mapping's
            found = found if _has_time(pattern) else datetime.date(found)  # type: ignore[arg-type]
        elif len(text) <= len("2026-01-07"):
            found = date.fromisoformat(text)
        else:
            found = datetime.fromisoformat(text)
    except ValueError as error:
        wanted = f"written as {pattern}" if pattern else "such as 2026-01-07 or 2026-01-07T15:04:05Z"
        raise ValueError(f"{text[:40]!r} is not a date {wanted}") from error
    if not _FIRST_YEAR < found.year < _LAST_YEAR:
        raise ValueError(f"the year of {text[:40]!r} is outside {_FIRST_YEAR} to {_LAST_YEAR}")
    return found


def _has_time(pattern: str) -> bool:
    return any(sign in pattern for sign in ("%H", "%I", "%X", "%c"))


def _number_reader(local: Local) -> Callable[[str], int | float]:
    """Give the function for numbers with this file's separators; groups of digits must be groups of three."""
    point, group = re.escape(local.decimal), re.escape(local.thousands)
    grouped = rf"\d{{1,3}}(?:{group}\d{{3}})+|" if group else ""
    pattern = re.compile(rf"[+-]?(?:{grouped}\d+)(?:{point}\d*)?(?:[eE][+-]?\d{{1,3}})?|[+-]?{point}\d+", re.ASCII)

    def read(text: str) -> int | float:
        if pattern.fullmatch(text) is None:
            raise ValueError(f"{text[:40]!r} is not a number; see `decimal` and `thousands` in the mapping")
        plain = text.replace(local.thousands, "") if group else text
        if plain.lstrip("+-").isdigit() and len(plain) <= _EXACT_DIGITS:
            return int(plain)
        number = float(plain.replace(local.decimal, "."))
        if not isfinite(number):
            raise ValueError(f"{text[:40]!r} is too large a number")
        return number

    return read


def _boolean(text: str) -> bool:
    found = _BOOLEANS.get(text.casefold())
    if found is None:
        raise ValueError(f"{text[:40]!r} is not true or false")
    return found
