"""Rows that are the end states of records, with a date column for each moment of their lives."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from novigem.feed.csv.cells import Local, ReadCell, cell_reader, id_reader, moment_reader
from novigem.feed.csv.mapping import Cell, Moment, StatesMapping
from novigem.feed.csv.rows import CsvFile, CsvRow
from novigem.model.change import Change, ChangeKind
from novigem.model.ids import differs

_ReadFields = dict[str, ReadCell]


class _Step(NamedTuple):
    """A moment of the mapping, ready to be read from a row."""

    kind: ChangeKind
    column: str
    at: int
    by: ReadCell | None
    new: _ReadFields
    old: _ReadFields | None


class StatesReader:
    """Makes the changes of one row after another.

    A moment without a date did not happen. What a moment says holds from then on; a field that only later moments
    tell is empty (null) before them. The prior values of an update are what changed since the moment before; of an
    update that is the first to have a date, they are unknown.
    """

    def __init__(self, mapping: StatesMapping, table: CsvFile, local: Local) -> None:
        self._object = mapping.object
        self._id = id_reader(mapping.id, table, local)
        self._constant = _fields(mapping.fields, table, local)
        self._steps = [_step(moment, table, local) for moment in mapping.moments]
        self._moment = moment_reader(local)
        self._lines: dict[str, int] = {}

    def read(self, row: CsvRow) -> list[Change]:
        """Give the changes of a row, none where all its dates are empty. Raises ValueError with a reason."""
        found = self._id(row.cells)
        if found is None:
            raise ValueError("no record: its id is empty")
        record_id = str(found)
        if record_id in self._lines:
            raise ValueError(f"the record {record_id} already stands on line {self._lines[record_id]}")
        changes = list(self._changes(record_id, row.cells))
        self._lines[record_id] = row.line
        return changes

    def _changes(self, record_id: str, cells: Sequence[str]) -> Iterator[Change]:
        constant = _read(self._constant, cells)
        known: dict[str, Any] | None = None
        last: datetime | None = None
        seq = 0
        for number, step in enumerate(self._steps):
            if not cells[step.at]:
                continue
            before = self._empty_after(number) | constant if known is None else known
            values = before | _read(step.new, cells)
            at = self._at(step, cells)
            if last is not None and at < last:
                raise ValueError(f"{step.column}: {cells[step.at]!r} is before the moment that precedes it")
            seq = seq + 1 if at == last else 0
            old = _prior(step, known, values, cells)
            by = step.by(cells) if step.by is not None else None
            yield Change(self._object, record_id, step.kind, at, values, old, by, seq)
            known, last = values, at

    def _empty_after(self, number: int) -> dict[str, Any]:
        return {field: None for step in self._steps[number + 1 :] for field in step.new}

    def _at(self, step: _Step, cells: Sequence[str]) -> datetime:
        try:
            return self._moment(cells[step.at])
        except ValueError as error:
            raise ValueError(f"{step.column}: {error}") from error


def _step(moment: Moment, table: CsvFile, local: Local) -> _Step:
    return _Step(
        moment.kind,
        moment.at,
        table.column(moment.at),
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
