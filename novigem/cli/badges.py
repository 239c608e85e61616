"""`novigem badges`: who holds which badge."""

from datetime import UTC, datetime

from novigem.cli.context import chosen_rows, reading
from novigem.cli.options import (
    ChallengeOption,
    CsvOption,
    DbOption,
    JsonOption,
    MarkdownOption,
    ProgramOption,
    SinceOption,
    UntilOption,
    UserOption,
    chosen_format,
    new_command,
)
from novigem.cli.output import console, screen_of, show, write, write_table
from novigem.model.change import to_micros
from novigem.views.json.answers import badge_answer
from novigem.views.tables import json_text
from novigem.views.terminal.badges import badges_screen, badges_table


def badges(
    *,
    user: UserOption = None,
    challenge: ChallengeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    as_markdown: MarkdownOption = False,
) -> None:
    """Show who holds which badge, and since when."""
    form = chosen_format(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown)
    with reading(db, program) as context:
        chosen = chosen_rows(context, user, challenge, since, until)
        found = [one for one in context.queries.holdings(chosen.which) if chosen.holds(one.award.awarded)]
        now = to_micros(datetime.now(UTC))
        people = context.queries.people({one.award.user for one in found})
    if form == "json":
        write([json_text([badge_answer(one, now) for one in found])])
    elif form != "screen":
        write_table(badges_table(found, context.programs, people, now), form)
    else:
        is_all = (user, challenge, since, until) == (None, None, None, None)
        show(badges_screen(found, context.programs, people, screen_of(console()), with_unheld=is_all, now=now))


command = new_command(badges, ["novigem badges", "novigem badges --user ann@example.com --json"])
