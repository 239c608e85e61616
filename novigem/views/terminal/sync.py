"""The screen and the JSON answer after a sync: what was read of each object, what it earned, and what needs a look."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from novigem.feed.salesforce.org import Usage
from novigem.feed.source import Rejected
from novigem.model.program import Program
from novigem.sync.report import ObjectReport, SyncReport
from novigem.views.json.answers import run_answer
from novigem.views.terminal import errors
from novigem.views.terminal.layout import (
    BAD,
    QUIET,
    UNSURE,
    columns,
    indented,
    next_step,
    plain_columns,
    screen,
    text,
    title,
)
from novigem.views.terminal.run import outcome
from novigem.views.words import Screen, counted, iso_text, number_text

_WIDE = 100
_NARROW = 64
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"))
_MOMENTS = ("started", "finished", "covered", "last_success")


def sync_screen(
    report: SyncReport,
    programs: Mapping[str, Program],
    target: Screen,
    *,
    put_aside: Sequence[Rejected] = (),
    usage: Usage | None = None,
    filled: Mapping[str, int] | None = None,
    steps: Sequence[str] = (),
) -> RenderableType:
    """Draw one sync. `filled` counts the records of objects read for the first time; `steps` are what to type next."""
    calls = counted(report.sum("calls"), "API call")
    used = f"{number_text(usage.used)} of the org's {number_text(usage.allowed)} used" if usage else ""
    head = title(
        _headline(report),
        [f"org {report.org}", calls, used],
        separator=target.glyphs.point,
    )
    parts: list[RenderableType | None] = [head, _objects(report.objects, target), _first_look(filled)]
    if report.run.changes or report.run.rejected:
        came_of_it = outcome(report.run, put_aside, programs, target, what="row")
        parts += came_of_it if report.run.changes else came_of_it[1:]
    parts += [_left_out(report.held), _alarms(report.alarms, target), _unfinished(report)]
    return screen([*parts, next_step(*steps) if steps else None])


def _headline(report: SyncReport) -> str:
    if report.run.changes:
        return f"{counted(report.run.changes, 'change')} from Salesforce"
    return "Not all of Salesforce could be read" if report.errors else "Nothing new from Salesforce"


def _objects(objects: Sequence[ObjectReport], target: Screen) -> RichTable:
    heads = [("Object", "fill"), ("Read", "right"), ("Changes", "right"), ("Awards", "right"), ("Lag", "right")]
    more = [("Undecided", "right"), ("Put aside", "right"), ("Calls", "right")]
    repairs = [("Repaired", "right"), ("Purged", "right")]
    shown = heads if target.width < _NARROW else heads[:-1] + more + heads[-1:]
    if target.width >= _WIDE:
        shown = shown[:-1] + repairs + shown[-1:]
    table = columns(*shown)
    for one in objects:
        figures = {
            "Read": one.rows,
            "Changes": one.changes,
            "Awards": one.entries,
            "Undecided": one.unknown,
            "Put aside": one.rejected,
            "Calls": one.calls,
            "Repaired": one.repaired,
            "Purged": one.purged,
        }
        style = QUIET if one.held_by is not None else BAD if one.error is not None else ""
        cells = [figure(figures[name], target) for name, _how in shown[1:-1]]
        table.add_row(text(one.object, style), *cells, Text(lag_text(one.lag_seconds, target)))
    return table


def figure(number: int, target: Screen) -> Text:
    """Give a number; a dash for 0, so that the others are seen."""
    return Text(number_text(number)) if number else Text(target.glyphs.dash, style=QUIET)


def lag_text(seconds: float | None, target: Screen) -> str:
    """Give how far behind a watermark is, in the largest unit that says enough; a dash where there is none."""
    if seconds is None:
        return target.glyphs.dash
    if seconds < _MINUTE:
        return "< 1 min"
    size, unit = next((one for one in _UNITS if seconds >= 2 * one[0]), _UNITS[-1])
    return f"{number_text(int(seconds // size))} {unit}"


def holder_text(owner: str) -> str:
    """Name the process that keeps an object, from the owner of its lease."""
    host, _, process = owner.rpartition("/")[0].rpartition("/")
    return f"process {process} on {host}" if host and process.isdecimal() else owner


def _first_look(filled: Mapping[str, int] | None) -> RenderableType | None:
    if not filled:
        return None
    known = counted(sum(filled.values()), "record")
    return Text(f"The first look: {known} known now. What changes from here on counts.", style=QUIET)


def _left_out(held: Sequence[ObjectReport]) -> RenderableType | None:
    if not held:
        return None
    table = plain_columns("left", "wrap")
    for one in held:
        table.add_row(text(one.object), text(f"{holder_text(one.held_by or '')} is at work on it", QUIET))
    return Group(Text("Left out:"), indented(table))


def _alarms(alarms: Iterable[str], target: Screen) -> RenderableType | None:
    table = plain_columns("left", "wrap")
    for alarm in alarms:
        table.add_row(Text(target.glyphs.blocked, style=UNSURE), text(alarm))
    return Group(Text("Please look at this:", style=UNSURE), indented(table)) if table.row_count else None


def _unfinished(report: SyncReport) -> RenderableType | None:
    """List what ended early; the message of the first stands on the error stream."""
    failed = [one for one in report.objects if one.error is not None]
    if not failed:
        return None
    table = plain_columns("left", "wrap")
    for number, one in enumerate(failed):
        table.add_row(text(one.object), text("see the error" if number == 0 else (one.error or ""), QUIET))
    return Group(Text("Not read to the end:", style=BAD), indented(table))


def sync_answer(report: SyncReport, put_aside: Sequence[Rejected], usage: Usage | None) -> dict[str, Any]:
    """Give one sync for a script; `put_aside` shows the first rows that could not be read."""
    return {
        "org": report.org,
        "objects": [object_answer(one) for one in report.objects],
        **run_answer(report.run, put_aside),
        "people": report.sum("people"),
        "calls": report.sum("calls"),
        "usage": None if usage is None else {"used": usage.used, "allowed": usage.allowed},
        "alarms": list(report.alarms),
        "errors": [
            {"error": type(one).__name__, "message": one.message, "hint": errors.next_step(one)}
            for one in report.errors
        ],
    }


def object_answer(one: ObjectReport) -> dict[str, Any]:
    """Give what a sync did with one object."""
    answer = {name: getattr(one, name) for name in one.__struct_fields__}
    if not one.corrections_by_cause:
        del answer["corrections_by_cause"]
    return answer | {name: iso_text(answer[name]) for name in _MOMENTS}
