"""The screen of the ledger: every line of points, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.text import Text

from novigem.model.entry import Entry, EntryKind
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.views.tables import Table
from novigem.views.terminal.challenges import several_words
from novigem.views.terminal.layout import QUIET, columns, next_step, quiet, screen, sign_style, text
from novigem.views.words import Screen, counted, moment_text, number_text, points_text, signed_points

_WIDE = 110


def ledger_screen(
    entries: Sequence[Entry],
    programs: Mapping[str, Program],
    people: Mapping[str, Person],
    target: Screen,
    *,
    hidden: int = 0,
) -> RenderableType:
    """Draw the lines, the newest last; `hidden` counts those before the first one shown."""
    if not entries:
        return screen(
            [text("No entry of the ledger fits."), next_step("novigem ledger", "novigem explain RECORD", label="See:")]
        )
    wide = target.width >= _WIDE
    heads = [("Entry", "right"), ("When", "left"), ("Name", "fill"), ("Points", "right"), ("Why", "wrap")]
    table = columns(*heads, *([("Record", "left")] if wide else []))
    for entry in entries:
        program = programs[entry.program]
        cells = [
            Text(str(entry.number), style=QUIET),
            Text(moment_text(entry.occurred, program.zone)),
            text(people[entry.user].label),
            Text(points_text(entry.points), style=sign_style(entry.points)),
            _why(entry, program, with_record=not wide),
        ]
        if wide:
            cells.append(text(entry.record or "", QUIET))
        table.add_row(*cells)
    total = sum(entry.points for entry in entries)
    note = f"{counted(len(entries), 'entry', 'entries')}, {signed_points(total)} in all"
    if hidden:
        note = f"The newest {note}. {number_text(hidden)} older: --last 0 shows all."
    return screen([table, quiet(note)])


def why_words(entry: Entry, program: Program | None) -> str:
    """Say in one line why an entry stands in the ledger."""
    if entry.kind is EntryKind.ADJUSTMENT:
        by = f" ({entry.author})" if entry.author else ""
        return f"by hand{by}: {entry.reason}"
    if entry.kind is EntryKind.REVERSAL:
        return f"takes back entry {entry.reverses}: {entry.reason}"
    if entry.kind is EntryKind.BONUS:
        names = {} if program is None else {one.id: one.name for one in program.challenges}
        return f"bonus: {names.get(entry.challenge or '', entry.reason or '')}"
    rules = {} if program is None else {rule.id: rule.label for rule in program.rules}
    name = ", ".join([rules.get(entry.rule or "", entry.rule or ""), *several_words(entry.challenges, program)])
    return name if entry.points else f"{name}: {entry.reason}"


def _why(entry: Entry, program: Program, *, with_record: bool) -> Text:
    result = text(why_words(entry, program))
    if with_record and entry.record and entry.kind is EntryKind.RULE:
        result.append(f" {entry.record}", style=QUIET)
    return result


def ledger_table(entries: Iterable[Entry], programs: Mapping[str, Program], people: Mapping[str, Person]) -> Table:
    """Give the ledger as a plain table, lazily; moments in the program's zone."""
    heads = (
        "entry",
        "occurred",
        "name",
        "points",
        "kind",
        "why",
        "rule",
        "challenge",
        "object",
        "record",
        "program",
        "user",
        "challenges",
    )
    return Table(heads, _plain(entries, programs, people))


def _plain(
    entries: Iterable[Entry], programs: Mapping[str, Program], people: Mapping[str, Person]
) -> Iterator[tuple[str | int | None, ...]]:
    for one in entries:
        program = programs[one.program]
        person = people.get(one.user)
        yield (
            one.number,
            moment_text(one.occurred, program.zone),
            person.label if person else one.user,
            one.points,
            str(one.kind),
            why_words(one, program),
            one.rule,
            one.challenge,
            one.object,
            one.record,
            one.program,
            one.user,
            " ".join(one.challenges),
        )
