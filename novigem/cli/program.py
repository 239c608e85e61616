"""`novigem program`: which versions of a program there were, and the exact text of each."""

from typing import Annotated, Any

import typer

from novigem.cli.context import reading
from novigem.cli.options import DbOption, JsonOption, new_group
from novigem.cli.output import console, screen_of, show, write
from novigem.errors import UnknownName
from novigem.ledger.store import ProgramUse
from novigem.model.program import ALWAYS_START
from novigem.views.tables import json_text
from novigem.views.terminal.apply import history_screen
from novigem.views.words import iso_text


def history(
    program: Annotated[str | None, typer.Argument(metavar="PROGRAM", help="The id of a program.")] = None,
    *,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """List from when on which version was in force, who decided it, and why."""
    with reading(db, program) as context:
        chosen = context.queries.program(context.program)
        uses = [_use(one) for one in context.store.timeline() if one.program == chosen.program]
        if as_json:
            write([json_text([{key: value for key, value in one.items() if key != "effective"} for one in uses])])
            return
        show(history_screen(chosen, uses, screen_of(console())))


def _use(one: ProgramUse) -> dict[str, Any]:
    return {
        "program": one.program,
        "version": one.version,
        "from": None if one.effective <= ALWAYS_START else iso_text(one.effective),
        "effective": one.effective,
        "how": one.how,
        "accepted_at": iso_text(one.accepted),
        "author": one.author,
        "reason": one.reason,
    }


def show_version(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="A version, as `novigem ledger --json` names it.")],
    *,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the exact program text behind a version: what an entry that names it was paid under."""
    with reading(db) as context:
        stored = next((one for one in context.store.programs() if one.version == version), None)
        if stored is None:
            raise UnknownName(f"no program here has a version {version!r}", hint="see: novigem program history")
        if as_json:
            write([json_text({"program": stored.program, "version": stored.version, "text": stored.text})])
            return
        write([stored.text])


command = new_group(
    "Which versions of a program there were, and the exact text of each.",
    [
        ("history", history, ["novigem program history"]),
        ("show", show_version, ["novigem program show 9f2c61d07be8"]),
    ],
)
