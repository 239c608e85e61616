"""`novigem review`: did a season move anything."""

from pathlib import Path
from typing import Annotated

import typer

from novigem.cli.context import Context, reading
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.errors import InputError
from novigem.model.program import Program
from novigem.program.load import load_program
from novigem.queries.review import read_review
from novigem.queries.visibility import unlisted
from novigem.views.json.review import review_answer
from novigem.views.tables import json_text
from novigem.views.terminal.review import review_screen


def review(
    program: Annotated[
        str,
        typer.Argument(metavar="PROGRAM", help="The id of a season, or a program file whose figures are asked for."),
    ],
    *,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the figures of a season before, during and after it, and what to change next."""
    with reading(db) as context:
        found = read_review(context.queries, _program(context, program))
        hidden = unlisted(context.store, None)
    if as_json:
        write([json_text(review_answer(found, is_seen=lambda user: user not in hidden))])
    else:
        show(review_screen(found, screen_of(console())))


def _program(context: Context, name: str) -> Program:
    """Give the program of an id; of a file, the one in use with the figures that the file names."""
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        return context.queries.program(name)
    asked = load_program(path)
    try:
        in_use = context.queries.program(asked.program)
    except InputError as error:
        raise InputError(f"{path} is the program {asked.program!r}: {error.message}", hint=error.hint) from error
    return in_use.model_copy(update={"review": asked.review})


command = new_command(
    review,
    [
        "novigem review account-expansion",
        "novigem review account-expansion --json",
        "novigem review account-expansion.yaml",
    ],
)
