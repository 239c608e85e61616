"""`novigem seasons`: the archive of every season that the database has seen."""

from typing import Annotated

import typer

from novigem.cli.context import Context, reading
from novigem.cli.options import DbOption, JsonOption, ProgramOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.queries.seasons import SeasonSummary, read_exceptions, read_season, read_seasons
from novigem.queries.visibility import DisplayNames
from novigem.views.cast import Cast
from novigem.views.json.closings import archive_answer, season_answer
from novigem.views.tables import json_text
from novigem.views.terminal.seasons import season_screen, seasons_screen


def seasons(
    season: Annotated[
        str | None, typer.Argument(metavar="PROGRAM", help="One season in full: final standings, and what came late.")
    ] = None,
    *,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every season: when it was, how it stands, who won, and what arrived after it was closed."""
    with reading(db, program) as context:
        if season is None:
            _list(context, as_json=as_json)
        else:
            _show(context, season, as_json=as_json)


def _list(context: Context, *, as_json: bool) -> None:
    display_names = DisplayNames(context.store, context.queries.programs())
    found = [_shown(one, display_names) for one in read_seasons(context.queries, program_id=context.program)]
    cast = Cast(context.queries.programs(), display_names.people)
    if as_json:
        write([json_text([season_answer(one, cast) for one in found])])
    else:
        show(seasons_screen(found, cast, screen_of(console())))


def _show(context: Context, name: str, *, as_json: bool) -> None:
    season = read_season(context.queries, context.queries.program(name))
    display_names = DisplayNames(context.store, context.queries.programs())
    late = [display_names.exceptions(one) for one in read_exceptions(context.queries, season.closings)]
    season = _shown(season, display_names)
    cast = Cast(context.queries.programs(), display_names.people)
    if as_json:
        write([json_text(archive_answer(season, late, cast))])
    else:
        show(season_screen(season, late, cast, context.queries.now, screen_of(console())))


def _shown(season: SeasonSummary, display_names: DisplayNames) -> SeasonSummary:
    """Give a season whose final standings name people as they are shown."""
    states = (one._replace(closing=one.closing and display_names.closing(one.closing)) for one in season.states)
    return season._replace(states=tuple(states))


command = new_command(
    seasons, ["novigem seasons", "novigem seasons account-expansion", "novigem seasons account-expansion --json"]
)
