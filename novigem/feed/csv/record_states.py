"""Rows that are the end states of records, with a date column for each moment of their lives."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from novigem.feed.csv.cells import Local, ReadCell, cell_reader, id_reader, when_reader
from novigem.feed.csv.conditions import Condition, conditions
from novigem.feed.csv.mapping import Cell, Moment, StatesMapping
from novigem.feed.csv.moments import When
from novigem.feed.csv.rows import CsvFile, CsvRow
from novigem.feed.source import Rejected
from novigem.model.change import Change, ChangeKind
from novigem.model.ids import differs

_ReadFields = dict[str, ReadCell]


class _Step(NamedTuple):
    """A moment of the mapping, ready to be read from a row."""

    kind: ChangeKind
    column: str
    cell: int
    at: Callable[[Sequence[str]], When | None]
    conditions: Sequence[Condition]
    by: ReadCell | None
    new: _ReadFields
    old: _ReadFields | None


class _Dated(NamedTuple):
    """A moment that a row has: its number in the mapping, how it is written, and when it was."""

    number: int
    step: _Step
    text: str
    when: When


class StatesReader:
    """Makes the changes of one row after another.

    A moment without a date, or whose conditions do not hold, did not happen; neither did one that lies ahead of now: it
    is kept in `ahead`. What a moment says holds from then on; a field that only later moments tell is empty (null)
    before them. The prior values of an update are what changed since the moment before; of an update that is the first
    to have a date, they are unknown.
    """

    def __init__(self, mapping: StatesMapping, table: CsvFile, local: Local) -> None:
        self._object = mapping.object
        self._id = id_reader(mapping.id, table, local)
        self._constant = _fields(mapping.fields, table, local)
        self._steps = [_step(moment, table, local) for moment in mapping.moments]
        self._local = local
        self._lines: dict[str, int] = {}
        self.ahead: list[Rejected] = []

    def read(self, row: CsvRow) -> list[Change]:
        """Give the changes of a row, none where all its dates are empty. Raises ValueError with a reason."""
        found = self._id(row.cells)
        if found is None:
            raise ValueError("no record: its id is empty")
        record_id = str(found)
        if record_id in self._lines:
            raise ValueError(f"the record {record_id} already stands on line {self._lines[record_id]}")
        ahead: list[Rejected] = []
        changes = list(self._changes(record_id, row.cells, self._happened(row, ahead)))
        self._lines[record_id] = row.line
        self.ahead += ahead
        return changes

    def _happened(self, row: CsvRow, ahead: list[Rejected]) -> list[_Dated]:
        """Give the moments of a row that have come, in order; those ahead of now are told."""
        dated: list[_Dated] = []
        for number, step in enumerate(self._steps):
            when = step.at(row.cells)
            if when is None or not self._holds(step, row):
                continue
            text = row.cells[step.cell]
            if when.is_ahead:
                reason = f"{step.column}: {text[:40]!r} lies ahead, so this {step.kind} has not happened"
                ahead.append(Rejected(f"line {row.line}", reason, text))
            else:
                dated.append(_Dated(number, step, text, when))
        return _ordered(dated, self._local.clock.zone)

    def _holds(self, step: _Step, row: CsvRow) -> bool:
        for condition in step.conditions:
            if not condition.holds(row.cells):
                self._local.remarks.count(
                    f"no {step.kind} at {step.column}: {condition.told(row.cells)}", f"line {row.line}"
                )
                return False
        return True

    def _changes(self, record_id: str, cells: Sequence[str], dated: Sequence[_Dated]) -> Iterator[Change]:
        constant = _read(self._constant, cells)
        known: dict[str, Any] | None = None
        last: datetime | None = None
        seq = 0
        for number, step, _text, when in dated:
            before = self._empty_after(number) | constant if known is None else known
            values = before | _read(step.new, cells)
            seq = seq + 1 if when.at == last else 0
            old = _prior(step, known, values, cells)
            by = step.by(cells) if step.by is not None else None
            yield Change(self._object, record_id, step.kind, when.at, values, old, by, seq)
            known, last = values, when.at

    def _empty_after(self, number: int) -> dict[str, Any]:
        return {field: None for step in self._steps[number + 1 :] for field in step.new}


def _ordered(dated: Sequence[_Dated], zone: ZoneInfo) -> list[_Dated]:
    """Give moments that follow each other. A day alone is not before a moment of the same day: it is that moment.

    Raises ValueError where one is before the one that precedes it.
    """
    found: list[_Dated] = []
    for one in dated:
        last = found[-1] if found else one
        if one.when.at >= last.when.at:
            found.append(one)
            continue
        is_same_day = _day_of(one, zone) == _day_of(last, zone)
        if is_same_day and one.when.day is not None:
            found.append(one._replace(when=one.when._replace(at=last.when.at)))
        elif is_same_day and last.when.day is not None and (len(found) == 1 or found[-2].when.at <= one.when.at):
            found[-1] = last._replace(when=last.when._replace(at=one.when.at))
            found.append(one)
        else:
            raise ValueError(
                f"{one.step.column}: {one.text[:40]!r} is before the moment that precedes it "
                f"({last.step.column}: {last.text[:40]!r})"
            )
    return found


def _day_of(one: _Dated, zone: ZoneInfo) -> date:
    return one.when.day or one.when.at.astimezone(zone).date()


def _step(moment: Moment, table: CsvFile, local: Local) -> _Step:
    return _Step(
        moment.kind,
        moment.at.column,
        table.column(moment.at.column),
        when_reader(moment.at, table, local),
        conditions(moment.where, table, local),
        None if moment.by is None else id_reader(moment.by, table, local),
        _fields(moment.new, table, local),
        None if moment.old is None else _fields(moment.old, table, local),
    )


def _fields(cells: dict[str, Cell], table: CsvFile, local: Local) -> _ReadFields:
    return {field: cell_reader(cell, table, local) for field, cell in cells.items()}


def _read(fields: _ReadFields, cells: Sequence[str]) -> dict[str, Any]:
    return {field: read(cells) for field, read in fields.items()}


def _prior(
    step: _Step, known: dict[str, Any] | None, values: dict[str, Any], cells: Sequence[str]
) -> dict[str, Any] | None:
    """Give the prior values of an update: what differs from the moment before, and what the mapping itself tells."""
    if step.kind != "update" or (known is None and step.old is None):
        return None
    derived = {} if known is None else {field: known[field] for field in values if differs(known[field], values[field])}
    return derived if step.old is None else derived | _read(step.old, cells)
