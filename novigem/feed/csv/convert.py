"""CSV exports to changes, as a mapping says."""

from pathlib import Path

from novigem.feed.csv.cells import Local
from novigem.feed.csv.conversion import Conversion, in_order, kinds_of
from novigem.feed.csv.field_history import FieldHistory, constants
from novigem.feed.csv.mapping import HistoryMapping, Mapping, StatesMapping
from novigem.feed.csv.people import PeopleReader
from novigem.feed.csv.record_states import StatesReader
from novigem.feed.csv.rows import CsvFile
from novigem.model.change import Change
from novigem.model.people import Person


def convert_csv(csv_path: Path | str, mapping: Mapping, base_dir: Path | str | None = None) -> Conversion:
    """Convert a CSV export to changes. Other files the mapping names are looked for in `base_dir`.

    `base_dir` is the folder of the CSV unless given. A row that cannot be read is set aside with its line and a
    reason and never ends the conversion. Moments are in UTC.

    Raises MappingError when the file cannot be read as the mapping describes it: a missing file or column, another
    encoding.
    """
    return _Work(Path(csv_path), mapping, base_dir).conversion()


class _Work:
    """One conversion: the tables that are open and what was found in them."""

    def __init__(self, csv_path: Path, mapping: Mapping, base_dir: Path | str | None) -> None:
        self._folder = csv_path.parent if base_dir is None else Path(base_dir)
        self._mapping = mapping
        self._local = Local.of(mapping)
        self._table = self._open(csv_path)
        self._tables = [self._table]
        self._people = self._people_of_rows()
        self._rows = 0

    def conversion(self) -> Conversion:
        """Read everything; the people first, since their file may be the one that is wrong."""
        people = self._people_of_file()
        if isinstance(self._mapping, StatesMapping):
            changes, without_change, repeated = self._states(self._mapping)
        else:
            changes, without_change, repeated = self._history(self._mapping)
        if self._people is not None:
            people = self._people.people()
        rejected = [row for table in self._tables for row in table.rejected]
        ordered = in_order(changes)
        return Conversion(ordered, people, rejected, self._rows, without_change, repeated, kinds_of(ordered))

    def _states(self, mapping: StatesMapping) -> tuple[list[Change], int, int]:
        reader = StatesReader(mapping, self._table, self._local)
        self._table.check()
        changes: list[Change] = []
        without_change = 0
        for row in self._table.rows():
            self._rows += 1
            try:
                if self._people is not None:
                    self._people.add(row)
                found = reader.read(row)
            except ValueError as error:
                self._table.reject(row, str(error))
                continue
            changes.extend(found)
            without_change += not found
        return changes, without_change, 0

    def _history(self, mapping: HistoryMapping) -> tuple[list[Change], int, int]:
        reader = FieldHistory(mapping, self._table, self._local)
        self._table.check()
        constant = {}
        if mapping.records is not None:
            constant = constants(mapping.records, self._companion(mapping.records.file), self._local)
        for row in self._table.rows():
            self._rows += 1
            try:
                if self._people is not None:
                    self._people.add(row)
                reader.add(row)
            except ValueError as error:
                self._table.reject(row, str(error))
        return list(reader.changes(constant)), reader.without_change, reader.repeated

    def _people_of_rows(self) -> PeopleReader | None:
        users = self._mapping.users
        return PeopleReader(users, self._table, self._local) if users is not None and users.file is None else None

    def _people_of_file(self) -> list[Person]:
        users = self._mapping.users
        if users is None or users.file is None:
            return []
        table = self._companion(users.file)
        reader = PeopleReader(users, table, self._local)
        table.check()
        reader.add_all(table.rows())
        return reader.people()

    def _companion(self, name: str) -> CsvFile:
        table = self._open(self._folder / name, prefix=f"{name} ")
        self._tables.append(table)
        return table

    def _open(self, path: Path, *, prefix: str = "") -> CsvFile:
        return CsvFile(path, encoding=self._mapping.encoding, delimiter=self._mapping.delimiter, prefix=prefix)
