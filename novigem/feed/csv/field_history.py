"""Rows of a field-history export: one changed field each, put together to changes of records."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple, TypeVar

from novigem.feed.csv.cells import Local, cell_reader, id_reader, moment_reader, value_reader
from novigem.feed.csv.ids import looks_like_id
from novigem.feed.csv.mapping import HistoryField, HistoryMapping, RecordsFile
from novigem.feed.csv.rows import CsvFile, CsvRow
from novigem.feed.derived import derived_of
from novigem.model.change import Change
from novigem.model.ids import id18, reference

# Lookups that history objects name without "Id".
_LOOKUPS = {name: f"{name}Id" for name in ("Owner", "Account", "Contact", "Campaign", "RecordType", "Parent")}
# Rows that tell of something else than a field's values.
_NOT_FIELDS = frozenset(
    ("locked", "unlocked", "ownerAssignment", "ownerAccepted", "ownerEscalated", "external", "feedEvent")
)
_CREATED = "created"

_T = TypeVar("_T")


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
        columns = mapping.columns
        self._mapping = mapping
        self._table = table
        self._local = local
        self._id, self._field = table.column(mapping.id_column), table.column(columns.field)
        self._old, self._new = table.column(columns.old), table.column(columns.new)
        self._at, self._by = table.column(columns.at), None if columns.by is None else table.column(columns.by)
        self._moment = moment_reader(local)
        self._readers: dict[str, Any] = {}
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
        if field in _NOT_FIELDS:
            self.without_change += 1
            return
        edit = self._edit(row, field)
        if field != _CREATED:
            if not edit.old and not edit.new:
                raise ValueError(f"{field}: the history keeps no values of this field")
            self._values(edit)
        self._edits[edit.record_id].append(edit)

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
        moved = {self._name(edit.field) for edit in edits if edit.field != _CREATED}
        follows = {path for path, one in derived_of(self._mapping.object).items() if not moved.isdisjoint(one.drivers)}
        return {field: value for field, value in told.items() if field not in moved | follows}

    def _edit(self, row: CsvRow, field: str) -> _Edit:
        cells = row.cells
        if not cells[self._at]:
            raise ValueError(f"{self._mapping.columns.at}: empty")
        columns = self._mapping.columns
        at = _told(columns.at, self._moment, cells[self._at])
        record_id = _told(self._mapping.id_column, id18, cells[self._id])
        by = cells[self._by] if self._by is not None else ""
        user_id = _told(columns.by or "", id18, by) if by else None
        return _Edit(row, record_id, field, cells[self._old], cells[self._new], at, user_id)

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
        if kind not in self._readers:
            self._readers[kind] = value_reader(kind, self._local)
        renamed, read = told.map or {}, self._readers[kind]
        texts = (renamed.get(text, text) for text in (edit.old, edit.new))
        try:
            old, new = (read(text) if text else None for text in texts)
        except ValueError as error:
            raise ValueError(f"{edit.field}: {error}") from error
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


def _told(column: str, read: Callable[[str], _T], text: str) -> _T:
    """Read a cell; the reason of a ValueError begins with its column."""
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from error


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
        if any(edit.field == _CREATED for edit in rows):
            groups.append(_Group(at, by, created=True, edits=()))
        groups.extend(_Group(at, by, created=False, edits=layer) for layer in _layers(rows))
    # The sort is stable: within a moment, the creation leads and the order of the file decides the rest.
    return sorted(groups, key=lambda group: (group.at, not group.created))


def _layers(rows: list[_Edit]) -> list[list[_Edit]]:
    """Split edits so that no change names a field twice; of a lookup's two rows (name, id) the id is kept."""
    by_field: dict[str, list[_Edit]] = defaultdict(list)
    for edit in rows:
        if edit.field != _CREATED:
            by_field[edit.field].append(edit)
    layers: list[list[_Edit]] = []
    for edits in by_field.values():
        ids = [edit for edit in edits if _are_ids(edit)]
        for number, edit in enumerate(ids or edits):
            if number == len(layers):
                layers.append([])
            layers[number].append(edit)
    return layers
