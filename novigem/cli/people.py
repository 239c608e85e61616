"""`novigem people`: who is who, and two users that are one person."""

import shlex
from datetime import date
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from novigem.cli.context import Context, known_user, reading
from novigem.cli.options import (
    CsvOption,
    DbOption,
    JsonOption,
    MarkdownOption,
    chosen_format,
    new_looking_group,
)
from novigem.cli.output import console, screen_of, show, write, write_table
from novigem.engine.engine import utc_now
from novigem.errors import InputError
from novigem.model.change import to_micros
from novigem.planning.joins import Joining, JoinWish, decide_join, preview_join
from novigem.queries.directory import read_people, user_called
from novigem.views.tables import json_text
from novigem.views.terminal.people import (
    join_answer,
    joining_answer,
    joining_screen,
    joins_screen,
    joins_table,
    people_screen,
    people_table,
    person_answer,
)
from novigem.views.words import clean

_START = "start"

_Author = Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who decided it.")]
_Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; it stands in the ledger.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Make it so; without it nothing is changed.")]
_User = Annotated[str, typer.Argument(metavar="USER", help="The user: id, or name or e-mail where only one has it.")]


class _Searching(TyperGroup):
    """A word that is no command of its own is a name to look for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["--search", *args]
        return super().parse_args(ctx, args)


def people(
    ctx: typer.Context,
    *,
    search: Annotated[
        str | None,
        typer.Option(
            "--search",
            metavar="NAME",
            help="A part of a name or an address, or an id; the option's name may be left out.",
        ),
    ] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE", help="Only people of this role.")] = None,
    manager: Annotated[
        str | None,
        typer.Option("--manager", metavar="WHO", help="Only who reports to this person: name, e-mail or id."),
    ] = None,
    inactive: Annotated[bool, typer.Option("--inactive", help="Only people who are not active.")] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Every decision about users that are one person instead.")
    ] = False,
    db: DbOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    as_markdown: MarkdownOption = False,
) -> None:
    """List who is who, by role and manager, and point out users that may be one person."""
    if ctx.invoked_subcommand is not None:
        return
    form = chosen_format(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown)
    with reading(db) as context:
        if history:
            decided = context.store.joins().history
            named = context.queries.people({name for one in decided for name in (one.user, one.person) if name})
            if form == "json":
                write([json_text([join_answer(one) for one in decided])])
            elif form != "screen":
                write_table(joins_table(decided), form)
            else:
                show(joins_screen(decided, named, context.zone))
            return
        found = read_people(
            context.store,
            context.programs.values(),
            now=to_micros(utc_now()),
            search=search,
            role=role,
            manager=None if manager is None else known_user(context, manager),
            is_inactive=inactive,
        )
        if form == "json":
            write([json_text([person_answer(one) for one in found])])
        elif form != "screen":
            write_table(people_table(found), form)
        else:
            show(people_screen(found, screen_of(console()), context.zone))


def join(
    user: _User,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="As whom the user counts; their id stays.")],
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="From this day on; from the start if left out.")
    ] = None,
    author: _Author = None,
    reason: _Reason = None,
    yes: _Yes = False,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let everything of one user count as another's: see what that means, then make it so with --yes.

    Nothing is rewritten: what was paid is taken back and added by entries of its own.
    """
    day = _day(since)
    with reading(db) as context:
        chosen = user_called(context.store, user)
        other = user_called(context.store, person, but=chosen)
        wish = JoinWish(chosen, other, author or context.settings.author or "", reason or "", day)
        _decide(context, wish, yes=yes, as_json=as_json)


def part(
    user: _User,
    *,
    author: _Author = None,
    reason: _Reason = None,
    yes: _Yes = False,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back that a user counts as another: see what that means, then make it so with --yes."""
    with reading(db) as context:
        chosen = user_called(context.store, user)
        wish = JoinWish(chosen, None, author or context.settings.author or "", reason or "")
        _decide(context, wish, yes=yes, as_json=as_json)


def _decide(context: Context, wish: JoinWish, *, yes: bool, as_json: bool) -> None:
    found: Joining = (decide_join if yes else preview_join)(context.store, wish, now=utc_now())
    if as_json:
        write([json_text(joining_answer(found))])
        return
    named = {one.user for each in found.outcomes for one in each.people} | {found.join.user}
    known = context.queries.people(named | ({found.join.person} if found.join.person else set()))
    show(joining_screen(found, known, screen_of(console()), _command(wish), context.zone))


def _day(text: str | None) -> date | None:
    if text is None or text == _START:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--from {text!r} is not a day", hint="write 2026-02-01, or start") from error


def _command(wish: JoinWish) -> str:
    day = [] if wish.since is None else ["--from", wish.since.isoformat()]
    what = ["part", wish.user] if wish.person is None else ["join", wish.user, wish.person, *day]
    told = ["--author", _quoted(wish.author), "--reason", _quoted(wish.reason)]
    return " ".join(["novigem people", *what, *told, "--yes"])


def _quoted(text: str) -> str:
    return shlex.quote(clean(text))


command = new_looking_group(
    people,
    ["novigem people", "novigem people ana", "novigem people --manager mia@example.com --csv"],
    [
        (
            "join",
            join,
            [
                'novigem people join 005Ab00000LateQ 005Ab0000EarlyQ --author "Mia Li" --reason "new licence"',
                "novigem people join ana@old.example ana@new.example --from 2026-02-02 --author Mia --reason moved",
            ],
        ),
        ("part", part, ['novigem people part 005Ab00000LateQ --author "Mia Li" --reason "two people after all" --yes']),
    ],
    cls=_Searching,
)
