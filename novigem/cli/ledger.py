"""`novigem ledger`: every line of points, and why."""

from collections import deque
from collections.abc import Iterable
from typing import Annotated

import typer

from novigem.cli.context import Context, known_challenge, known_rule, known_user, reading
from novigem.cli.options import (
    ChallengeOption,
    CsvOption,
    DbOption,
    JsonOption,
    MarkdownOption,
    ProgramOption,
    RuleOption,
    SinceOption,
    UntilOption,
    UserOption,
    chosen_format,
    new_command,
)
from novigem.cli.output import console, screen_of, show, write, write_table
from novigem.ledger.store import EntryFilter
from novigem.model.entry import Entry
from novigem.views.json.answers import entry_answer
from novigem.views.moments import micros
from novigem.views.tables import json_text
from novigem.views.terminal.ledger import ledger_screen, ledger_table

_ON_SCREEN = 40


def ledger(
    *,
    user: UserOption = None,
    challenge: ChallengeOption = None,
    rule: RuleOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    last: Annotated[
        int | None,
        typer.Option(
            "--last", metavar="N", min=0, help=f"The newest N, 0 for all; {_ON_SCREEN} on a screen, else all."
        ),
    ] = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    as_markdown: MarkdownOption = False,
) -> None:
    """Show the lines of the ledger: who got how many points, when, and for what."""
    form = chosen_format(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown)
    limit = _ON_SCREEN if last is None and form == "screen" else last or None
    with reading(db, program) as context:
        which = EntryFilter(
            program=context.program,
            user=None if user is None else known_user(context, user),
            challenge=known_challenge(context, challenge),
            rule=known_rule(context, rule),
            since=micros(since, "--since", context.zone),
            until=micros(until, "--until", context.zone, end_of_day=True),
        )
        if form == "screen":
            _show(context, which, limit)
            return
        every = context.queries.entries(which)
        entries = every if limit is None else deque(every, maxlen=limit)
        if form == "json":
            write(json_text(entry_answer(entry)) for entry in entries)
        else:
            people = {person.id: person for person in context.store.every_user()}
            write_table(ledger_table(entries, context.programs, people), form)


def _show(context: Context, which: EntryFilter, limit: int | None) -> None:
    count, newest = _newest(context.queries.entries(which), limit)
    people = context.queries.people({entry.user for entry in newest})
    screen = screen_of(console())
    show(ledger_screen(newest, context.programs, people, screen, hidden=count - len(newest)))


def _newest(entries: Iterable[Entry], limit: int | None) -> tuple[int, list[Entry]]:
    """Count entries and keep the newest; memory does not grow with the ledger."""
    count = 0
    newest: deque[Entry] = deque(maxlen=limit)
    for count, entry in enumerate(entries, start=1):  # noqa: B007 - the last number is the count
        newest.append(entry)
    return count, list(newest)


command = new_command(
    ledger,
    [
        "novigem ledger --user ann@example.com",
        "novigem ledger --rule expansion-signal-logged --since 2026-01-05 --until 2026-01-11",
        "novigem ledger --csv > ledger.csv",
    ],
)
