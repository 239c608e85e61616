"""`novigem doctor`: proves every figure that is kept against the ledger, and the ledger against the changes."""

from typing import Annotated

import typer
from rich.text import Text

from novigem.cli.opening import reading
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.doctor import Problem, examine, repair_totals
from novigem.views.answers import doctor_answer
from novigem.views.proofs import check_screen
from novigem.views.tables import json_text
from novigem.views.terminal import GOOD, next_step, quiet
from novigem.views.text import number_text

_DIFFERS = 1


def doctor(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="First write the sums of the boards anew from the ledger.")
    ] = False,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove every figure: boards, progress, badges against the ledger, and the ledger against the changes.

    Ends with exit code 1 when a figure differs.
    """
    found: list[tuple[str, list[Problem]]] = []
    with reading(db) as desk:
        target = screen_of(console())
        if repair:
            repair_totals(desk.store, desk.programs)
            show(quiet("The sums of the boards are written anew from the ledger."), to_errors=True)
        for name, problems in examine(desk.store, desk.programs):
            found.append((name, problems))
            if not as_json:
                show(check_screen(name, problems, target))
        entries = desk.store.entry_count()
    differing = sorted({name for name, problems in found if problems})
    if as_json:
        write([json_text(doctor_answer(found))])
    else:
        _close(differing, entries, repair=repair)
    if differing:
        raise typer.Exit(_DIFFERS)


def _close(differing: list[str], entries: int, *, repair: bool) -> None:
    show(Text(""))
    if not differing:
        show(Text(f"Every figure follows from {number_text(entries)} ledger entries.", style=GOOD))
    elif differing == ["totals"] and not repair:
        show(next_step("novigem doctor --repair"))
    else:
        show(quiet("Keep a copy of the database and report this; the ledger itself was not changed."))


command = new_command(doctor, ["novigem doctor", "novigem doctor --repair"])
