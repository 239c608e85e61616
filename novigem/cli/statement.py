"""`novigem statement`: every point of one person, in the order in which it was written, and why."""

from typing import Annotated

import typer

from novigem.cli.context import known_user, reading
from novigem.cli.options import DbOption, JsonOption, ProgramOption, SinceOption, UntilOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.queries.statement import statement_of
from novigem.views.moments import micros
from novigem.views.tables import json_text
from novigem.views.terminal.statement import statement_answer, statement_screen


def statement(
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose points: name, e-mail or id.")],
    *,
    since: SinceOption = None,
    until: UntilOption = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every point somebody got or lost, what it was for, and the balance after it.

    In the order in which the ledger was written; --since and --until go by that moment too.
    """
    with reading(db, program) as context:
        chosen = context.queries.program(context.program)
        who = known_user(context, user)
        found = statement_of(
            context.store,
            chosen.program,
            who,
            since=micros(since, "--since", chosen.zone),
            until=micros(until, "--until", chosen.zone, end_of_day=True),
        )
        person = context.queries.people([who])[who]
    if as_json:
        write([json_text(statement_answer(found, chosen, person))])
    else:
        show(statement_screen(found, chosen, person, screen_of(console())))


command = new_command(
    statement,
    ["novigem statement ann@example.com", "novigem statement ann@example.com --since 2026-01-05 --until 2026-01-11"],
)
