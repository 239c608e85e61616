"""CSV exports to changes, as a mapping says."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Counts
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from novigem.errors import MappingError
from novigem.feed.csv.cells import Local
from novigem.feed.csv.columns import wanted_of, wanted_of_people, wanted_of_records
from novigem.feed.csv.conversion import Conversion, in_order, kinds_of
from novigem.feed.csv.field_history import FieldHistory, constants
from novigem.feed.csv.header import Wanted
from novigem.feed.csv.mapping import HistoryMapping, LogMapping, Mapping, StatesMapping
from novigem.feed.csv.people import PeopleReader
from novigem.feed.csv.record_states import StatesReader
from novigem.feed.csv.remarks import Remarks
from novigem.feed.csv.rows import CsvFile, CsvRow, Writing
from novigem.feed.csv.state_log import LogReader
from novigem.feed.source import Rejected
from novigem.model.change import Change
from novigem.model.people import Person


def utc_now() -> datetime:
    """Give the wall clock: nothing in an export can be later."""
    return datetime.now(UTC)


def convert_csv(
    csv_path: Path | str,
    mapping: Mapping,
    base_dir: Path | str | None = None,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> Conversion:
    """Convert a CSV export to changes. Other files the mapping names are looked for in `base_dir`.

    `base_dir` is the folder of the CSV unless given. A row that cannot be read is set aside with its line and a
    reason and never ends the conversion; a moment that lies ahead of `clock` has not happened, and is told. Moments are
    in UTC.

    Raises MappingError when the file cannot be read as the mapping describes it: a missing file or column, another
    encoding, a question that the mapping leaves open.
    """
    if mapping.open:
        raise MappingError(
            "\n".join(["the mapping leaves open:", *(f"  {question}" for question in mapping.open)]),
            hint="put right what each of them names, and take it out of `open`.",
        )
    return _Work(Path(csv_path), mapping, base_dir, clock()).conversion()


class _Found(NamedTuple):
    """What the rows of one shape came to."""

    changes: Sequence[Change]
    kinds: Counts[str, int]
    without_change: int
    repeated: int
    ahead: Sequence[Rejected]


class _Work:
    """One conversion: the tables that are open and what was found in them."""

    def __init__(self, csv_path: Path, mapping: Mapping, base_dir: Path | str | None, now: datetime) -> None:
        self._folder = csv_path.parent if base_dir is None else Path(base_dir)
        self._mapping = mapping
        self._remarks = Remarks()
        self._local = Local.of(mapping, now, self._remarks)
        self._table = self._open(csv_path, wanted_of(mapping))
        self._tables = [self._table]
        self._people = self._people_of_rows()
        self._rows = 0

    def conversion(self) -> Conversion:
        """Read everything; the people first, since their file may be the one that is wrong."""
        people = self._people_of_file()
        if isinstance(self._mapping, StatesMapping):
            found = self._states(self._mapping)
        elif isinstance(self._mapping, HistoryMapping):
            found = self._history(self._mapping)
        else:
            found = self._log(self._mapping)
        if self._people is not None:
            people = self._people.people()
        return Conversion(
            found.changes,
            people,
            [row for table in self._tables for row in table.rejected],
            self._rows,
            found.without_change,
            found.repeated,
            found.kinds,
            found.ahead,
            self._remarks.lines(),
        )

    def _states(self, mapping: StatesMapping) -> _Found:
        reader = StatesReader(mapping, self._table, self._local)
        self._table.check()
        changes: list[Change] = []
        without_change = 0

        def take(row: CsvRow) -> None:
            nonlocal without_change
            found = reader.read(row)
            changes.extend(found)
            without_change += not found

        self._each_row(take)
        ordered = in_order(changes)
        return _Found(ordered, kinds_of(ordered), without_change, 0, reader.ahead)

    def _history(self, mapping: HistoryMapping) -> _Found:
        reader = FieldHistory(mapping, self._table, self._local)
        self._table.check()
        constant = {}
        if mapping.records is not None:
            records = self._companion(mapping.records.file, [(name,) for name in wanted_of_records(mapping.records)])
            constant = constants(mapping.records, records, self._local)
        self._each_row(reader.add)
        ordered = in_order(reader.changes(constant))
        return _Found(ordered, kinds_of(ordered), reader.without_change, reader.repeated, reader.ahead)

    def _log(self, mapping: LogMapping) -> _Found:
        reader = LogReader(mapping, self._table, self._local)
        self._table.check()
        self._each_row(reader.add)
        changes = reader.changes()
        return _Found(changes, changes.kinds, reader.without_change, 0, reader.ahead)

    def _each_row(self, take: Callable[[CsvRow], None]) -> None:
        """Hand over every row; one that cannot be read is set aside."""
        for row in self._table.rows():
            self._rows += 1
            try:
                if self._people is not None:
                    self._people.add(row)
                take(row)
            except ValueError as error:
                # A line of totals is no row.
                self._rows -= not self._table.reject(row, str(error))

    def _people_of_rows(self) -> PeopleReader | None:
        users = self._mapping.users
        return PeopleReader(users, self._table, self._local) if users is not None and users.file is None else None

    def _people_of_file(self) -> list[Person]:
        users = self._mapping.users
        if users is None or users.file is None:
            return []
        table = self._companion(users.file, [(name,) for name in wanted_of_people(users)])
        reader = PeopleReader(users, table, self._local)
        table.check()
        reader.add_all(table.rows())
        return reader.people()

    def _companion(self, name: str, wanted: Wanted) -> CsvFile:
        table = self._open(self._folder / name, wanted, prefix=f"{name} ")
        self._tables.append(table)
        return table

    def _open(self, path: Path, wanted: Wanted, *, prefix: str = "") -> CsvFile:
        told = self._mapping
        writing = Writing(told.encoding, told.delimiter, frozenset(told.empty), told.html_entities)
        return CsvFile(path, writing=writing, wanted=wanted, remarks=self._remarks, prefix=prefix)
