"""The rows of a CSV file with the line each begins on; a bad row is set aside."""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from html import unescape
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from novigem.errors import MappingError
from novigem.feed.csv.containers import opened
from novigem.feed.csv.encodings import refusal, settled
from novigem.feed.csv.footers import are_a_foot, is_sure, told_records
from novigem.feed.csv.header import MOST_LINES, Wanted, find_header, told_before, told_delimiter
from novigem.feed.csv.messages import or_meant
from novigem.feed.csv.remarks import Remarks
from novigem.feed.source import Rejected

_RAW_CHARACTERS = 500
_FOOT = "line below the rows that tells totals or who made the report: skipped"


class Writing(NamedTuple):
    """How a file is written, as far as the mapping says it: the same for every file that it names."""

    encoding: str | None = None
    delimiter: str | None = None
    empty: frozenset[str] = frozenset()
    html_entities: bool = False


class CsvRow(NamedTuple):
    """The cells of a row, without the spaces around them, and the line it begins on."""

    line: int
    cells: Sequence[str]


class CsvFile:
    """A CSV file whose header is read. Call `check` after asking for columns.

    `wanted` names the columns that will be asked for, by which the header line is known. `prefix` goes before the
    place of each reject, to tell a second file from the first.
    """

    def __init__(
        self, path: Path, *, writing: Writing, wanted: Wanted = (), remarks: Remarks | None = None, prefix: str = ""
    ) -> None:
        self.path = path
        self.columns: list[str] = []
        self.rejected: list[Rejected] = []
        self.remarks = remarks if remarks is not None else Remarks()
        self._writing = writing
        self._wanted = wanted
        self._delimiter = ","
        self._prefix = prefix
        self._missing: dict[str, None] = {}
        self._taken = 0
        self._rows = self._read()
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
        """Yield the rows after the header that have as many cells as it; blank rows are skipped."""
        width, columns = len(self.columns), self.columns
        short: list[CsvRow] = []
        for row in self._rows:
            cells = row.cells
            if len(cells) != width:
                cells = _without_last_blank(cells, width, columns)
                if len(cells) != width:
                    short.append(row)
                    continue
            if short:
                self._aside(short)
            if cells[0] == columns[0] and list(cells) == columns:
                self.remarks.count("the header line once more, between the rows: skipped", self._place(row))
            elif "(" in cells[0] and is_sure(cells):
                self._foot(row)
            elif any("\x00" in cell for cell in cells):
                self.reject(row, "a NUL character in a cell")
            elif cells[0] or any(cells):
                self._taken += 1
                yield row if cells is row.cells else CsvRow(row.line, cells)
        self._end(short)

    def reject(self, row: CsvRow, reason: str) -> bool:
        """Set a row aside and say so; a line that is surely no row but the foot of a report is only told."""
        if len(row.cells) > 1 and is_sure(row.cells):
            self._taken -= 1
            self._foot(row)
            return False
        raw = self._delimiter.join(row.cells)[:_RAW_CHARACTERS].replace("\x00", "\N{REPLACEMENT CHARACTER}")
        self.rejected.append(Rejected(self._place(row), reason, raw))
        return True

    def _place(self, row: CsvRow) -> str:
        return f"{self._prefix}line {row.line}"

    def _aside(self, short: list[CsvRow]) -> None:
        """Set rows of another width aside; they were kept back as long as they could have been the foot."""
        for row in short:
            self.reject(row, f"{len(row.cells)} cells instead of {len(self.columns)}")
        short.clear()

    def _end(self, short: list[CsvRow]) -> None:
        start = len(short)
        while start and sum(map(bool, short[start - 1].cells)) <= 1:
            start -= 1
        foot = short[start:]
        if len(self.columns) > 1 and are_a_foot([row.cells for row in foot]):
            self._aside(short[:start])
            for row in foot:
                self._foot(row)
        else:
            self._aside(short)

    def _foot(self, row: CsvRow) -> None:
        self.remarks.count(_FOOT, self._place(row))
        told = told_records(row.cells)
        if told is not None and told != self._taken + len(self.rejected):
            self.remarks.say(
                f"{self._place(row)} tells of {told:,} records, but the file has {self._taken + len(self.rejected):,}"
            )

    def _read(self) -> Iterator[CsvRow]:
        encoding = "utf-8"
        with ExitStack() as stack:
            try:
                file = stack.enter_context(opened(self.path))
                encoding = settled(file, self._writing.encoding, self.path)
                if encoding == "utf-16" and self._writing.encoding is None:
                    self.remarks.say(f"{self.path.name} is UTF-16, by its first bytes")
                text = io.TextIOWrapper(file, encoding=encoding, newline="")
                yield from self._parsed(text)
            except UnicodeError as error:
                raise refusal(self.path, encoding, error) from error

    def _parsed(self, text: io.TextIOWrapper) -> Iterator[CsvRow]:
        """Yield the header, then the rows below it."""
        first = list(islice(text, MOST_LINES))
        if not any(line.strip("\r\n \t\ufeff") for line in first):
            return
        header = find_header(first, self._writing.delimiter, self._wanted, self.path)
        self._delimiter = header.delimiter
        if header.rows_before:
            self.remarks.say(told_before(header))
        if self._writing.delimiter is None and header.delimiter != ",":
            self.remarks.say(told_delimiter(header.delimiter))
        above = header.line - 1
        reader = csv.reader(chain(first[above:], text), delimiter=header.delimiter, strict=True)
        finish = _Finish(self._writing.empty, self._writing.html_entities)
        is_plain = not (self._writing.empty or self._writing.html_entities)
        while True:
            line = above + reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self.reject(CsvRow(line, ()), _explain(error, line, above + reader.line_num))
                continue
            if cells:
                stripped = [cell.strip() for cell in cells]
                yield CsvRow(line, stripped if is_plain else finish(stripped))


class _Finish:
    """What may be done to the cells of every row: entities of HTML, texts that stand for nothing."""

    def __init__(self, empty: Collection[str], html_entities: bool) -> None:  # noqa: FBT001 - it has no other use
        self._empty = empty
        self._entities = html_entities

    def __call__(self, cells: list[str]) -> list[str]:
        found = cells
        if self._entities:
            # Exports of exports are written in entities twice.
            found = [unescape(unescape(cell)).strip() if "&" in cell else cell for cell in found]
        if self._empty:
            found = ["" if cell in self._empty else cell for cell in found]
        return found


def _without_last_blank(cells: Sequence[str], width: int, columns: Sequence[str]) -> Sequence[str]:
    """Put up with a sign behind the last cell, in the header alone or in the rows alone."""
    if len(cells) == width + 1 and not cells[-1]:
        return cells[:-1]
    if len(cells) == width - 1 and not columns[-1] and cells:
        return [*cells, ""]
    return cells


def _explain(error: csv.Error, first: int, last: int) -> str:
    message = str(error)
    if "unexpected end of data" in message or "larger than field limit" in message:
        return f"a quoted text that begins on line {first} does not end by line {last}"
    if "expected after" in message:
        return 'text after a closing quote; a quote inside a text is written twice ("")'
    return f"not CSV: {message}"
