"""The screens of closings: what was closed, who won, the hash, what comes next, and what arrived too late."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from novigem.engine.closing.late import Exceptions, Shift
from novigem.engine.closing.states import WindowState
from novigem.engine.closing.waiting import waits_words
from novigem.leaderboards.ranking import first_rows
from novigem.model.change import from_micros
from novigem.model.closing import Closing, FinalProgress, FinalStandings, read_standings
from novigem.model.entry import Entry
from novigem.model.periods import local_day
from novigem.model.program import bounded
from novigem.views.cast import Cast
from novigem.views.terminal.layout import QUIET, UNSURE, columns, indented, plain_columns, quiet, text, title
from novigem.views.terminal.ledger import why_words
from novigem.views.words import (
    Screen,
    counted,
    day_text,
    fitting,
    goal_number,
    number_text,
    points_text,
    span_text,
    with_leaving,
)

_MOST_SHOWN = 10
_MOST_NOTED = 5
_SHORT_HASH = 12
_WIDE = 100


def state_words(
    status: str, final_at: datetime | None, waits_for: Sequence[str], now: datetime | None, zone: tzinfo
) -> str:
    """Say what a status means, and until when."""
    if status != "provisional" or final_at is None:
        return status
    if now is not None and now < final_at:
        return f"provisional until {until_words(final_at, zone)}: late changes still count"
    if waits_for:
        are = fitting(len(waits_for), "is", "are")
        return f"provisional until {waits_words(waits_for)} {are} read to {until_words(final_at, zone)}"
    return "provisional until closed: novigem close --due"


def until_words(moment: datetime, zone: tzinfo) -> str:
    """Give the moment up to which something lasts: `the end of Feb 18, 2026` where it is a midnight."""
    local = moment.astimezone(zone)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        before = from_micros(int(moment.timestamp()) * 1_000_000 - 1).astimezone(zone)
        return f"the end of {day_text(before.date())}"
    return f"{day_text(local.date())}, {local:%H:%M}"


def period_words(final: FinalStandings, zone: tzinfo, target: Screen) -> str:
    """Name the stretch that standings are of."""
    start = bounded(final.start)
    end = bounded(final.ends)
    return span_text(start, end, zone, target.glyphs.dash)


def winners(final: FinalStandings, cast: Cast) -> str:
    """Say who won a board, or how many completed a challenge."""
    if final.kind == "board":
        cast = cast.beside(final)
        first = [with_leaving(cast.name(row.user), left=row.user in final.gone) for row in final.firsts]
        return ", ".join(first) if first else "nobody had points"
    done = sum(row.completed is not None for row in final.progress)
    return f"{done:,} of {counted(len(final.progress), 'person', 'people')} completed it"


def closed_screen(closings: Sequence[Closing], cast: Cast, target: Screen) -> RenderableType:
    """Draw closings: a single one with its rows, several as a table."""
    if len(closings) == 1:
        return closing_block(closings[0], cast, target)
    return _closed_table(closings, cast, target)


def _closed_table(closings: Sequence[Closing], cast: Cast, target: Screen) -> RichTable:
    wide = target.width >= _WIDE
    table = columns(("Final", "fill"), ("Period", "left"), ("Winner", "fill"), *([("Hash", "left")] if wide else []))
    for one in closings:
        final = read_standings(one)
        cells = [
            text(final.name),
            Text(period_words(final, cast.zone(one.program), target)),
            text(winners(final, cast)),
        ]
        if wide:
            cells.append(Text(one.digest[:_SHORT_HASH], style=QUIET))
        table.add_row(*cells)
    return table


def closed_note(closings: Sequence[Closing], cast: Cast, target: Screen) -> RenderableType:
    """Say after a run or a sync that something became final, the newest first."""
    newest = sorted(closings, key=lambda one: (-one.ends, one.kind, one.id))
    head = Text(f"\nFinal now: {counted(len(closings), 'challenge or board', 'challenges and boards')}")
    parts: list[RenderableType] = [head, indented(_closed_table(newest[:_MOST_NOTED], cast, target))]
    if len(newest) > _MOST_NOTED:
        more = f"{target.glyphs.more} and {number_text(len(newest) - _MOST_NOTED)} more: novigem seasons"
        parts.append(indented(quiet(more)))
    return Group(*parts)


def closing_block(closing: Closing, cast: Cast, target: Screen) -> RenderableType:
    """Draw one closing: what it is of, its rows, and its hash."""
    final, zone = read_standings(closing), cast.zone(closing.program)
    since = day_text(local_day(closing.closed, zone))
    early = f"closed early{f' by {final.author}' if final.author else ''}: {final.reason}" if final.reason else ""
    head = title(
        final.name,
        [period_words(final, zone, target), f"final since {since}", f"as of ledger entry {number_text(closing.as_of)}"],
        [early],
        separator=target.glyphs.point,
    )
    rows = _board_rows(final, cast, target) if final.kind == "board" else _progress_rows(final, cast, zone, target)
    return Group(head, Text(""), rows, Text(""), quiet(f"SHA-256 {closing.digest}"))


def _board_rows(final: FinalStandings, cast: Cast, target: Screen) -> RenderableType:
    if not final.rows and not final.unranked:
        return indented(text("Nobody had points."))
    cast = cast.beside(final)
    table = columns(("Rank", "right"), ("Name", "fill"), ("Points", "right"), ("Awards", "right"))
    shown = first_rows(final.rows, _MOST_SHOWN)
    # A list that would get too long is cut all the same, and says what it leaves out.
    shown = shown if len(shown) <= 2 * _MOST_SHOWN else shown[:_MOST_SHOWN]
    for row in shown:
        bold = "bold" if row.rank == 1 else ""
        awards = Text(number_text(row.entries), style=QUIET)
        name = with_leaving(cast.name(row.user), left=row.user in final.gone)
        table.add_row(Text(str(row.rank)), text(name, bold), Text(number_text(row.points)), awards)
    sharing = sum(row.rank == shown[-1].rank for row in final.rows[len(shown) :])
    told = f"{number_text(sharing)} of them share rank {shown[-1].rank}, " if sharing else ""
    rows = _cut(table, len(final.rows) - len(shown), target, told)
    if not final.unranked:
        return rows
    gone = [f"{cast.name(row.user)} {number_text(row.points)}" for row in final.unranked[:_MOST_SHOWN]]
    more = len(final.unranked) - len(gone)
    gone += [f"and {number_text(more)} more (--json lists all)"] if more else []
    return Group(rows, quiet(f"Left, and so without a rank: {', '.join(gone)}"))


def _progress_rows(final: FinalStandings, cast: Cast, zone: ZoneInfo, target: Screen) -> RenderableType:
    if not final.progress:
        return indented(text("Nobody had begun."))
    table = columns(("Name", "fill"), ("Progress", "right"), ("Completed", "left"), ("Points", "right"))
    for row in final.progress[:_MOST_SHOWN]:
        when = "" if row.completed is None else day_text(local_day(row.completed, zone))
        share = f"{number_text(goal_number(row.value))} / {number_text(goal_number(row.target))}"
        bold = "" if row.completed is None else "bold"
        name = with_leaving(cast.name(row.user), left=row.user in final.gone)
        table.add_row(text(name, bold), Text(share), Text(when), Text(number_text(row.points)))
    return _cut(table, len(final.progress) - _MOST_SHOWN, target)


def _cut(table: RichTable, rest: int, target: Screen, sharing: str = "") -> RenderableType:
    """Draw a table and below it how many are left out; `sharing` says in words who of them are equals of the last."""
    if rest <= 0:
        return table
    return Group(table, quiet(f"{target.glyphs.more} and {number_text(rest)} more ({sharing}--json lists all)"))


def open_screen(found: Sequence[WindowState], cast: Cast, now: int, target: Screen) -> RenderableType | None:
    """Draw what is not final yet, and when it will be."""
    open_ends = (one for one in found if one.status != "final" and one.window.has_end)
    waiting = sorted(open_ends, key=lambda one: one.window.final_at)
    if not waiting:
        return None
    table = plain_columns("left", "left", "wrap")
    for one in waiting[-_MOST_SHOWN:]:
        zone, window = cast.zone(one.window.program), one.window
        stretch = span_text(from_micros(window.start), from_micros(window.end), zone, target.glyphs.dash)
        final_at = from_micros(window.final_at)
        told = state_words(one.status, final_at, one.waits_for, from_micros(now), zone)
        if one.status == "running":
            told = f"running; final after {until_words(final_at, zone)}"
        table.add_row(text(window.name), Text(stretch, style=QUIET), text(told, QUIET))
    more = f"{target.glyphs.more} and {number_text(len(waiting) - _MOST_SHOWN)} before (--json lists all)"
    cut = [indented(quiet(more))] if len(waiting) > _MOST_SHOWN else []
    return Group(Text("Not final yet:"), indented(table), *cut)


def exceptions_view(found: Exceptions, cast: Cast) -> RenderableType:
    """Draw what arrived after a closing, in words, and whom it would move."""
    final = read_standings(found.closing)
    head = f"Arrived after {final.name} was closed: {counted(len(found.late), 'entry', 'entries')}"
    table = plain_columns("wrap")
    for entry in found.late[:_MOST_SHOWN]:
        table.add_row(text(_late_words(entry, found.closing, cast)))
    if len(found.late) > _MOST_SHOWN:
        table.add_row(quiet(f"and {number_text(len(found.late) - _MOST_SHOWN)} more (--json lists all)"))
    shifts = plain_columns("wrap")
    for shift in found.shifts[:_MOST_SHOWN]:
        shifts.add_row(text(_shift_words(shift, cast.beside(final))))
    it = fitting(len(found.late), "it", "them")
    counts = f"With {it}, the final standings would be the same." if not found.shifts else f"With {it}:"
    return Group(text(head, UNSURE), indented(table), quiet(counts), indented(shifts))


def _late_words(entry: Entry, closing: Closing, cast: Cast) -> str:
    zone = cast.zone(closing.program)
    arrived = day_text(local_day(entry.recorded, zone))
    days = (local_day(entry.recorded, zone) - local_day(closing.closed, zone)).days
    after = f"{counted(days, 'day')} after closing" if days > 0 else "on the day of closing"
    program = cast.programs.get(entry.program)
    points = points_text(entry.points)
    return f"{arrived}, {after}: {points} {cast.name(entry.user)} (entry {entry.number}): {why_words(entry, program)}"


def _shift_words(shift: Shift, cast: Cast) -> str:
    name, then, now = cast.name(shift.user), shift.then, shift.now
    if isinstance(then, FinalProgress) or isinstance(now, FinalProgress):
        return f"{name} {_progress_change(then, now)}"
    if now is None or then is None:
        if then is None:
            return f"{name} would stand at {_place(now)}, and is not in the final standings"
        return f"{name} would not be on the board; final: {_place(then)}"
    if now.points == then.points:
        return f"{name} would stand at rank {now.rank} instead of rank {then.rank}, with the same points"
    return f"{name} would stand at {_place(now)} instead of {_place(then)}"


def _place(row: Any) -> str:
    return f"rank {row.rank} with {counted(row.points, 'point')}"


def _progress_change(then: Any, now: Any) -> str:
    had, has = bool(then and then.completed is not None), bool(now and now.completed is not None)
    if has and not had:
        return "would have completed it"
    if had and not has:
        return "would not have completed it"
    before, after = (number_text(goal_number(one.value)) if one else "0" for one in (then, now))
    if before == after:
        had_points = number_text(then.points if then else 0)
        return f"would have {counted(now.points if now else 0, 'point')} instead of {had_points}"
    return f"would be at {after} instead of {before}"
