"""`novigem targets`: targets that fit each person, proposed from the past or from the accounts they look after."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from novigem.cli.context import reading
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import show, write
from novigem.errors import InputError
from novigem.feed.jsonl.source import JsonLinesSource
from novigem.feed.source import Page
from novigem.ledger.store import Store
from novigem.model.joins import NO_JOINS
from novigem.model.people import Person
from novigem.planning.targets import (
    TargetsProposal,
    accounts_of_changes,
    accounts_of_store,
    pages_of_store,
    targets_from_accounts,
    targets_from_past,
)
from novigem.program.load import load_program
from novigem.views.tables import json_text
from novigem.views.terminal.layout import quiet
from novigem.views.terminal.targets import targets_answer, targets_text
from novigem.views.words import counted

_MOST_WEEKS = 520
_HIGHEST_FACTOR = 1000


def targets(
    program: Annotated[Path, typer.Argument(metavar="PROGRAM", help="The program file.")],
    *,
    weeks: Annotated[
        int, typer.Option("--weeks", metavar="N", min=1, max=_MOST_WEEKS, help="So many weeks before the season.")
    ] = 6,
    per_account: Annotated[
        bool, typer.Option("--per-account", help="By the accounts that each person looks after instead.")
    ] = False,
    factor: Annotated[
        str, typer.Option("--factor", metavar="X", help="Ask for so many times as much, such as 1.1.")
    ] = "1.0",
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="Changes as JSON lines; the database's change log if left out."),
    ] = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose personal targets, as the `people` section to paste into the program file.

    Nothing is written: the file is the truth. People with nothing to go by keep the target of the program, and are
    listed.
    """
    loaded = load_program(program)
    times = _factor(factor)
    with _past(source, db) as (pages, store):
        if not per_account:
            joins = NO_JOINS if store is None else store.joins()
            proposal = targets_from_past(loaded, pages, weeks=weeks, factor=times, joins=joins)
        elif store is not None:
            known = {person.id: person for person in store.everybody()}
            proposal = targets_from_accounts(loaded, known, accounts_of_store(store), factor=times)
        else:
            told: dict[str, Person] = {}
            accounts = accounts_of_changes(change for page in _telling(pages, told) for change in page.changes)
            proposal = targets_from_accounts(loaded, told, accounts, factor=times)
    _say(proposal, as_json=as_json)


def _say(proposal: TargetsProposal, *, as_json: bool) -> None:
    write([json_text(targets_answer(proposal)) if as_json else targets_text(proposal)])


def _telling(pages: Iterator[Page], told: dict[str, Person]) -> Iterator[Page]:
    for page in pages:
        told |= {person.id: person for person in page.people}
        yield page


@contextmanager
def _past(source: str | None, db: str | None) -> Iterator[tuple[Iterator[Page], Store | None]]:
    """Give the pages of the past, and the store they come from if they do."""
    if source is None:
        with reading(db) as context:
            yield pages_of_store(context.store), context.store
    else:
        yield _readable(JsonLinesSource(sys.stdin.buffer if source == "-" else source)), None


def _readable(source: JsonLinesSource) -> Iterator[Page]:
    rejected = 0
    for page in source.pages():
        rejected += len(page.rejected)
        yield page
    if rejected:
        told = counted(rejected, "line could not be read and is", "lines could not be read and are")
        show(quiet(f"{told} not counted; `novigem run` would tell which."), to_errors=True)


def _factor(text: str) -> Fraction:
    try:
        factor = Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError):
        factor = Fraction(0)
    if not 0 < factor <= _HIGHEST_FACTOR:
        raise InputError(f"--factor {text!r} is not a number above 0", hint="write a factor such as 1.1 or 0.8")
    return factor


command = new_command(
    targets,
    [
        "novigem targets season.yaml",
        "novigem targets season.yaml --weeks 8 --factor 1.1 --from last-quarter.jsonl",
        "novigem targets season.yaml --per-account",
    ],
)
