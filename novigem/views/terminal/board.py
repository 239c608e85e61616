"""The screen of a leaderboard."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from novigem.leaderboards.averages import average
from novigem.leaderboards.percent import percent_text
from novigem.model.entry import GOAL_UNIT
from novigem.model.program import Program
from novigem.queries.board_types import Board, BoardRow
from novigem.views.json.answers import average_number, percent_number
from novigem.views.tables import Cell, Table
from novigem.views.terminal.closings import state_words
from novigem.views.terminal.layout import (
    COLOURS,
    HERE,
    QUIET,
    UNSURE,
    columns,
    indented,
    next_step,
    plain_columns,
    quiet,
    screen,
    text,
    title,
)
from novigem.views.terminal.pauses import paused_words, shadow_line
from novigem.views.words import (
    Screen,
    bar_text,
    clean,
    counted,
    day_text,
    fitting,
    goal_number,
    number_text,
    span_text,
    with_leaving,
)

_PODIUM = {1: "gold", 2: "silver", 3: "bronze"}
_TIES = {
    "first_to_reach": "first to reach",
    "distinct_accounts": "more accounts",
    "fewer_awards": "fewer awards",
}
_PERIODS = {"challenge": "the whole challenge", "program": "the whole season", "all": "all time"}
_LEGEND = "left: no longer active when last told of"
_HEAD = "Left, and so without a rank:"
_MOST_APART = 25
# What a board ranks by, and what that is made of.
_HEADS = {"points": ("Points", "Awards"), "percent": ("Percent", "Progress"), "average": ("Per member", "Made of")}
_BARS = ((100, 24), (64, 12))


def board_screen(
    board: Board,
    program: Program,
    target: Screen,
    *,
    user: str | None = None,
    cut: int = 0,
    as_of: str | None = None,
) -> RenderableType:
    """Draw a board; `user` is set off, with the rows around. `cut` is how many more share the last place shown."""
    head = title(
        f"{board.name} {target.glyphs.dash} {program.name}",
        *_about(board, program, target, as_of),
        separator=target.glyphs.point,
    )
    paused = None if board.paused is None else text(paused_words(board.paused, program), UNSURE)
    if not board.rows:
        return screen([head, shadow_line([program]), paused, *_empty(board), _apart(board, target), _absent(board)])
    missing = user is not None and not board.around
    return screen(
        [
            head,
            shadow_line([program]),
            paused,
            _rows(board, target, user),
            quiet(_LEGEND) if any(row.left for row in (*board.rows, *board.around)) else None,
            _apart(board, target),
            _absent(board),
            quiet(f"Shown: the first {len(board.rows)}. --top N shows more.") if board.more or cut else None,
            _cut_equals(board, cut),
            _sharing(board, user),
            quiet(_missing(board, user)) if missing else None,
        ]
    )


def _about(board: Board, program: Program, target: Screen, as_of: str | None) -> Iterator[list[str]]:
    kind = board.period.partition(":")[0]
    span = span_text(board.start, board.end, program.zone, target.glyphs.dash)
    named = _PERIODS.get(kind, f"one {kind}")
    if kind == "last":
        named = f"the last {counted(int(board.period.partition(':')[2]), 'day')}"
    yield [span if span == named else f"{span} ({named})"]
    position = as_of or f"as of ledger entry {number_text(board.as_of)}"
    yield [_status(board, program), position]
    if board.digest is not None and board.status == "final":
        yield [f"hash {board.digest}"]


def _status(board: Board, program: Program) -> str:
    if board.status == "provisional" and board.final_at is None:
        return "ended; late changes still count"
    if board.closed is not None:
        day = day_text(board.closed.astimezone(program.zone).date())
        return f"final since {day}" if board.status == "final" else f"the ledger today; final since {day}"
    return state_words(board.status, board.final_at, board.waits_for, board.read_at, program.zone)


def _absent(board: Board) -> Text | None:
    if not board.absent:
        return None
    return quiet(f"Not ranked, away the whole time and so without a target: {', '.join(board.absent)}")


def _missing(board: Board, user: str | None) -> str:
    """Say that somebody who was asked for has no place."""
    if any(row.user == user for row in board.apart):
        return "This person has left, and so has no rank on this board."
    what = "award in this challenge" if board.by == "percent" else "points on this board"
    if board.fewer_first:
        return "This person has too few awards in this challenge for a place, or none."
    if board.status == "final":
        return f"This person is not in the final standings: no {what} that ranks them."
    return f"This person has no {what} yet."


def _apart(board: Board, target: Screen) -> RenderableType | None:
    """List who has left, where a board does not rank them."""
    if not board.apart:
        return None
    table = plain_columns("fill", "right", "right")
    for row in board.apart[:_MOST_APART]:
        table.add_row(text(row.name), Text(_shown(row), style="bold"), Text(_made_of(row), style=QUIET))
    if len(board.apart) > _MOST_APART:
        more = f"{target.glyphs.more} and {number_text(len(board.apart) - _MOST_APART)} more (--json lists all)"
        return Group(quiet(_HEAD), indented(table), indented(quiet(more)))
    return Group(quiet(_HEAD), indented(table))


def _cut_equals(board: Board, cut: int) -> Text | None:
    if not cut:
        return None
    share = fitting(cut, "shares", "share")
    return quiet(f"{number_text(cut)} more {share} rank {board.rows[-1].rank}; --csv and --json list them.")


def _sharing(board: Board, user: str | None) -> Text | None:
    """Say how many share the place of the person asked for, where not all of them are shown."""
    own = next((row.rank for row in board.around if row.user == user), None)
    shown = {row.user for row in (*board.rows, *board.around) if row.rank == own}
    if len(shown) >= board.sharing:
        return None
    return quiet(f"{number_text(board.sharing)} people share rank {own}; those beside this person are some of them.")


def _empty(board: Board) -> list[Text]:
    if board.as_of == 0:
        return [
            text("Nobody has points yet: no change has earned any."),
            next_step("novigem run PROGRAM --from FILE.jsonl"),
        ]
    if board.by == "percent":
        some = "enough awards" if board.fewer_first else "an award"
        return [
            text(f"Nobody has {some} in this challenge and period yet."),
            next_step("novigem progress", label="See:"),
        ]
    if board.status == "final":
        return [text("Nobody had points in this period, or nobody whom this board ranks.")]
    return [
        text("Nobody has points in this period yet."),
        quiet("The ledger holds entries, but of other periods or of people this board does not rank."),
        next_step("novigem board --period all", "novigem ledger", label="See:"),
    ]


def _rows(board: Board, target: Screen, user: str | None) -> RichTable:
    best = max(_figure(row) for row in board.rows)
    has_pending = any(row.pending for row in (*board.rows, *board.around))
    has_ties = any(row.tie for row in (*board.rows, *board.around))
    bar = next((size for width, size in _BARS if target.width >= width), 0)
    figure, made_of = _HEADS[board.by]
    if board.fewer_first:
        # A long bar would look like a good one.
        figure, bar = "Of allowed", 0
    heads = [("Rank", "right"), ("", "left"), ("Name", "fill"), (figure, "right")]
    heads += [("Pending", "right")] if has_pending else []
    heads += [("", "left")] if bar else []
    heads += [(made_of, "left" if board.by == "average" else "right")]
    heads += [("", "left")] if has_ties else []
    table = columns(*heads)
    for row in with_gap(board):
        if row is None:
            table.add_row("", "", Text(target.glyphs.more, style=QUIET))
            continue
        cells: list[Text] = [*_who(row, target, is_here=row.user == user, fewer_first=board.fewer_first)]
        if has_pending:
            cells.append(Text(number_text(row.pending) if row.pending else "", style=UNSURE))
        if bar:
            share = float(_figure(row) / best) if best > 0 else 0
            cells.append(Text(bar_text(share, bar, target.glyphs), style=_colour(row)))
        cells.append(Text(_made_of(row), style=QUIET))
        if has_ties:
            cells.append(Text(f"tie: {_TIES.get(row.tie, row.tie)}" if row.tie else "", style=QUIET))
        table.add_row(*cells)
    return table


def _figure(row: BoardRow) -> Fraction:
    """Give what a row is ranked by."""
    if row.members is not None:
        return average(row.points, row.members)
    if row.value is None or row.target is None:
        return Fraction(row.points)
    return Fraction(row.value, row.target)


def _shown(row: BoardRow) -> str:
    if row.members is not None:
        return number_text(average_number(row) or 0)
    if row.value is None or row.target is None:
        return number_text(row.points)
    return percent_text(row.value, row.target)


def _made_of(row: BoardRow) -> str:
    if row.members is not None:
        members = f"{number_text(goal_number(row.members))} {'member' if row.members == GOAL_UNIT else 'members'}"
        return f"{counted(row.points, 'point')} of {members}"
    if row.value is None or row.target is None:
        return number_text(row.entries)
    return f"{number_text(goal_number(row.value))} / {number_text(goal_number(row.target))}"


def with_gap(board: Board) -> Sequence[BoardRow | None]:
    """Give the rows shown and, below a gap (None), those around the user that are not among them."""
    shown = {row.user for row in board.rows}
    further = [row for row in board.around if row.user not in shown]
    if not further:
        return board.rows
    joins = len(further) < len(board.around)
    return [*board.rows, *([] if joins else [None]), *further]


def _who(row: BoardRow, target: Screen, *, is_here: bool, fewer_first: bool) -> tuple[Text, Text, Text, Text]:
    style = HERE if is_here else ""
    # Nobody is set off who did nothing, or has more than is allowed.
    podium = row.rank in _PODIUM and (_figure(row) <= 1 if fewer_first else _figure(row) > 0)
    sign = target.glyphs.here if is_here else target.glyphs.star if podium else ""
    return (
        Text(str(row.rank), style=style),
        Text(sign, style=style or _colour(row)),
        Text(clean(with_leaving(row.name, left=row.left)), style=style or ("bold" if podium else "")),
        Text(_shown(row), style=style or "bold"),
    )


def _colour(row: BoardRow) -> str:
    return COLOURS[_PODIUM[row.rank]] if row.rank in _PODIUM else QUIET


def board_table(board: Board) -> Table:
    """Give a board as a plain table."""
    if board.by == "percent":
        by_percent = ("rank", "name", "percent", "value", "target", "awards", "tie", "user", "left")
        return Table(by_percent, map(_percent_cells, (*board.rows, *board.apart)))
    heads = ("rank", "name", "points", "awards", "tie")
    if board.by == "average":
        cells = ((*_cells(row), goal_number(row.members or 0), average_number(row)) for row in board.rows)
        return Table((*heads, "team", "members", "average"), cells)
    if board.ranks == "teams":
        return Table((*heads, "team"), map(_cells, board.rows))
    rows = ((*_cells(row), _left(row)) for row in (*board.rows, *board.apart))
    return Table((*heads, "user", "left"), rows)


def _cells(row: BoardRow) -> tuple[Cell, ...]:
    return (row.rank or None, row.name, row.points, row.entries, row.tie, row.user)


def _percent_cells(row: BoardRow) -> tuple[Cell, ...]:
    value, aim = goal_number(row.value or 0), goal_number(row.target or 0)
    return (row.rank or None, row.name, percent_number(row), value, aim, row.entries, row.tie, row.user, _left(row))


def _left(row: BoardRow) -> str | None:
    return "yes" if row.left else None
