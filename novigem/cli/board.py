"""`novigem board`: the standings of a leaderboard."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from novigem.cli.context import Context, known_user, reading
from novigem.cli.options import (
    CsvOption,
    DbOption,
    JsonOption,
    LiveOption,
    MarkdownOption,
    ProgramOption,
    UserOption,
    chosen_format,
    new_command,
)
from novigem.cli.output import console, screen_of, show, write, write_table
from novigem.cli.writing_files import HtmlOption, making, needing_pages
from novigem.errors import InputError
from novigem.model.program import Program
from novigem.queries.board_types import Board
from novigem.views.json.answers import board_answer
from novigem.views.moments import moment
from novigem.views.tables import json_text
from novigem.views.terminal.board import board_screen, board_table

_ON_SCREEN = 25
_LONGEST_POSITION = 18


def board(
    board_id: Annotated[str | None, typer.Argument(metavar="ID", help="Which board; the first if left out.")] = None,
    *,
    program: ProgramOption = None,
    period: Annotated[
        str | None,
        typer.Option(
            "--period", metavar="P", help="program, week, month, quarter or all; with a day in it: week:2026-01-07."
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="T", help="As it stood: a ledger entry, a day (to its end) or a moment."),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(
            "--top",
            metavar="N",
            min=1,
            help=f"The first N, and who shares the last place; on a screen {_ON_SCREEN} if left out.",
        ),
    ] = None,
    user: UserOption = None,
    live: LiveOption = False,
    html: HtmlOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    as_markdown: MarkdownOption = False,
) -> None:
    """Show the standings of a leaderboard; --user sets somebody off, with those just above and below."""
    form = chosen_format(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown)
    limit = _ON_SCREEN if top is None and form == "screen" and html is None else top
    with reading(db, program) as context:
        who = None if user is None else known_user(context, user)
        position, told = _as_of(context, as_of)
        standings = context.queries.board(
            board_id,
            program_id=context.program,
            period=period,
            as_of=position,
            limit=limit,
            user=who,
            live=live,
        )
        found = context.queries.program(standings.program)
    if html is not None:
        _write(standings, found, html)
        return
    # Whoever shares the last place is shown too; on a screen, where they are many, it is said how many they are.
    is_long = form == "screen" and limit is not None and len(standings.rows) > limit + _ON_SCREEN
    shown = replace(standings, rows=standings.rows[:limit]) if is_long else standings
    if form == "json":
        write([json_text(board_answer(shown, with_around=user is not None))])
    elif form != "screen":
        write_table(board_table(shown), form)
    else:
        show(
            board_screen(
                shown, found, screen_of(console()), user=who, cut=len(standings.rows) - len(shown.rows), as_of=told
            )
        )


def _write(standings: Board, program: Program, path: Path) -> None:
    try:
        from novigem.views.web.files import board_file  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise needing_pages(error) from error
    making(lambda: board_file(standings, program, datetime.now(program.zone).date()), path)


def _as_of(context: Context, text: str | None) -> tuple[int | datetime | None, str | None]:
    """Give a ledger position or a moment, and how the screen says it."""
    if text is None:
        return None, None
    if not text.isdecimal():
        return moment(text, "--as-of", context.zone, end_of_day=True), f"as it stood at {text}"
    newest = context.store.entry_count()
    if len(text) > _LONGEST_POSITION or int(text) > newest:
        raise InputError(f"the ledger has no entry {text} yet", hint=f"its newest entry is {newest}")
    return int(text), None


command = new_command(
    board,
    [
        "novigem board",
        "novigem board cs-week --period week:2026-01-12 --top 10",
        "novigem board --user ann@example.com --as-of 2026-01-31",
        "novigem board --html board.html",
    ],
)
