"""The committed rows of one object, found by id and by stamp without a scan."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from novigem_sandbox.org.schema import ObjectType

Row = dict[str, Any]

#: Stale entries of the stamp index that are borne before it is made anew: they cost a look-up each when reading.
_STALE = 10_000


class Version(NamedTuple):
    """A record as it was committed at a moment of the org's clock; `values` is None where it was purged."""

    committed: str
    values: Mapping[str, Any] | None


class TableRow(NamedTuple):
    """A row with the table it stands in, or will stand in."""

    table: "Table"
    row: Row


class Table:
    """The rows of an object. A row is never changed, only replaced; a field it lacks is empty."""

    def __init__(self, shape: ObjectType) -> None:
        self.shape = shape
        self.rows: dict[str, Row] = {}
        self.versions: dict[str, list[Version]] = {}
        self.deletions: list[tuple[str, str]] = []
        self.children: dict[str, list[str]] = {}
        self._ids: list[str] = []
        self._stamps: list[tuple[str, str]] = []
        self._stale = 0

    def put(self, row: Row) -> None:
        """Commit a row."""
        record_id, field = row["Id"], self.shape.stamp_field
        before = self.rows.get(record_id)
        self.rows[record_id] = row
        if before is None:
            insort(self._ids, record_id)
            if self.shape.parent:
                self.children.setdefault(row[self.shape.parent], []).append(record_id)
        elif before[field] == row[field]:
            return
        else:
            self._stale += 1
        self._index((row[field], record_id))

    def put_many(self, rows: Sequence[Row]) -> None:
        """Commit many new rows at once, in any order."""
        field = self.shape.stamp_field
        self.rows.update((row["Id"], row) for row in rows)
        self._ids = sorted(self.rows)
        self._stamps.extend((row[field], row["Id"]) for row in rows)
        self._stamps.sort()
        if self.shape.parent:
            for row in rows:
                self.children.setdefault(row[self.shape.parent], []).append(row["Id"])
        if len(self._stamps) != len(self.rows):
            self._rebuild()

    def purge(self, record_id: str) -> None:
        """Forget a row for good."""
        if self.rows.pop(record_id, None) is None:
            return
        del self._ids[bisect_left(self._ids, record_id)]
        self._stale += 1

    def _index(self, entry: tuple[str, str]) -> None:
        # Stamps grow, so a new entry nearly always goes last. Old entries stay until there are many: whoever reads
        # the index asks the row whether an entry still holds.
        place = bisect_left(self._stamps, entry)
        if place == len(self._stamps) or self._stamps[place] != entry:
            self._stamps.insert(place, entry)
        if self._stale > _STALE and self._stale * 2 > len(self._stamps):
            self._rebuild()

    def _rebuild(self) -> None:
        field = self.shape.stamp_field
        self._stamps = sorted((row[field], record_id) for record_id, row in self.rows.items())
        self._stale = 0

    def by_stamp(self, low: str | None = None, high: str | None = None) -> Iterator[Row]:
        """Yield the rows with low <= stamp <= high, in the order of stamp and id."""
        field, rows = self.shape.stamp_field, self.rows
        start = 0 if low is None else bisect_left(self._stamps, (low, ""))
        # No id sorts behind a tilde: letters and digits only.
        end = len(self._stamps) if high is None else bisect_left(self._stamps, (high, "~"))
        for stamp, record_id in self._stamps[start:end]:
            row = rows.get(record_id)
            if row is not None and row[field] == stamp:
                yield row

    def by_id(self, low: str | None = None, high: str | None = None) -> Iterator[Row]:
        """Yield the rows with low <= id <= high, in the order of their ids."""
        start = 0 if low is None else bisect_left(self._ids, low)
        end = len(self._ids) if high is None else bisect_left(self._ids, high + "~")
        rows = self.rows
        return (rows[record_id] for record_id in self._ids[start:end])

    def some(self, record_ids: Iterable[str]) -> Iterator[Row]:
        """Yield the rows with these ids, in the order of their ids."""
        rows = self.rows
        return (rows[record_id] for record_id in sorted(set(record_ids)) if record_id in rows)

    def keep_version(self, record_id: str, committed: str, values: Row | None) -> None:
        """Remember what a record was at a commit."""
        self.versions.setdefault(record_id, []).append(Version(committed, values))
