"""`novigem progress`: how far everybody is in each challenge."""

from novigem.cli.opening import chosen_rows, reading
from novigem.cli.options import (
    ChallengeOption,
    CsvOption,
    DbOption,
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
from novigem.views.answers import progress_answer
from novigem.views.goals import progress_screen, progress_table
from novigem.views.tables import json_text


def progress(
    *,
    user: UserOption = None,
    challenge: ChallengeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    live: LiveOption = False,
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
    with reading(db, program) as desk:
        chosen = chosen_rows(desk, user, challenge, since, until)
        rows = [row for row in desk.queries.completions(chosen.which, live=live) if chosen.holds(row.progress.last)]
        people = desk.queries.people({row.progress.user for row in rows})
    if form == "json":
        write([json_text([progress_answer(row) for row in rows])])
    elif form != "screen":
        write_table(progress_table(rows, desk.programs, people), form)
    else:
        show(progress_screen(rows, desk.programs, people, screen_of(console())))


command = new_command(
    progress, ["novigem progress", "novigem progress --challenge expansion-signals --user ann@example.com"]
)
