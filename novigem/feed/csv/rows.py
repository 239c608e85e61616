"""The rows of a CSV file with the line each begins on; a bad row is set aside."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from novigem.errors import FeedError, MappingError
from novigem.feed.csv.messages import or_meant
from novigem.feed.source import Rejected

_RAW_CHARACTERS = 500


class CsvRow(NamedTuple):
    """The cells of a row, without the spaces around them, and the line it begins on."""

    line: int
    cells: Sequence[str]


class CsvFile:
    """A CSV file whose header is read. Call `missing` after asking for columns.

    `prefix` goes before the place of each reject, to tell a second file from the first.
    """

    def __init__(self, path: Path, *, encoding: str, delimiter: str, prefix: str = "") -> None:
        self.path = path
        self.columns: list[str] = []
        self.rejected: list[Rejected] = []
        self._encoding = "utf-8-sig" if encoding == "utf-8" else encoding
        self._delimiter = delimiter
        self._prefix = prefix
        self._missing: dict[str, None] = {}
        self._rows = self._guarded(self._read())
        header = next(self._rows, None)
        if header is None:
            raise MappingError(f"{path} is empty", hint="the first line must name the columns.")
        self.columns = list(header.cells)

    def column(self, name: str) -> int:
        """Give the number of a column; one that does not exist is remembered for `check`."""
        if self.columns.count(name) == 1:
            return self.columns.index(name)
        if name in self.columns:
            self._missing[f"the column `{name}` stands twice in {self.path.name}"] = None
        else:
            guess = or_meant(name, self.columns)
            self._missing[f"{self.path.name} has no column `{name}`{guess}"] = None
        return 0

    def check(self) -> None:
        """Raise MappingError when a column that was asked for is missing, naming all of them."""
        if self._missing:
            raise MappingError("\n".join(self._missing), hint=f"its columns are: {', '.join(self.columns)}")

    def rows(self) -> Iterator[CsvRow]:
        """Yield the rows after the header that have as many cells as it; blank lines are skipped."""
        width = len(self.columns)
        for row in self._rows:
            if len(row.cells) != width:
                self.reject(row, f"{len(row.cells)} cells instead of {width}")
            elif any("\x00" in cell for cell in row.cells):
                self.reject(row, "a NUL character in a cell")
            else:
                yield row

    def reject(self, row: CsvRow, reason: str) -> None:
        """Set a row aside."""
        raw = self._delimiter.join(row.cells)[:_RAW_CHARACTERS].replace("\x00", "\N{REPLACEMENT CHARACTER}")
        self.rejected.append(Rejected(f"{self._prefix}line {row.line}", reason, raw))

    def _read(self) -> Iterator[CsvRow]:
        with self.path.open(encoding=self._encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self._delimiter, strict=True)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    self.reject(CsvRow(line, ()), _explain(error, line, reader.line_num))
                    continue
                if cells:
                    yield CsvRow(line, [cell.strip() for cell in cells])

    def _guarded(self, rows: Iterator[CsvRow]) -> Iterator[CsvRow]:
        try:
            yield from rows
        except UnicodeError as error:
            raise MappingError(
                f"{self.path} is not {self._encoding.removesuffix('-sig')} text",
                hint="name the encoding of the file in the mapping, such as `encoding: cp1252` (Windows) or utf-16.",
            ) from error
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise MappingError(f"{self.path} cannot be read: {error.strerror}", hint="check the path.") from error
        except OSError as error:
            raise FeedError(f"{self.path} could not be read: {error.strerror or error}") from error


def _explain(error: csv.Error, first: int, last: int) -> str:
    message = str(error)
    if "unexpected end of data" in message or "larger than field limit" in message:
        return f"a quoted text that begins on line {first} does not end by line {last}"
    if "expected after" in message:
        return 'text after a closing quote; a quote inside a text is written twice ("")'
    return f"not CSV: {message}"
