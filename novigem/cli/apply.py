"""`novigem apply`: another version of a running program, shown before it is made so."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from novigem.cli.context import reading
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.engine.engine import utc_now
from novigem.errors import InputError
from novigem.planning.apply import From, Wish, apply_program, preview
from novigem.program.load import load_program
from novigem.views.tables import json_text
from novigem.views.terminal.apply import applying_answer, applying_screen
from novigem.views.words import clean

_START = "start"


def apply(
    program: Annotated[Path, typer.Argument(metavar="PROGRAM", help="The changed program file.")],
    *,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="In force from this day on, or `start`; tomorrow if left out."),
    ] = None,
    rescore: Annotated[
        bool, typer.Option("--rescore", help="Score anew what happened since then; from the start without --from.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Make it so; without it nothing is changed.")] = False,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who decided it.")] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; it stands in the ledger and the history.")
    ] = None,
    as_new: Annotated[
        list[str] | None,
        typer.Option("--as-new", metavar="ID", help="A part that is new, though it looks like one that is gone."),
    ] = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a running program: first see what differs, in words and in points, then make it so with --yes.

    What happened before the day stays with the version of its time. Nothing is ever rewritten: what is scored anew is
    taken back and added by entries of its own.
    """
    effective = _day(since)
    loaded = load_program(program)
    with reading(db, loaded.program) as context:
        wish = Wish(
            loaded,
            effective,
            rescore,
            author or context.settings.author,
            (reason or "").strip() or None,
            frozenset(as_new or ()),
        )
        found = (apply_program if yes else preview)(context.store, wish, now=utc_now())
        if as_json:
            write([json_text(applying_answer(found))])
            return
        outcomes = [found.outcome, *([found.what_if] if found.what_if else [])]
        named = {one.user for outcome in outcomes for one in outcome.people} | {one.user for one in found.goals}
        people = context.queries.people(named)
        show(applying_screen(found, people, screen_of(console()), _command(program, since, rescore=rescore)))


def _day(text: str | None) -> From:
    if text is None or text == _START:
        return "start" if text else None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--from {text!r} is not a day", hint="write 2026-02-01, or start") from error


def _command(program: Path, since: str | None, *, rescore: bool) -> str:
    parts = ["novigem apply", clean(str(program)), *(["--from", since] if since else [])]
    return " ".join([*parts, *(["--rescore"] if rescore else []), "--yes"])


command = new_command(
    apply,
    [
        "novigem apply season.yaml",
        "novigem apply season.yaml --from 2026-02-02 --yes",
        'novigem apply season.yaml --rescore --yes --reason "an upsell was worth too little"',
    ],
)
