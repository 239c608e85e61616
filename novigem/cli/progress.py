"""`novigem progress`: how far everybody is in each challenge."""

from typing import Annotated

import typer

from novigem.cli.context import Chosen, Context, chosen_rows, reading
from novigem.cli.options import (
    ChallengeOption,
    CsvOption,
    DbOption,
    Format,
    JsonOption,
    LiveOption,
    MarkdownOption,
    ProgramOption,
    SinceOption,
    UntilOption,
    UserOption,
    chosen_format,
    new_command,
)
from novigem.cli.output import console, screen_of, show, write, write_table
from novigem.errors import InputError, UnknownName
from novigem.model.guesses import advise
from novigem.queries.teams import read_team_progress
from novigem.views.json.answers import progress_answer
from novigem.views.tables import json_text
from novigem.views.terminal.progress import progress_screen, progress_table
from novigem.views.terminal.teams import team_progress_answer, team_progress_screen, team_progress_table


def progress(
    *,
    user: UserOption = None,
    challenge: ChallengeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    live: LiveOption = False,
    team: Annotated[
        str | None, typer.Option("--team", metavar="ID", help="How far a team is in what teams complete together.")
    ] = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    as_markdown: MarkdownOption = False,
) -> None:
    """Show how far everybody is in each challenge, and what completing it gave.

    --since and --until choose the rows whose latest award lies in between.
    """
    form = chosen_format(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown)
    if team is not None:
        if user is not None:
            raise InputError("--user and --team ask for different things", hint="leave one of them out")
        with reading(db, program) as context:
            _show_team(context, team, chosen_rows(context, None, challenge, since, until), form, live=live)
        return
    with reading(db, program) as context:
        chosen = chosen_rows(context, user, challenge, since, until)
        rows = [row for row in context.queries.completions(chosen.which, live=live) if chosen.holds(row.progress.last)]
        people = context.queries.people({row.progress.user for row in rows})
    if form == "json":
        write([json_text([progress_answer(row) for row in rows])])
    elif form != "screen":
        write_table(progress_table(rows, context.programs, people), form)
    else:
        target, now = screen_of(console()), context.queries.now
        show(progress_screen(rows, context.programs, people, target, of_one=user is not None, now=now))


def _show_team(context: Context, team: str, chosen: Chosen, form: Format, *, live: bool) -> None:
    having = [one for one in context.programs.values() if team in {its.id for its in one.teams}]
    if len(having) != 1:
        known = sorted({its.id for one in context.programs.values() for its in one.teams})
        if having:
            raise UnknownName(f"several programs have a team {team!r}", hint="add --program")
        hint = advise(team, known, intro="there are") if known else "teams are declared under `teams` in a program file"
        raise UnknownName(f"there is no team {team!r}", hint=hint)
    (program,) = having
    found = read_team_progress(context.store, program, team, challenge=chosen.which.challenge, live=live)
    rows = [row for row in found if chosen.holds(row.progress.last)]
    if form == "json":
        write([json_text([team_progress_answer(row) for row in rows])])
    elif form != "screen":
        write_table(team_progress_table(program, rows), form)
    else:
        people = context.queries.people({user for row in rows for user in row.credited})
        show(team_progress_screen(program, team, rows, people, screen_of(console())))


command = new_command(
    progress,
    [
        "novigem progress",
        "novigem progress --challenge expansion-signals --user ann@example.com",
        "novigem progress --team north",
    ],
)
