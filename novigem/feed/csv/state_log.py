"""Rows that are whole states of a record, each from a moment on: `OpportunityHistory`, event logs, type-2 tables.

Two states that follow each other are an update from the one to the other, so that its prior values are known. Rows may
stand in any order.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from novigem.feed.csv.cells import Local, ReadCell, cell_reader, id_reader, when_reader
from novigem.feed.csv.mapping import LogMapping
from novigem.feed.csv.moments import When
from novigem.feed.csv.rows import CsvFile, CsvRow
from novigem.feed.csv.spool import SpooledChanges, State, States
from novigem.feed.source import Rejected
from novigem.model.change import Change, ChangeKind, from_micros, to_micros
from novigem.model.ids import differs

_SECOND = 1_000_000
# How tables write an end that has not come.
_ENDLESS = "9999"


class LogReader:
    """Collects states, then gives the changes between them."""

    def __init__(self, mapping: LogMapping, table: CsvFile, local: Local) -> None:
        self._mapping = mapping
        self._table = table
        self._local = local
        self._id = id_reader(mapping.id, table, local)
        self._at = when_reader(mapping.at, table, local)
        self._at_cell = table.column(mapping.at.column)
        self._until_cell = None if mapping.until is None else table.column(mapping.until.column)
        self._until = None if mapping.until is None else when_reader(mapping.until, table, local)
        self._order = None if mapping.order is None else table.column(mapping.order)
        self._by, self._created_by = (
            None if cell is None else id_reader(cell, table, local) for cell in (mapping.by, mapping.created_by)
        )
        self._created = None if mapping.created is None else when_reader(mapping.created, table, local)
        deleted = mapping.deleted
        boolean = None if deleted is None or deleted.column is None else deleted.model_copy(update={"type": "boolean"})
        self._deleted = None if boolean is None else cell_reader(boolean, table, local)
        self._fields: dict[str, ReadCell] = {
            field: cell_reader(cell, table, local) for field, cell in mapping.fields.items()
        }
        self._states = States()
        self.without_change = 0
        self.ahead: list[Rejected] = []

    def add(self, row: CsvRow) -> None:
        """Take one row. Raises ValueError with a reason when it cannot be used."""
        cells = row.cells
        record = self._id(cells)
        if record is None:
            raise ValueError("no record: its id is empty")
        when = self._at(cells)
        if when is None:
            raise ValueError(f"{self._mapping.at.column}: empty")
        if when.is_ahead:
            text = cells[self._at_cell]
            reason = f"{self._mapping.at.column}: {text[:40]!r} lies ahead, so this state has not come"
            self.ahead.append(Rejected(f"line {row.line}", reason, text))
            return
        state = State(
            str(record),
            to_micros(when.at),
            0 if self._order is None else _sortable(cells[self._order]),
            row.line,
            self._end(cells),
            self._beginning(cells, when),
            {field: read(cells) for field, read in self._fields.items()},
            None if self._by is None else self._by(cells),
            None if self._created_by is None else self._created_by(cells),
            bool(self._deleted is not None and self._deleted(cells)),
        )
        self._states.add(state)

    def changes(self) -> SpooledChanges:
        """Give the changes of all records."""
        return SpooledChanges(
            change
            for record, states in groupby(self._states, key=lambda state: state.record)
            for change in self._numbered(self._life(record, states))
        )

    def _end(self, cells: Sequence[str]) -> int | None:
        if self._until is None or self._until_cell is None or _ENDLESS in cells[self._until_cell]:
            return None
        return _micros(self._until(cells))

    def _beginning(self, cells: Sequence[str], when: When) -> int | None:
        """Give when the record was created, if the row tells it. A day alone that is that of the row is its moment."""
        if self._created is None:
            return None
        created = self._created(cells)
        if created is not None and created.day is not None:
            day = when.day or when.at.astimezone(self._local.clock.zone).date()
            return to_micros(when.at if created.day == day else created.at)
        return _micros(created)

    def _life(self, record: str, states: Iterator[State]) -> Iterator[Change]:
        """Yield the changes of one record."""
        before: State | None = None
        for state in states:
            if before is None:
                if state.created is not None and state.created > state.at:
                    self._reject(state, "the record was created after this state of it")
                    continue
                yield from self._first(record, state)
            elif before.until is not None and before.until > state.at:
                self._reject(state, f"it begins before the state of line {before.line} ends")
                continue
            else:
                yield from self._next(record, before, state)
            before = state
        if before is not None and before.until is not None:
            yield from self._over(record, before)

    def _first(self, record: str, state: State) -> Iterator[Change]:
        if self._mapping.first_row == "creation" or state.created == state.at:
            by = state.by if state.created_by is None else state.created_by
            yield self._change(record, "create", state.at, state.values, None, by)
        else:
            if state.created is not None:
                yield self._change(record, "create", state.created, {}, None, state.created_by)
            # Nobody made an edit that we know of: the record was so by then.
            yield self._change(record, "system_update", state.at, state.values, None, None)
        if state.is_deleted:
            yield self._change(record, "delete", state.at, state.values, None, state.by)

    def _next(self, record: str, before: State, state: State) -> Iterator[Change]:
        if state.at == before.at and self._order is None and state.values != before.values:
            self._local.remarks.count(
                "several states of one record at one moment: taken in the order of the file; `order` may name a column",
                f"line {state.line}",
            )
        if before.until is not None and state.at - before.until > _SECOND:
            yield from self._over(record, before)
            kind: ChangeKind = "undelete" if self._mapping.ended == "deleted" else "system_update"
            yield self._change(record, kind, state.at, state.values, None, state.by if kind == "undelete" else None)
            return
        old = {name: before.values[name] for name, value in state.values.items() if differs(before.values[name], value)}
        if before.is_deleted != state.is_deleted:
            yield self._change(
                record, "delete" if state.is_deleted else "undelete", state.at, state.values, None, state.by
            )
        elif old and not state.is_deleted:
            yield self._change(record, "update", state.at, state.values, old, state.by)
        else:
            self.without_change += 1

    def _over(self, record: str, state: State) -> Iterator[Change]:
        """Tell of a state that ends and that no other follows at once."""
        if self._mapping.ended == "deleted" and state.until is not None:
            if not state.is_deleted:
                yield self._change(record, "delete", state.until, state.values, None, None)
            return
        self._local.remarks.count(
            "a state that ends without another at once: what came then is not known (`ended` may say: deleted)",
            f"line {state.line}",
        )

    def _change(  # noqa: PLR0917 - what a change is made of, in its order
        self, record: str, kind: ChangeKind, at: int, new: dict[str, Any], old: dict[str, Any] | None, by: str | None
    ) -> Change:
        return Change(self._mapping.object, record, kind, from_micros(at), new, old, by)

    def _numbered(self, changes: Iterator[Change]) -> Iterator[Change]:
        """Give changes of one moment their numbers."""
        at_moment = Counter[object]()
        for change in changes:
            seq = at_moment[change.at]
            at_moment[change.at] += 1
            yield (
                change
                if not seq
                else Change(change.object, change.id, change.kind, change.at, change.new, change.old, change.by, seq)
            )

    def _reject(self, state: State, reason: str) -> None:
        self._table.reject(CsvRow(state.line, ()), reason)


def _micros(when: When | None) -> int | None:
    return None if when is None else to_micros(when.at)


def _sortable(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text
