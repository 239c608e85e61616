"""Where the header line of an export is, and which sign stands between its cells."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from novigem.errors import MappingError

DELIMITERS = (",", ";", "\t", "|")
#: Lines at the beginning of a file among which the header line is looked for.
MOST_LINES = 60
_SURE = 2
_SHOWN = 3
#: Each column that is needed, under every name that it may have.
Wanted = Sequence[tuple[str, ...]]


class Header(NamedTuple):
    """The header line: its cells, the line it begins on, the rows before it, and the sign between cells."""

    delimiter: str
    cells: Sequence[str]
    line: int
    rows_before: Sequence[str]


class _Candidate(NamedTuple):
    matches: int
    row: int
    header: Header


def find_header(lines: Sequence[str], told: str | None, wanted: Wanted, path: Path) -> Header:
    """Find the header among the first lines. Raises MappingError where they cannot be read, or not with `told`.

    It is the first row, unless a later one names all the columns that are needed. Nothing else is skipped.
    """
    marked = _excel_mark(lines)
    found = {sign: best for sign in DELIMITERS if (best := _best(lines, sign, wanted, marked)) is not None}
    chosen = _chosen(found, told or marked)
    fitting = max(found.values(), key=lambda one: (one.matches, len(one.header.cells)), default=None)
    if told is not None and fitting is not None and len(wanted) == fitting.matches > (chosen.matches if chosen else 0):
        raise MappingError(
            f"{path}: its header line cannot be read with {_shown(told)} between the cells; "
            f"{_shown(fitting.header.delimiter)} would fit",
            hint=f"write `delimiter: {_in_yaml(fitting.header.delimiter)}` in the mapping, or leave the key out.",
        )
    if chosen is None:
        raise MappingError(
            f"{path}:1: the header line is not CSV: {_problem(lines, told or ',')}",
            hint="the first line must name the columns.",
        )
    return chosen.header


def _chosen(found: dict[str, _Candidate], told: str | None) -> _Candidate | None:
    if told is not None:
        return found.get(told)
    return max(found.values(), key=lambda one: (one.matches, -one.row, len(one.header.cells)), default=None)


def _best(lines: Sequence[str], delimiter: str, wanted: Wanted, marked: str | None) -> _Candidate | None:
    """Give the row that names most of the columns wanted; the first row unless another is surely the header."""
    rows = list(_rows(lines, delimiter))[0 if marked is None else 1 :]
    if not rows:
        return None
    counts = [sum(any(name in cells for name in names) for names in wanted) for _line, cells in rows]
    place = counts.index(max(counts))
    if counts[place] < min(_SURE, len(wanted)) or not counts[place]:
        place = 0
    before = [" ".join(cell for cell in cells if cell)[:60] for _line, cells in rows[:place]]
    line, cells = rows[place]
    return _Candidate(counts[place], place, Header(delimiter, cells, line, before))


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, with the line each begins on, up to the first that is not CSV."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except (StopIteration, csv.Error):
            return
        if any(cells):
            yield line, cells


def _excel_mark(lines: Sequence[str]) -> str | None:
    """Give the sign that a first line `sep=;` tells spreadsheets."""
    first = lines[0].strip().strip('"') if lines else ""
    return first[4:] if first.lower().startswith("sep=") and first[4:] in DELIMITERS else None


def _problem(lines: Sequence[str], delimiter: str) -> str:
    try:
        next(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return str(error)
    except StopIteration:
        pass
    return "it is blank"


def _shown(delimiter: str) -> str:
    return "a tab" if delimiter == "\t" else f"`{delimiter}`"


def _in_yaml(delimiter: str) -> str:
    return '"\\t"' if delimiter == "\t" else f'"{delimiter}"'


def told_before(header: Header) -> str:
    """Say what stands before the header line, as a remark."""
    more = ", …" if len(header.rows_before) > _SHOWN else ""
    shown = ", ".join(repr(text) for text in header.rows_before[:_SHOWN])
    return f"the columns are named on line {header.line}; what stands before it was skipped: {shown}{more}"


def told_delimiter(delimiter: str) -> str:
    """Say which sign was found between the cells, as a remark."""
    return f"read with {_shown(delimiter)} between the cells; the mapping does not say which (`delimiter`)"
