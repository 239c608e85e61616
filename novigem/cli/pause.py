"""`novigem pause`: a whole program pays nothing for a while; and the function of `novigem resume` beside it."""

from typing import Annotated

import typer

from novigem.cli.context import reading
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import show, write
from novigem.engine.engine import utc_now
from novigem.engine.pausing import pause_program, resume_program
from novigem.model.pause import Pause
from novigem.model.program import Program
from novigem.views.json.answers import pause_answer
from novigem.views.moments import moment
from novigem.views.tables import json_text
from novigem.views.terminal.layout import next_step, quiet, screen, text
from novigem.views.terminal.pauses import paused_words
from novigem.views.words import moment_text

ProgramArgument = Annotated[str, typer.Argument(metavar="PROGRAM", help="The id of a program.")]
SinceOption = Annotated[
    str | None, typer.Option("--from", metavar="MOMENT", help="From this day or moment on; now if left out.")
]
AuthorOption = Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who decided it.")]


def pause(
    program: ProgramArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stands on the board.")],
    since: SinceOption = None,
    author: AuthorOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pause a whole program: what happens from now on pays nothing, until `novigem resume`.

    What happened before counts, however late it arrives. Days in a pause break no streak.
    """
    with reading(db, program) as context:
        found = context.programs[program]
        begins = None if since is None else moment(since, "--from", found.zone)
        who = author or context.settings.author
        made = pause_program(context.store, program, reason=reason, author=who, since=begins, now=utc_now())
    if as_json:
        write([json_text(_answer(found, made))])
        return
    more = next_step(f"novigem resume {program}", label="To let it pay again:")
    show(screen([text(f"{found.name}. {paused_words(made, found)}"), quiet(_MEANING), more]))


_MEANING = "What happened before counts, however late it arrives; what happens from then on pays nothing."


def resume(
    program: ProgramArgument,
    *,
    since: SinceOption = None,
    author: AuthorOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a paused program pay again for what happens from now on."""
    with reading(db, program) as context:
        found = context.programs[program]
        begins = None if since is None else moment(since, "--from", found.zone)
        who = author or context.settings.author
        ended = resume_program(context.store, program, author=who, since=begins, now=utc_now())
    if as_json:
        write([json_text(_answer(found, ended))])
        return
    start, end = (moment_text(one, found.zone) for one in (ended.start, ended.end))
    told = f"the pause that was to begin at {start} is called off" if start == end else f"it was paused since {start}"
    show(screen([text(f"{found.name} pays again from {end} on; {told}."), next_step("novigem board")]))


def _answer(program: Program, pause: Pause) -> dict[str, object]:
    return {"program": program.program, **pause_answer(pause)}


command = new_command(
    pause,
    [
        'novigem pause account-expansion --reason "the CRM is being moved"',
        'novigem pause account-expansion --from 2026-02-02 --reason "company retreat"',
    ],
)
