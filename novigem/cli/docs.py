"""`novigem docs`: a program in plain words."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from novigem.cli.context import reading
from novigem.cli.options import DbOption, new_command
from novigem.cli.output import show
from novigem.cli.writing_files import HtmlOption, making, needing_pages
from novigem.model.program import Program
from novigem.program.load import load_program
from novigem.views.terminal.program_words import program_screen


def docs(
    program: Annotated[str, typer.Argument(metavar="PROGRAM", help="A program file, or the id of a season.")],
    *,
    html: HtmlOption = None,
    db: DbOption = None,
) -> None:
    """Say in plain words what a program pays, to whom, within which limits, and how it ends."""
    found = _program(program, db)
    if html is None:
        show(program_screen(found))
        return
    try:
        from novigem.views.web.files import program_file  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise needing_pages(error) from error
    making(lambda: program_file(found, datetime.now(found.zone).date()), html)


def _program(name: str, db: str | None) -> Program:
    if Path(name).suffix in (".yaml", ".yml"):
        return load_program(Path(name))
    with reading(db) as context:
        return context.queries.program(name)


command = new_command(docs, ["novigem docs account-expansion.yaml", "novigem docs account-expansion --html rules.html"])
