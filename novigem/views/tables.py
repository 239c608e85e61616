"""Plain tables for other programs: CSV for a spreadsheet, Markdown for a page, JSON for a script.

Comes in: a `Table` of plain values. Goes out: text.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from novigem.views.words import clean

Cell = str | int | float | None

# A spreadsheet takes a text that begins so for a formula, and may run it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_MARKDOWN_SIGNS = re.compile(r"([\\|`*<\[])")


class Table(NamedTuple):
    """Column names and rows; `rows` may be a generator that is read once."""

    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def csv_lines(table: Table) -> Iterator[str]:
    """Yield the lines of a CSV file, header first. No text can act as a formula."""
    yield _csv_line(table.columns)
    for row in table.rows:
        yield _csv_line(row)


def _csv_line(row: Sequence[Cell]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([_csv_cell(cell) for cell in row])
    return buffer.getvalue()


def _csv_cell(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    # Looked at before and after cleaning: neither a control character nor its removal may bring a formula to the front.
    text = clean(cell)
    return f"'{text}" if cell.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS) else text


def markdown_lines(table: Table) -> Iterator[str]:
    """Yield the lines of a Markdown table; numbers stand right."""
    rows = [list(row) for row in table.rows]
    numeric = [
        bool(rows)
        and all(isinstance(row[place], int | float) or row[place] is None for row in rows)
        and any(row[place] is not None for row in rows)
        for place in range(len(table.columns))
    ]
    yield _markdown_line(table.columns)
    yield "|" + "|".join(" ---: " if one else " --- " for one in numeric) + "|\n"
    for row in rows:
        yield _markdown_line(row)


def _markdown_line(row: Sequence[Cell]) -> str:
    return "| " + " | ".join(_markdown_cell(cell) for cell in row) + " |\n"


def _markdown_cell(cell: Cell) -> str:
    return "" if cell is None else _MARKDOWN_SIGNS.sub(r"\\\1", clean(cell) if isinstance(cell, str) else str(cell))


def json_text(value: Any) -> str:
    """Give a value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False, default=str) + "\n"
