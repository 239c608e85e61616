"""Rows of a field-history export: one changed field each, put together to changes of records."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple

from novigem.feed.csv.cells import Local, cell_reader, id_reader, read_again, value_reader, when_reader
from novigem.feed.csv.columns import history_columns
from novigem.feed.csv.history_events import CONVERTED, CREATED, api_name, is_creation, told_of
from novigem.feed.csv.ids import looks_like_id
from novigem.feed.csv.mapping import Cell, HistoryField, HistoryMapping, RecordsFile
from novigem.feed.csv.rows import CsvFile, CsvRow
from novigem.feed.derived import derived_of
from novigem.feed.source import Rejected
from novigem.model.change import Change
from novigem.model.ids import reference

# Lookups that history objects name without "Id".
_LOOKUPS = {name: f"{name}Id" for name in ("Owner", "Account", "Contact", "Campaign", "RecordType", "Parent")}
_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*")
_IS_CONVERTED = "IsConverted"


class _Edit(NamedTuple):
    """One row: a field of a record went from one text to another (an empty text is null)."""

    row: CsvRow
    record_id: str
    field: str
    old: str
    new: str
    at: datetime
    by: str | None


class _Group(NamedTuple):
    """The edits that one change is made of; no edits for the creation of the record."""

    at: datetime
    by: str | None
    created: bool
    edits: Sequence[_Edit]


class FieldHistory:
    """Collects rows, then gives the changes of every record, carrying its known values forward."""

    def __init__(self, mapping: HistoryMapping, table: CsvFile, local: Local) -> None:
        may_be = history_columns(mapping)
        # The labels of a report come together: a single one among the API's names is a column misnamed.
        self._is_report = _present(may_be["field"], table) != may_be["field"][0]
        names = {part: _present(told, table) if self._is_report else told[0] for part, told in may_be.items()}
        self._mapping = mapping
        self._table = table
        self._local = local
        self._id = id_reader(_cell(mapping.columns.id, names["id"]), table, local)
        self._field, self._old, self._new = (table.column(names[part]) for part in ("field", "old", "new"))
        self._at = when_reader(mapping.columns.at.model_copy(update={"column": names["at"]}), table, local)
        by = mapping.columns.by
        self._by = None if by is None else id_reader(_cell(by, names["by"]), table, local)
        self._names = names
        self._known: dict[str, tuple[str, str | None]] = {}
        self.ahead: list[Rejected] = []
        self._readers: dict[tuple[str, tuple[str, ...] | None], Any] = {}
        self._edits: dict[str, list[_Edit]] = defaultdict(list)
        self._seen: set[tuple[str, ...]] = set()
        self.repeated = 0
        self.without_change = 0

    def add(self, row: CsvRow) -> None:
        """Take one row. Raises ValueError with a reason when it cannot be used."""
        cells = tuple(row.cells)
        if cells in self._seen:
            self.repeated += 1
            return
        self._seen.add(cells)
        field = cells[self._field]
        if not field:
            raise ValueError("no field is named")
        if field not in self._known:
            self._known[field] = (self._known_as(field), None if field in self._mapping.fields else told_of(field))
        known_as, told = self._known[field]
        if told is not None:
            self._local.remarks.count(f"{field}: {told}, which changes no field", f"line {row.line}")
            self.without_change += 1
            return
        edit = self._edit(row, known_as)
        if edit is None:
            return
        if edit.field != CREATED:
            if not edit.old and not edit.new:
                raise ValueError(f"{field}: the history keeps no values of this field")
            if _API_NAME.fullmatch(self._name(edit.field)) is None:
                raise ValueError(f"`{field}` is a label: say which field it is, `fields: {{{field}: {{name: …}}}}`")
            self._values(edit)
        self._edits[edit.record_id].append(edit)

    def _known_as(self, field: str) -> str:
        """Give the name of a creation whichever row tells of it, and of a field where a report shows its label."""
        if is_creation(field, self._mapping.created_events):
            return CREATED
        if self._is_report and field not in self._mapping.fields:
            return api_name(field, self._mapping.object)
        return field

    def changes(self, constant: dict[str, dict[str, Any]]) -> Iterator[Change]:
        """Yield the changes of all records; `constant` holds, per record, what is known besides and never changes."""
        for record_id, edits in self._edits.items():
            groups = _groups(edits)
            known = self._constant(constant.get(record_id, {}), edits)
            if self._mapping.tracked_from_creation and groups[0].created:
                known |= self._first_values(groups)
            yield from self._life(record_id, groups, known)

    def _constant(self, told: dict[str, Any], edits: Sequence[_Edit]) -> dict[str, Any]:
        """Give what is known besides, but for what the history shows to have moved: it was not so all the time."""
        moved = {self._name(edit.field) for edit in edits if edit.field != CREATED}
        follows = {path for path, one in derived_of(self._mapping.object).items() if not moved.isdisjoint(one.drivers)}
        return {field: value for field, value in told.items() if field not in moved | follows}

    def _edit(self, row: CsvRow, field: str) -> _Edit | None:
        """Read a row; None where it lies ahead of now, which is told."""
        cells = row.cells
        when = self._at(cells)
        if when is None:
            raise ValueError(f"{self._names['at']}: empty")
        record_id = self._id(cells)
        if record_id is None:
            raise ValueError(f"{self._names['id']}: empty")
        if when.is_ahead:
            text = cells[self._table.column(self._names["at"])]
            reason = f"{self._names['at']}: {text[:40]!r} lies ahead, so this edit of {field} has not happened"
            self.ahead.append(Rejected(f"line {row.line}", reason, text))
            return None
        by = None if self._by is None else self._by(cells)
        old, new = cells[self._old], cells[self._new]
        if field == CONVERTED and field not in self._mapping.fields:
            field, old, new = _IS_CONVERTED, "false", "true"
        return _Edit(row, record_id, field, old, new, when.at, by)

    def _life(self, record_id: str, groups: list[_Group], known: dict[str, Any]) -> Iterator[Change]:
        last: datetime | None = None
        seq = 0
        waiting = list(groups)
        while waiting:
            group = waiting.pop(self._next(waiting, known))
            seq = seq + 1 if group.at == last else 0
            last = group.at
            if group.created:
                yield Change(self._mapping.object, record_id, "create", group.at, dict(known), None, group.by, seq)
                continue
            values = {self._name(edit.field): self._values(edit) for edit in group.edits}
            known |= {name: new for name, (_, new) in values.items()}
            old = {name: prior for name, (prior, _) in values.items()}
            yield Change(self._mapping.object, record_id, "update", group.at, dict(known), old, group.by, seq)

    def _next(self, waiting: list[_Group], known: dict[str, Any]) -> int:
        """Choose among the groups of the next moment: one that fits what is known and follows none of the others."""
        now = list(takewhile(lambda group: group.at == waiting[0].at, waiting))
        if len(now) == 1:
            return 0
        fitting = [n for n, group in enumerate(now) if all(self._fits(edit, known) for edit in group.edits)]
        leading = [n for n in fitting if not any(_follows(now[n], other) for other in now)]
        return (leading or fitting or [0])[0]

    def _fits(self, edit: _Edit, known: dict[str, Any]) -> bool:
        name = self._name(edit.field)
        return name not in known or known[name] == self._values(edit)[0]

    def _first_values(self, groups: list[_Group]) -> dict[str, Any]:
        """Give the values a record was created with: the prior values of each field's first edit."""
        known: dict[str, Any] = {}
        for group in groups:
            for edit in group.edits:
                known.setdefault(self._name(edit.field), self._values(edit)[0])
        return known

    def _name(self, field: str) -> str:
        told = self._mapping.fields.get(field)
        return (told.name if told else None) or _LOOKUPS.get(field, field)

    def _values(self, edit: _Edit) -> tuple[Any, Any]:
        """Give the values before and after an edit, in the field's type. Raises ValueError."""
        told = self._mapping.fields.get(edit.field, HistoryField())
        kind = "id" if told.type == "text" and _are_ids(edit) else told.type
        kind = "boolean" if edit.field == _IS_CONVERTED else kind
        if (kind, told.date_format) not in self._readers:
            self._readers[kind, told.date_format] = value_reader(kind, self._local.written_as(told.date_format))
        renamed, read = told.map or {}, self._readers[kind, told.date_format]
        old, new = (_value(read, renamed.get(text, text), edit.field) for text in (edit.old, edit.new))
        return old, new


def constants(records: RecordsFile, table: CsvFile, local: Local) -> dict[str, dict[str, Any]]:
    """Read the second file: what never changes about each record. Rows that cannot be read are set aside."""
    read_id = id_reader(records.id, table, local)
    fields = {field: cell_reader(cell, table, local) for field, cell in records.fields.items()}
    table.check()
    found: dict[str, dict[str, Any]] = {}
    for row in table.rows():
        try:
            record_id = read_id(row.cells)
            values = {field: read(row.cells) for field, read in fields.items()}
        except ValueError as error:
            table.reject(row, str(error))
            continue
        if record_id is None:
            table.reject(row, "no record: its id is empty")
        else:
            found[record_id] = values
    return found


def _value(read: Callable[[str], Any], text: str, field: str) -> Any:
    if not text:
        return None
    try:
        return read(text)
    except ValueError as error:
        return read_again(read, text, error, f"{field}: ")


def _present(names: Sequence[str], table: CsvFile) -> str:
    """Give the name under which a column stands in the file; the first where none does."""
    return next((name for name in names if name in table.columns), names[0])


def _cell(told: Cell | None, column: str) -> Cell:
    return Cell(column=column) if told is None else told.model_copy(update={"column": column})


def _follows(group: _Group, other: _Group) -> bool:
    """Say whether a group changes a field from the value that the other one gave it."""
    given = {edit.field: reference(edit.new) for edit in other.edits}
    return group is not other and any(given.get(edit.field) == reference(edit.old) for edit in group.edits)


def _are_ids(edit: _Edit) -> bool:
    return all(looks_like_id(text) for text in (edit.old, edit.new) if text)


def _groups(edits: list[_Edit]) -> list[_Group]:
    """Put the edits of a record together: same moment and same person make one change."""
    together: dict[tuple[datetime, str | None], list[_Edit]] = defaultdict(list)
    for edit in edits:
        together[edit.at, edit.by].append(edit)
    groups: list[_Group] = []
    for (at, by), rows in together.items():
        if any(edit.field == CREATED for edit in rows):
            groups.append(_Group(at, by, created=True, edits=()))
        groups.extend(_Group(at, by, created=False, edits=layer) for layer in _layers(rows))
    # The sort is stable: within a moment, the creation leads and the order of the file decides the rest.
    groups.sort(key=lambda group: (group.at, not group.created))
    first = next((group for group in groups if group.created), None)
    # Two rows may tell of one creation, such as `created` and `opportunityCreatedFromLead`.
    return [group for group in groups if not group.created or group is first]


def _layers(rows: list[_Edit]) -> list[list[_Edit]]:
    """Split edits so that no change names a field twice; of a lookup's two rows (name, id) the id is kept."""
    by_field: dict[str, list[_Edit]] = defaultdict(list)
    for edit in rows:
        if edit.field != CREATED:
            by_field[edit.field].append(edit)
    layers: list[list[_Edit]] = []
    for edits in by_field.values():
        ids = [edit for edit in edits if _are_ids(edit)]
        for number, edit in enumerate(ids or edits):
            if number == len(layers):
                layers.append([])
            layers[number].append(edit)
    return layers
