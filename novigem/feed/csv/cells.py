"""From the text of a cell to a value: numbers, dates, moments, ids."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from novigem.feed.csv.dates import DatePattern, date_pattern
from novigem.feed.csv.ids import made_id
from novigem.feed.csv.mapping import Cell, Mapping
from novigem.feed.csv.mapping import When as WhenColumn
from novigem.feed.csv.moments import Clock, When, read_day, read_when
from novigem.feed.csv.money import checked, code_of
from novigem.feed.csv.numbers import NumberForm, amount_of, plain_reader
from novigem.feed.csv.remarks import Remarks
from novigem.feed.csv.rows import CsvFile
from novigem.model.ids import id18

ReadCell = Callable[[Sequence[str]], Any]
ReadWhen = Callable[[str], When]
_T = TypeVar("_T")

_TRUE = "true yes 1 y t on checked wahr ja vrai oui verdadeiro sim verdadero はい ✓ ☑"
_FALSE = "false no 0 n f off unchecked falsch nein faux non falso não nao いいえ ☐"
_BOOLEANS = dict.fromkeys(_TRUE.split(), True) | dict.fromkeys(_FALSE.split(), False)
# What spreadsheets put around a text so that it stays one.
_MARKED = re.compile(r"""'(.+)|="(.*)\"""", re.DOTALL)
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_CODE_LETTERS = 3
_SPOILT = " (a spreadsheet made a number of it: export again, and do not save it there)"
_DASHES = frozenset("-\u2013\u2014")
# A clock may be some minutes wrong.
_SKEW = timedelta(minutes=5)
_MAYBE_GROUPED = "number such as {} read with `.` as its decimal sign; say `decimal` and `thousands` to be sure"


class Local(NamedTuple):
    """How the file writes dates and numbers, and the moment that nothing in it can be later than."""

    clock: Clock
    patterns: tuple[DatePattern, ...]
    numbers: NumberForm
    tells_numbers: bool
    currency: str | None
    newest: datetime
    remarks: Remarks

    @classmethod
    def of(cls, mapping: Mapping, now: datetime, remarks: Remarks) -> "Local":
        """Take the way of writing from a mapping."""
        return cls(
            Clock(mapping.zone, mapping.time_of_day, mapping.repeated_hour),
            _patterns(mapping.date_format),
            NumberForm(mapping.decimal, mapping.thousands),
            mapping.tells_numbers,
            mapping.currency,
            now if mapping.newest is None else min(now, mapping.newest),
            remarks,
        )

    def written_as(self, formats: Sequence[str] | None) -> "Local":
        """Give the same, with dates written in other patterns where there are any."""
        return self if formats is None else self._replace(patterns=_patterns(formats))

    def is_ahead(self, when: When) -> bool:
        """Say whether a moment lies ahead of now, or a day ahead of today in the zone of the file."""
        if when.day is not None:
            return when.day > self.newest.astimezone(self.clock.zone).date()
        return when.at > self.newest + _SKEW


def _patterns(formats: Sequence[str] | None) -> tuple[DatePattern, ...]:
    return tuple(date_pattern(text) for text in formats or ())


def cell_reader(cell: Cell, table: CsvFile, local: Local) -> ReadCell:
    """Give the function from a row's cells to the value; it raises ValueError with a reason in plain words."""
    if cell.column is None:
        constant = cell.value
        return lambda _cells: constant
    index = table.column(cell.column)
    column = cell.column
    told = local.written_as(cell.date_format)
    to_value = value_reader("id" if cell.prefix else cell.type, told, prefix=cell.prefix)
    renamed = cell.map or {}

    def read(cells: Sequence[str]) -> Any:
        text = cells[index]
        text = renamed.get(text, text)
        if not text:
            return None
        try:
            return to_value(text)
        except ValueError as error:
            return read_again(to_value, text, error, f"{column}: ")

    return read


def id_reader(cell: Cell, table: CsvFile, local: Local) -> ReadCell:
    """Give the function from a row's cells to an id of 18 characters, or None where the cell is empty."""
    return cell_reader(cell if cell.column is None else cell.model_copy(update={"type": "id"}), table, local)


def value_reader(kind: str, local: Local, *, prefix: str | None = None) -> Callable[[str], Any]:
    """Give the function from a text that is not empty to a value of a type; it raises ValueError."""
    if kind == "text":
        return str
    if kind == "id":
        return id18 if prefix is None else lru_cache(100_000)(lambda text: _made_id(prefix, text))
    readers: dict[str, Callable[[str], Any]] = {
        "number": _number_reader(local),
        "currency": lambda text: _currency(text, local),
        "boolean": _boolean,
        "date": lru_cache(10_000)(lambda text: read_day(text, local.patterns, local.clock).isoformat()),
        "datetime": lambda text: in_utc(read_when(text, local.patterns, local.clock).at),
    }
    return readers[kind]


def when_reader(column: WhenColumn, table: CsvFile, local: Local) -> Callable[[Sequence[str]], When | None]:
    """Give the function from a row's cells to a moment, None where the cell is empty; it raises ValueError."""
    index, name = table.column(column.column), column.column
    read = text_to_when(local.written_as(column.date_format), f"{name}: ")

    def moment(cells: Sequence[str]) -> When | None:
        text = cells[index]
        if not text:
            return None
        found = read(text)
        if found.is_repeated:
            hour = local.clock.repeated_hour
            local.remarks.say(f"{name}: times that are there twice were taken for the {hour} (`repeated_hour`)")
        return found

    return moment


def text_to_when(local: Local, place: str) -> ReadWhen:
    """Give the function from a text to a moment; exports repeat dates, so answers are remembered."""

    def plain(text: str) -> When:
        return read_when(text, local.patterns, local.clock)

    @lru_cache(10_000)
    def read(text: str) -> When:
        try:
            found = plain(text)
        except ValueError as error:
            found = read_again(plain, text, error, place)
        return found._replace(is_ahead=local.is_ahead(found))

    return read


def in_utc(moment: datetime) -> str:
    """Write a moment in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_again(read: Callable[[str], _T], text: str, error: ValueError, place: str = "") -> _T:
    """Read a text that could not be read once more, without a spreadsheet's marks of a text.

    Raises ValueError with the place, the reason and, where there is one, what helps.
    """
    marked = _MARKED.fullmatch(text)
    bare = (marked[1] or marked[2] or "").strip() if marked is not None else ""
    if bare:
        try:
            return read(bare)
        except ValueError as second:
            raise ValueError(f"{place}{second}") from second
    raise ValueError(f"{place}{error}{_why(text, error)}") from error


def _why(text: str, error: ValueError) -> str:
    if text in _DASHES:
        return f" (if it stands for no value, write `empty: ['{text}']` in the mapping)"
    return _SPOILT if _SCIENTIFIC.fullmatch(text) and " id" in str(error) else ""


def _made_id(prefix: str, text: str) -> str:
    """Make an id of a text. Raises ValueError for what a spreadsheet left of several ids alike."""
    if _SCIENTIFIC.fullmatch(text) and "+" in text:
        raise ValueError(f"{text[:40]!r} is no id")
    return made_id(prefix, text)


def _number_reader(local: Local) -> Callable[[str], int | float]:
    if local.tells_numbers:
        return local.numbers.read
    return plain_reader(local.numbers, lambda text: local.remarks.say(_MAYBE_GROUPED.format(text)))


def _currency(text: str, local: Local) -> str | None:
    """Give the code of the currency that an amount, or a cell of its own, is in."""
    if len(text) == _CODE_LETTERS and text.isalpha() and text.isupper():
        return code_of(checked(text), local.currency)
    amount = amount_of(text)
    if amount is None:
        raise ValueError(f"{text[:40]!r} is neither a currency nor an amount of one")
    return code_of(amount.currency, local.currency)


def _boolean(text: str) -> bool:
    found = _BOOLEANS.get(text.casefold())
    if found is None:
        raise ValueError(f"{text[:40]!r} is not true or false")
    return found
