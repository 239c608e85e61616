"""A first mapping for an export: what the file proves is written down with its evidence, the rest becomes a question.

Nothing is decided that the data leaves open: such a key stands in `open`, and a mapping with open questions converts
nothing.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from novigem.errors import MappingError
from novigem.feed.csv.containers import opened
from novigem.feed.csv.encodings import is_utf8, readings, settled
from novigem.feed.csv.guess_forms import DateForms, date_forms, is_amount, number_forms
from novigem.feed.csv.guess_forms import readings as readings_of
from novigem.feed.csv.guess_words import column_for, field_of, object_of, prefix_of, sounds_closed, type_of
from novigem.feed.csv.header import DELIMITERS
from novigem.feed.csv.ids import looks_like_id
from novigem.feed.csv.mapping import mapping_of

_MOST_ROWS = 5_000
_MOST_ROWS_OF_HEADER = 30
_SHOWN = 8
_DASHES = ("-", "\u2013", "\u2014")


class Guess(NamedTuple):
    """The text of a mapping, and the questions that it leaves open."""

    text: str
    questions: list[str]


class _Table(NamedTuple):
    encoding: str | None
    delimiter: str
    columns: list[str]
    rows: list[list[str]]

    def texts(self, column: str) -> list[str]:
        """Give the texts of a column that say something."""
        place = self.columns.index(column)
        return [row[place] for row in self.rows if row[place] and row[place] not in _DASHES]


def guess_mapping(path: Path, timezone: str | None = None) -> Guess:
    """Give a first mapping for an export. `timezone` is the zone of the user who made it, if known.

    Raises MappingError where the file cannot be read at all.
    """
    draft = _Draft(_table(path), path.name, timezone)
    guess = draft.guess()
    mapping_of(guess.text, path.with_suffix(".yaml"))
    return guess


def _table(path: Path) -> _Table:
    encoding = None
    with opened(path) as file:
        if is_utf8(path) is False and not file.peek(2).startswith((b"\xff\xfe", b"\xfe\xff")):
            found = list(readings(path))
            if not found:
                raise MappingError(f"{path} is in no encoding that is known here", hint="save it as UTF-8.")
            encoding = found[0]
        text = io.TextIOWrapper(file, encoding=settled(file, encoding, path), newline="")
        lines = list(islice(text, _MOST_ROWS))
    tables = [(sign, rows) for sign in DELIMITERS if (rows := list(_rows(lines, sign)))]
    if not tables:
        raise MappingError(f"{path} is empty", hint="the first line must name the columns.")
    sign, rows = max(tables, key=lambda one: _regularity(one[1]))
    width = _width(rows)
    header = next(number for number, row in enumerate(rows) if len(row) == width)
    body = [row for row in rows[header + 1 :] if len(row) == width and row != rows[header]]
    return _Table(encoding, sign, rows[header], body)


def _rows(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        for cells in csv.reader(lines, delimiter=delimiter, strict=True):
            row = [cell.strip() for cell in cells]
            if any(row):
                yield row
    except csv.Error:
        return


def _width(rows: list[list[str]]) -> int:
    """Give the number of cells that most rows have; the foot of a report has one cell a row and does not count."""
    wide = [len(row) for row in rows if len(row) > 1]
    return Counter(wide or [1]).most_common(1)[0][0]


def _regularity(rows: list[list[str]]) -> tuple[int, int]:
    width = _width(rows)
    return (sum(len(row) == width for row in rows) if width > 1 else 0, width)


class _Draft:
    """The lines of a mapping while they are found."""

    def __init__(self, table: _Table, name: str, timezone: str | None) -> None:
        self._table = table
        self._name = name
        self._timezone = timezone
        self._questions: list[str] = []
        self._dates = {column: forms for column in table.columns if (forms := self._date_forms(column)) is not None}

    def guess(self) -> Guess:
        """Find everything, and write it down."""
        id_column = self._id_column()
        shape, body = self._shape(id_column)
        head = [f"# A first mapping for {self._name}: what the file proves, and questions where it does not.", shape]
        head += [self._object(id_column), self._zone(), *self._writing(), *self._date_lines(), *self._numbers()]
        unused = [column for column in self._table.columns if column and _quoted(column) not in "\n".join(body)]
        tail = [f"# Not used: {', '.join(unused)}"] if unused else []
        if self._questions:
            head.append("# Put right what each line names, then take it out.")
            head.append("open:")
            head += [f"  - {_quoted(question)}" for question in self._questions]
        return Guess("\n".join([*head, *body, *tail]) + "\n", self._questions)

    def _ask(self, question: str) -> None:
        self._questions.append(question)

    def _date_forms(self, column: str) -> DateForms | None:
        if not column or self._table.columns.count(column) > 1:
            return None
        return date_forms(list(dict.fromkeys(self._table.texts(column)))[:_MOST_ROWS])

    def _id_column(self) -> str:
        """Give the column of the record: ids, of an object that has its own changes, under the likeliest label."""
        columns = [one for one in self._table.columns if one and self._table.columns.count(one) == 1]
        ids = [one for one in columns if (texts := self._table.texts(one)) and all(map(looks_like_id, texts))]
        known = [one for one in ids if object_of(self._table.texts(one)[0][:3])]
        likely = [
            one for one in known if one.lower() in ("id", "opportunity id", "opportunityid", "case id", "parentid")
        ]
        chosen = (likely or known or ids or columns or [""])[0]
        if chosen not in known:
            self._ask(f"id: is `{chosen}` the id of the record? (with `prefix`, ids are made of any text)")
        return chosen

    def _object(self, id_column: str) -> str:
        prefixes = Counter(text[:3] for text in self._table.texts(id_column) if looks_like_id(text))
        name = object_of(prefixes.most_common(1)[0][0]) if prefixes else None
        if name is None or len(prefixes) > 1:
            self._ask(
                f"object: whose changes are these? (ids begin with {', '.join(sorted(prefixes)[:_SHOWN]) or '?'})"
            )
        return f"object: {name or 'Opportunity'}"

    def _zone(self) -> str:
        if self._timezone is not None:
            return f"timezone: {self._timezone}"
        if self._dates and all(forms.has_offsets for forms in self._dates.values()):
            return "timezone: UTC # every moment is written with its offset"
        self._ask("timezone: in which zone does the user live who made the export? Times and days are local to it")
        return "timezone: UTC"

    def _writing(self) -> Iterator[str]:
        if self._table.encoding is not None:
            yield f"encoding: {self._table.encoding}"
        yield f"delimiter: {_quoted(self._table.delimiter)}"
        dashes = sorted({cell for row in self._table.rows for cell in row if cell in _DASHES})
        if dashes:
            self._ask(f"empty: does {dashes[0]!r} stand for no value? (a spreadsheet may mean zero)")
            yield f"empty: {_quoted(dashes)}"

    def _date_lines(self) -> Iterator[str]:
        """Yield the patterns of all dates. One column whose days go beyond 12 settles the order for the others."""
        written = {column: forms for column, forms in self._dates.items() if not forms.is_iso}
        if not written:
            return
        orders = set.intersection(*(set(forms.by_day) for forms in written.values()))
        if not orders:
            self._ask(
                f"date_format: the columns {', '.join(written)} are not written alike; give each a pattern of its own"
            )
            orders = set(next(iter(written.values())).by_day)
        days = [day for day in next(iter(written.values())).by_day if day in orders]
        patterns = list(
            dict.fromkeys(p for day in days for forms in written.values() for p in forms.by_day.get(day, ()))
        )
        if len(days) > 1:
            column = next(iter(written))
            example = self._table.texts(column)[0]
            self._ask(
                f"date_format: {example!r} ({column}) may be {' or '.join(days)}, and no date in the file says which"
            )
        else:
            yield f"# {self._proof(written, days[0])}"
        yield f"date_format: {_quoted(patterns)}"

    def _proof(self, written: dict[str, DateForms], day: str) -> str:
        """Give a date that only one order reads, as evidence."""
        for column in written:
            for text in self._table.texts(column):
                forms = date_forms([text])
                if forms is not None and len(forms.by_day) == 1:
                    return f"Only {day} reads {text!r} ({column})."
        return f"Only {day} reads every date."

    def _numbers(self) -> Iterator[str]:
        texts = [
            text
            for column in self._table.columns
            if column and type_of(field_of(column) or "") == "number" and self._table.columns.count(column) == 1
            for text in self._table.texts(column)
            if is_amount(text)
        ]
        forms = number_forms(texts)
        if not texts:
            return
        if not forms:
            self._ask("decimal, thousands: the amounts are not written alike")
            return
        different = readings_of(forms, texts)
        best = different[0]
        if len(different) > 1:
            example = next(text for text in texts if len({form.read(text) for form in different}) > 1)
            said = " or ".join(f"{form.read(example):g}" for form in different)
            self._ask(f"decimal, thousands: {example!r} may be {said}, and no amount in the file says which")
        else:
            yield f"# Amounts such as {max(texts, key=len)!r}."
        yield f"decimal: {_quoted(best.decimal)}"
        yield f"thousands: {_quoted(best.thousands)}"

    def _shape(self, id_column: str) -> tuple[str, list[str]]:
        columns = self._table.columns
        found = {role: column_for(role, columns) for role in ("field", "old", "new", "from", "to", "created", "closed")}
        if found["field"] and found["old"] and found["new"]:
            return "shape: field-history", list(self._history(id_column))
        ids = self._table.texts(id_column) if id_column else []
        if found["from"] and found["to"]:
            return "shape: state-log", list(self._log(id_column, found["from"], found["to"], found["created"]))
        if found["created"] and len(set(ids)) < len(ids):
            return "shape: state-log", list(self._log(id_column, found["created"], None, None))
        return "shape: record-states", list(self._states(id_column, found["created"], found["closed"]))

    def _fields(self, indent: str, but: tuple[str | None, ...]) -> Iterator[str]:
        seen: set[str] = set()
        for column in self._table.columns:
            field = field_of(column) if column not in but else None
            if (
                field is None
                or field in seen
                or self._table.columns.count(column) > 1
                or (field == "CloseDate" and column not in self._dates)
            ):
                continue
            seen.add(field)
            kind = type_of(field)
            typed = f", type: {kind}" if kind != "text" else ""
            if kind == "id" and not all(map(looks_like_id, self._table.texts(column))):
                typed = f', prefix: "{prefix_of(field)}"'
            yield f"{indent}{field}: {{column: {_quoted(column)}{typed}}}"

    def _history(self, id_column: str) -> Iterator[str]:
        names = {role: column_for(role, self._table.columns) for role in ("field", "old", "new", "edited")}
        by = column_for("by", self._table.columns)
        if by is None:
            self._ask("columns.by: no column has the ids of those who made the edits (`map` can give the id of a name)")
        parts = {
            "id": id_column,
            "field": names["field"],
            "old": names["old"],
            "new": names["new"],
            "at": names["edited"],
        }
        yield "columns:"
        for part, column in parts.items():
            # A name that the report gives is left out, so that its labels are known for what they are.
            if column is not None and part == "id":
                yield f"  {part}: {_quoted(column)}"
        yield f"  by: {_quoted(by)}"
        yield "# Columns found by their names: " + ", ".join(_quoted(one) for one in parts.values() if one)
        yield "fields:"
        yield "  Amount: {type: number}"
        yield "tracked_from_creation: false # true only where every field was tracked since before the first record"

    def _log(self, id_column: str, start: str, end: str | None, created: str | None) -> Iterator[str]:
        by = column_for("by", self._table.columns)
        yield f"id: {_quoted(id_column)}"
        yield f"at: {_quoted(start)}"
        if end is not None:
            yield f"until: {_quoted(end)}"
        if by is not None and created is None:
            yield f"by: {_quoted(by)}"
        if created is not None:
            yield f"created: {_quoted(created)}"
        else:
            self._ask("first_row: is the first row of a record its creation, or may the record be older (known-state)?")
            yield "first_row: known-state"
        yield "fields:"
        fields = list(self._fields("  ", (id_column, start, end, created)))
        yield from fields or [f"  Id: {{column: {_quoted(id_column)}, type: id}}"]

    def _states(self, id_column: str, created: str | None, closed: str | None) -> Iterator[str]:
        yield f"id: {_quoted(id_column)}"
        yield "moments:"
        start = created or next(iter(self._dates), self._table.columns[0])
        if created is None:
            self._ask(f"moments: which column tells when a record was created? (`{start}` is written there)")
        yield "  - kind: create"
        yield f"    at: {_quoted(start)}"
        owners = [one for one in self._table.columns if field_of(one) in ("OwnerId", "AccountId", "ContactId")]
        end = closed if closed in self._dates else None
        if end is None:
            if fields := list(self._fields("      ", (id_column, start))):
                yield from ("    new:", *fields)
            return
        yield "    new:"
        yield from self._fields("      ", tuple(one for one in self._table.columns if one not in owners))
        yield "      IsClosed: {value: false}"
        yield "  - kind: update"
        yield f"    at: {_quoted(end)}"
        yield from self._where()
        yield "    new:"
        yield from (line for line in self._fields("      ", (id_column, start, *owners)) if "IsClosed" not in line)
        yield "      IsClosed: {value: true}"

    def _where(self) -> Iterator[str]:
        """Yield the condition of the closing: an open record has a date for it too."""
        flag = next((one for one in self._table.columns if field_of(one) == "IsClosed"), None)
        stage = next((one for one in self._table.columns if field_of(one) in ("StageName", "Status")), None)
        if flag is not None:
            yield f"    where: {{{_quoted(flag)}: true}}"
        elif stage is not None:
            stages = sorted(set(self._table.texts(stage)))
            closed = [one for one in stages if sounds_closed(one)]
            others = ", ".join(one for one in stages if one not in closed) or "no others"
            self._ask(f"moments[2].where: are these all of the closed ones? The file also has: {others[:200]}")
            yield f"    where: {{{_quoted(stage)}: {_quoted(closed)}}}"
        else:
            self._ask("moments[2].where: which rows are closed? The others have a date too, and it is only a plan")


def _quoted(value: object) -> str:
    """Write a value in YAML: JSON is a part of it."""
    return json.dumps(value, ensure_ascii=False)
