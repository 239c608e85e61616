"""The screen after a run: what was read, what it earned, and what was left out and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from novigem.engine.posting.causes import Cause
from novigem.engine.report import RunReport
from novigem.feed import Conversion
from novigem.feed.source import Rejected
from novigem.model.people import Block
from novigem.model.program import Program
from novigem.views.terminal.layout import QUIET, UNSURE, indented, next_step, plain_columns, screen, text, title
from novigem.views.terminal.pauses import paused_words
from novigem.views.words import Screen, clean, counted, fitting, number_text, points_text

_MOST_ASIDE = 5

# What each reason means for the person who reads it.
_REASONS = {
    Block.DUPLICATE: "the same fact has paid already",
    Block.OUTSIDE_PROGRAM: "before the first or after the last day of the season",
    Block.CLOSED: "the challenge was not open",
    Block.RULE_OFF: "the rule is inactive",
    Block.PROGRAM_OFF: "the program is not active",
    Block.PAUSED: "it happened while the program was paused",
    Block.NO_RECIPIENT: "the record names nobody to pay",
    Block.QUEUE: "the record belongs to a queue",
    Block.INACTIVE: "the user is inactive",
    Block.NOT_A_PARTICIPANT: "the user does not take part",
    Block.EXCLUDED: "the user is excluded",
    Block.NO_SCOPE_VALUE: "the record has no account to count once per",
    Block.UNDONE: "it was undone by the time it was read",
    Block.CAP: "the cap is reached",
    Block.ACCOUNT_LIMIT: "this account has paid as often as it may",
    Block.COOLDOWN: "it came too soon after the last award",
}


# What each cause of a correction means for the person who reads it.
_CAUSES = {
    Cause.UNDONE: "where what was paid for was undone",
    Cause.EARLIER_ARRIVED: "where an earlier change arrived later",
    Cause.COUNTS_AGAIN: "where an earlier change counts again",
    Cause.LIMITS: "where limits leave more or less of an award than before",
    Cause.CHANGED_HANDS: "where the record had changed hands shortly before",
    Cause.MOVED: "where a record counts for something else now",
    Cause.CORRECTED: "where an amount that adds up was corrected",
    Cause.COMPLETION: "where the completion of a challenge moved or was undone",
    Cause.TEAM_COMPLETION: "where a team's completion moved, was undone or credits others",
    Cause.OTHER: "for another reason: see novigem ledger",
}


def run_screen(
    report: RunReport,
    put_aside: Sequence[Rejected],
    programs: Mapping[str, Program],
    source: str,
    target: Screen,
    *,
    is_last: bool = True,
) -> RenderableType:
    """Draw the summary of a run; `is_last` names the next command below it."""
    seen = report.changes - report.new_changes
    told = f"{number_text(report.new_changes)} new, {number_text(seen)} seen before"
    if not seen:
        told = {0: "", 1: "new"}.get(report.changes, "all of them new")
    head = title(
        f"{counted(report.changes, 'change')} from {source}",
        [told],
        separator=target.glyphs.point,
    )
    parts = outcome(report, put_aside, programs, target)
    return screen([head, *parts, next_step("novigem board") if is_last else None])


def outcome(
    report: RunReport,
    put_aside: Sequence[Rejected],
    programs: Mapping[str, Program],
    target: Screen,
    *,
    what: str = "line",
) -> list[RenderableType | None]:
    """Draw what changes came to: earned, put aside (`what` names a piece), not decided, held without paying."""
    return [
        indented(_earned(report)),
        _aside(report.rejected, put_aside, target, what=what),
        _undecided(report, programs),
        _blocked(report, programs, target),
        _uncounted(report, programs, target),
        *_pauses(report, programs),
    ]


def nothing_new_screen(source: str, report: RunReport, *, is_empty: bool = False, people: int = 0) -> RenderableType:
    """Say that a source held nothing, or nothing that was not read before; or only told of some people."""
    if is_empty:
        of_people = f"; it told of {counted(people, 'person', 'people')}" if people else ""
        told = f"{source} holds no changes{of_people}."
    elif report.changes:
        every = f"{fitting(report.changes, 'the', 'all')} {counted(report.changes, 'change')}"
        told = f"Nothing new: {every} in {source} had been read before."
    else:
        told = f"Nothing new: {source} was read to its end before."
    return screen([text(told), next_step("novigem board")])


def _earned(report: RunReport) -> RichTable:
    rows = [
        (report.entries, "award", "awards", "written to the ledger"),
        (report.bonuses, "bonus", "bonuses", "for completed challenges"),
        (report.badges, "badge", "badges", "won"),
    ]
    rows += [(number, "correction", "corrections", _CAUSES[cause]) for cause, number in report.causes.most_common()]
    table = plain_columns("right", "left")
    table.add_row(
        Text(points_text(report.points), style="bold green" if report.points > 0 else "bold"),
        Text(fitting(abs(report.points), "point", "points")),
    )
    for number, one, several, what in rows:
        if number or one == "award":
            words = Text(one if number == 1 else several)
            words.append(f" {what}", style=QUIET)
            table.add_row(Text(number_text(number), style="bold"), words)
    return table


def _aside(number: int, put_aside: Sequence[Rejected], target: Screen, *, what: str = "line") -> Group | None:
    if not number:
        return None
    head = Text(f"Put aside: {counted(number, what)} that could not be read", style=UNSURE)
    return Group(head, _places(number, put_aside, target))


def _places(number: int, some: Sequence[Rejected], target: Screen) -> RenderableType:
    """List the first places and reasons of many."""
    table = plain_columns("left", "wrap")
    for one in some:
        table.add_row(text(one.place), text(one.reason, QUIET))
    if number > len(some):
        table.add_row(target.glyphs.more, Text(f"and {number_text(number - len(some))} more", style=QUIET))
    return indented(table)


def _undecided(report: RunReport, programs: Mapping[str, Program]) -> Group | None:
    if not report.unknown:
        return None
    head = Text("Not decided, so not paid: a value that the rule asks for was not told", style=UNSURE)
    table = plain_columns("right", "left")
    for (program, rule), count in report.unknown.most_common():
        table.add_row(Text(number_text(count), style="bold"), text(_rule_name(programs, program, rule)))
    return Group(head, indented(table), indented(Text("novigem explain RECORD shows which value", style=QUIET)))


def _blocked(report: RunReport, programs: Mapping[str, Program], target: Screen) -> Group | None:
    if not report.blocked:
        return None
    by_reason: dict[Block, list[tuple[int, str]]] = defaultdict(list)
    for (program, rule, reason), count in report.blocked.items():
        by_reason[reason].append((count, _rule_name(programs, program, rule)))
    table = plain_columns("right", "wrap")
    for reason, rules in sorted(by_reason.items(), key=lambda one: -sum(count for count, _rule in one[1])):
        words = Text(_REASONS.get(reason, str(reason)))
        words.append(f" {target.glyphs.dash} {_several(rules)}", style=QUIET)
        table.add_row(Text(number_text(sum(count for count, _rule in rules)), style="bold"), words)
    return Group(Text("Matched a rule, but did not pay:"), indented(table))


def _uncounted(report: RunReport, programs: Mapping[str, Program], target: Screen) -> Group | None:
    if not report.uncounted:
        return None
    table = plain_columns("right", "wrap")
    for (program, rule, reason), count in report.uncounted.most_common():
        words = text(reason)
        words.append(f" {target.glyphs.dash} {clean(_rule_name(programs, program, rule))}", style=QUIET)
        table.add_row(Text(number_text(count), style="bold"), words)
    return Group(Text("Paid, and the sum of the challenge needs a look:", style=UNSURE), indented(table))


def _pauses(report: RunReport, programs: Mapping[str, Program]) -> list[RenderableType]:
    """Say why the programs were paused of which something did not pay for that."""
    named = {program for program, _rule, reason in report.blocked if reason is Block.PAUSED}
    found = [programs[one] for one in sorted(named) if one in programs]
    lines = [f"{one.name}: {paused_words(pause, one)}" for one in found for pause in one.pauses[-1:]]
    return [indented(text(line, QUIET)) for line in lines]


def _several(rules: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{clean(name)} ({number_text(count)})" for count, name in sorted(rules, reverse=True))


def _rule_name(programs: Mapping[str, Program], program: str, rule: str) -> str:
    names = {one.id: one.label for one in programs[program].rules} if program in programs else {}
    return names.get(rule, rule) if len(programs) == 1 else f"{names.get(rule, rule)} ({program})"


def conversion_screen(conversion: Conversion, source: str, out: str | None, target: Screen) -> RenderableType:
    """Draw what became of a CSV."""
    kinds = ", ".join(f"{number_text(count)} {kind}" for kind, count in conversion.kinds.items())
    head = title(
        f"{counted(conversion.rows, 'row')} of {source}: {counted(len(conversion.changes), 'change')}",
        [kinds, counted(len(conversion.people), "person", "people") if conversion.people else ""],
        separator=target.glyphs.point,
    )
    notes = []
    if conversion.without_change:
        notes.append(f"{counted(conversion.without_change, 'row')} without any date: nothing happened there")
    if conversion.repeated:
        notes.append(f"{counted(conversion.repeated, 'row')} that stood in the file before")
    notes += [clean(note) for note in conversion.notes]
    if not conversion.rows:
        notes.append("The file names its columns and holds no rows.")
    last = next_step(f"novigem run PROGRAM --from {clean(out)}") if out else None
    if conversion.is_unread:
        last = Text(f"Nothing could be read, so nothing was written{f' to {clean(out)}' if out else ''}.", style=UNSURE)
    return screen(
        [
            head,
            Text("\n".join(notes), style=QUIET) if notes else None,
            _not_yet(conversion.ahead, target),
            _aside(len(conversion.rejected), conversion.rejected[:_MOST_ASIDE], target, what="row"),
            last,
        ]
    )


def guess_screen(questions: Sequence[str], source: str, out: str | None) -> RenderableType:
    """Say what a first mapping leaves open."""
    head = text(f"A first mapping for {source}, with {counted(len(questions), 'open question')}.")
    table = plain_columns("wrap")
    for question in questions:
        table.add_row(text(question))
    after = f"novigem convert {clean(source)} --map {clean(out)}" if out else None
    return screen([head, indented(table) if questions else None, next_step(after) if after else None])


def _not_yet(ahead: Sequence[Rejected], target: Screen) -> Group | None:
    """Draw the moments that lie ahead of now."""
    if not ahead:
        return None
    head = Text(f"Left out: {counted(len(ahead), 'moment')} ahead of now, which cannot have happened", style=UNSURE)
    return Group(head, _places(len(ahead), ahead[:_MOST_ASIDE], target))
