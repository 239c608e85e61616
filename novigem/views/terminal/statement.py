"""The screen and the answer of a statement: every point of one person, what it was for, and the balance after it."""

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from novigem.engine.requests import status_word, subject
from novigem.model.change import from_micros
from novigem.model.entry import Entry, EntryKind
from novigem.model.people import Person
from novigem.model.periods import local_day
from novigem.model.program import Program
from novigem.model.request import Request
from novigem.queries.statement import Statement, StatementLine
from novigem.views.json.answers import entry_answer
from novigem.views.terminal.layout import QUIET, columns, next_step, quiet, screen, sign_style, text, title
from novigem.views.terminal.ledger import why_words
from novigem.views.terminal.pauses import shadow_line
from novigem.views.terminal.requests import request_answer, waiting_points
from novigem.views.words import Screen, day_text, iso_text, moment_text, number_text, points_text, span_text


def statement_answer(statement: Statement, program: Program, person: Person) -> dict[str, Any]:
    """Give a statement for a script; `closing` is `opening` and the points of all `lines`."""
    return {
        "program": statement.program,
        "user": statement.user,
        "name": person.label,
        "since": iso_text(statement.since),
        "until": iso_text(statement.until),
        "opening": statement.opening,
        "closing": statement.closing,
        "lines": [_line_answer(line, program) for line in statement.lines],
        "appeals": [request_answer(one) for one in statement.appeals],
        "waiting": [request_answer(one) for one in statement.waiting],
    }


def _line_answer(line: StatementLine, program: Program) -> dict[str, Any]:
    return {
        **entry_answer(line.entry),
        "why": line_words(line, program),
        "balance": line.balance,
        "taken_back_by": None if line.taken_back is None else line.taken_back.number,
        "entered_again_as": None if line.again is None else line.again.number,
    }


def statement_screen(statement: Statement, program: Program, person: Person, target: Screen) -> RenderableType:
    """Draw a statement: the opening balance, a line per entry, the closing balance, and what is not decided."""
    since, until = (None if one is None else from_micros(one) for one in (statement.since, statement.until))
    head = title(
        person.label,
        [
            program.name,
            span_text(since, until, program.zone, target.glyphs.dash),
            f"times in {program.timezone}",
        ],
        separator=target.glyphs.point,
    )
    table = columns(("Entry", "right"), ("Written", "left"), ("Points", "right"), ("Balance", "right"), ("For", "wrap"))
    table.add_row("", "", "", Text(number_text(statement.opening), style=QUIET), Text("opening balance", style=QUIET))
    for line in statement.lines:
        entry = line.entry
        table.add_row(
            Text(str(entry.number), style=QUIET),
            Text(moment_text(entry.recorded, program.zone)),
            Text(points_text(entry.points), style=sign_style(entry.points)),
            Text(number_text(line.balance)),
            text(f"{line_words(line, program)}{_day_words(entry, program)}"),
        )
    table.add_row("", "", "", Text(number_text(statement.closing), style="bold"), Text("closing balance", style="bold"))
    notes = [*map(_appeal_words, statement.appeals), *map(_waiting_words, statement.waiting)]
    if statement.closing < 0 and not program.allow_negative_balance:
        notes.append("Below zero by what was taken back: boards show 0.")
    return screen([head, shadow_line([program]), table, *([quiet(one) for one in notes]), _next(statement)])


def line_words(line: StatementLine, program: Program) -> str:
    """Say what a line was for: a correction with what it takes back and why, an award with its record and day."""
    entry = line.entry
    if line.takes_back is not None:
        back = line.takes_back
        again = f"; entered again as entry {line.again.number}" if line.again is not None else ""
        told = f"{why_words(back, program)}{_record(back.record)}"
        return f"takes back entry {back.number} ({told}): {entry.reason}{again}"
    if entry.kind is EntryKind.ADJUSTMENT:
        # The reason of an upheld appeal names its record already.
        return why_words(entry, program)
    words = f"{why_words(entry, program)}{_record(entry.record)}, {moment_text(entry.occurred, program.zone)}"
    return words if line.taken_back is None else f"{words}; taken back by entry {line.taken_back.number}"


def _day_words(entry: Entry, program: Program) -> str:
    """Say for which day points by hand count, where it is not that of writing."""
    counts_for, written = (day_text(local_day(at, program.zone)) for at in (entry.occurred, entry.recorded))
    is_dated = entry.kind is EntryKind.ADJUSTMENT and counts_for != written
    return f", for {counts_for}" if is_dated else ""


def _record(record: str | None) -> str:
    return f" {record}" if record else ""


def _appeal_words(one: Request) -> str:
    told = f"Appeal {one.number} about {subject(one)} ({one.text}): {status_word(one)}"
    if one.decided is not None:
        by = f" by {one.decided_by}" if one.decided_by else ""
        told += f"{by}, {one.decision}" if one.decision else by
    return f"{told}."


def _waiting_words(one: Request) -> str:
    by = f", asked for by {one.author}" if one.author else ""
    return f"{waiting_points(one)} (request {one.number}{by}): {one.text}."


def _next(statement: Statement) -> RenderableType | None:
    entries: Sequence[StatementLine] = statement.lines
    if not entries:
        return None
    entry = entries[-1].entry
    step = f"novigem explain {entry.record}" if entry.record else "novigem ledger --user WHO"
    return next_step(step, "novigem appeal open WHO --entry N --reason TEXT", label="Ask why:")
