"""The screens of the archive: every season, and one of them with its final standings."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from novigem.engine.closing.late import Exceptions
from novigem.model.closing import read_standings
from novigem.model.program import Program, bounded
from novigem.queries.seasons import SeasonSummary
from novigem.views.cast import Cast
from novigem.views.terminal.closings import closing_block, exceptions_view, open_screen, winners
from novigem.views.terminal.layout import QUIET, UNSURE, columns, next_step, quiet, screen, text, title
from novigem.views.words import Screen, counted, number_text, span_text


def seasons_screen(seasons: Sequence[SeasonSummary], cast: Cast, target: Screen) -> RenderableType:
    """Draw every season in one line: dates, status, people, points, who won the first board, what came too late."""
    if not seasons:
        return screen([text("This database has seen no season yet."), next_step("novigem run PROGRAM --from FILE")])
    table = columns(
        ("Season", "fill"),
        ("Dates", "left"),
        ("Status", "left"),
        ("People", "right"),
        ("Points", "right"),
        ("Winner", "fill"),
        ("Late", "right"),
    )
    for one in seasons:
        table.add_row(
            text(one.program.name),
            Text(dates(one.program, target)),
            Text(one.status, style=QUIET if one.status == "final" else ""),
            Text(number_text(one.people)),
            Text(number_text(one.points)),
            text(_winner(one, cast, target)),
            Text(number_text(one.late), style=UNSURE) if one.late else Text(target.glyphs.dash, style=QUIET),
        )
    return screen([table, next_step(f"novigem seasons {seasons[-1].program.program}", label="One in full:")])


def dates(program: Program, target: Screen) -> str:
    """Give the dates of a season."""
    start = bounded(program.window.start)
    end = bounded(program.window.end)
    return span_text(start, end, program.zone, target.glyphs.dash)


def _winner(season: SeasonSummary, cast: Cast, target: Screen) -> str:
    """Name who won the board that closed last of those that span the season."""
    boards = [one for one in season.closings if one.kind == "board" and one.period == "program"]
    return winners(read_standings(boards[0]), cast) if boards else target.glyphs.dash


def season_screen(
    season: SeasonSummary, found: Sequence[Exceptions], cast: Cast, now: int, target: Screen
) -> RenderableType:
    """Draw one season: its final standings with their hashes, what is open, and what arrived too late."""
    program = season.program
    head = title(
        program.name,
        [dates(program, target), season.status, counted(len(season.versions), "version")],
        [counted(season.people, "person", "people"), counted(season.points, "point")],
        separator=target.glyphs.point,
    )
    blocks = [closing_block(one, cast, target) for one in season.closings]
    nothing = None if blocks else quiet("Nothing of it is final yet.")
    late = [exceptions_view(one, cast) for one in found]
    return screen([head, *blocks, nothing, open_screen(season.states, cast, now, target), *late])
