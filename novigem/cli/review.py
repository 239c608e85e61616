"""`novigem review`: did a season move anything."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from novigem.cli.context import Context, reading
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.cli.writing_files import HtmlOption, making, needing_pages
from novigem.errors import InputError
from novigem.model.program import Program
from novigem.program.load import load_program
from novigem.queries.review import read_review
from novigem.queries.review_types import Review
from novigem.queries.visibility import unlisted
from novigem.views.charts import missing
from novigem.views.json.review import review_answer
from novigem.views.tables import json_text
from novigem.views.terminal.layout import quiet
from novigem.views.terminal.review import review_screen


def review(
    program: Annotated[
        str,
        typer.Argument(metavar="PROGRAM", help="The id of a season, or a program file whose figures are asked for."),
    ],
    *,
    html: HtmlOption = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="FILE", help="Write the same as a PDF of two pages.")
    ] = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the figures of a season before, during and after it, and what to change next."""
    with reading(db) as context:
        found = read_review(context.queries, _program(context, program))
        hidden = unlisted(context.store, None)
    if html is not None or pdf is not None:
        _write(found, html, pdf)
    elif as_json:
        write([json_text(review_answer(found, is_seen=lambda user: user not in hidden))])
    else:
        show(review_screen(found, screen_of(console())))


def _write(found: Review, html: Path | None, pdf: Path | None) -> None:
    try:
        from novigem.views.web.files import pdf_of, review_file  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise needing_pages(error) from error
    today = datetime.now(found.program.zone).date()
    lacking = missing()
    if lacking is not None:
        show(quiet(f"without charts: {lacking}"), to_errors=True)
    if html is not None:
        making(lambda: review_file(found, today), html)
    if pdf is not None:
        making(lambda: pdf_of(review_file(found, today, is_paper=True)), pdf)


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
        "novigem review account-expansion --html review.html --pdf review.pdf",
        "novigem review account-expansion --json",
        "novigem review account-expansion.yaml",
    ],
)
