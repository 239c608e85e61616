"""`novigem teams`: who belongs to which team, from when to when."""

from novigem.cli.context import reading
from novigem.cli.options import (
    CsvOption,
    DbOption,
    JsonOption,
    MarkdownOption,
    ProgramOption,
    chosen_format,
    new_command,
)
from novigem.cli.output import console, screen_of, show, write, write_table
from novigem.queries.teams import read_teams
from novigem.views.tables import json_text
from novigem.views.terminal.teams import team_answer, teams_screen, teams_table


def teams(
    *,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    as_markdown: MarkdownOption = False,
) -> None:
    """Show who belongs to which team from when to when, and from where that is known."""
    form = chosen_format(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown)
    with reading(db, program) as context:
        found = [(one, read_teams(context.store, one)) for one in context.programs.values()]
        people = context.queries.people(
            {membership.user for _one, its in found for answer in its for membership in answer.memberships}
        )
    if form == "json":
        write([json_text([team_answer(one, answer, people) for one, its in found for answer in its])])
    elif form != "screen":
        write_table(teams_table(found, people), form)
    else:
        show(teams_screen(found, people, screen_of(console())))


command = new_command(teams, ["novigem teams", "novigem teams --program season-1 --json"])
