"""`novigem privacy`: who is listed, all that is kept about a person, and erasing one."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from novigem.cli.context import Context, known_user, reading
from novigem.cli.options import DbOption, JsonOption, new_group
from novigem.cli.output import show, write
from novigem.engine.bookkeeping import keep_listing
from novigem.engine.engine import utc_now
from novigem.engine.erasure import erase_person
from novigem.engine.personal_rows import count_rows, redactor_of, rows_about
from novigem.errors import InputError, UnknownName
from novigem.model.change import to_micros
from novigem.queries.export import export_person
from novigem.queries.visibility import opted_out_since
from novigem.views.tables import json_text
from novigem.views.terminal.layout import next_step, screen, text
from novigem.views.terminal.privacy import (
    erased_screen,
    erasure_answer,
    preview_screen,
    wish_answer,
    wish_view,
    wishes_screen,
)
from novigem.views.words import clean

User = Annotated[str, typer.Argument(metavar="USER", help="Who: name, e-mail or id.")]
AlsoOption = Annotated[
    list[str] | None,
    typer.Option("--also", metavar="TEXT", help="A former name or another e-mail of theirs; may be repeated."),
]


def opt_out(user: User, *, db: DbOption = None, as_json: JsonOption = False) -> None:
    """List somebody on no board from now on. They go on earning, and see their own standing with --user."""
    _wish(user, db, is_listed=False, as_json=as_json)


def opt_in(user: User, *, db: DbOption = None, as_json: JsonOption = False) -> None:
    """List somebody on the boards again."""
    _wish(user, db, is_listed=True, as_json=as_json)


def _wish(user: str, db: str | None, *, is_listed: bool, as_json: bool) -> None:
    with reading(db) as context:
        who = known_user(context, user)
        since = opted_out_since(context.store, who)
        if is_listed is (since is not None):
            since = None if is_listed else to_micros(utc_now())
            keep_listing(context.store, who, since)
        _tell_wish(context, who, since, as_json=as_json)


def status(user: User, *, db: DbOption = None, as_json: JsonOption = False) -> None:
    """Say whether somebody is listed."""
    with reading(db) as context:
        who = known_user(context, user)
        _tell_wish(context, who, opted_out_since(context.store, who), as_json=as_json)


def _tell_wish(context: Context, who: str, since: int | None, *, as_json: bool) -> None:
    if as_json:
        write([json_text(wish_answer(who, since))])
        return
    label = context.queries.people([who])[who].label
    # The own view is the one thing that somebody who is not listed may wonder about.
    own = None if since is None else next_step(f"novigem board --user {shlex.quote(clean(label))}", label="Their own:")
    show(screen([wish_view(label, since, context.zone), own]))


def list_(*, db: DbOption = None, as_json: JsonOption = False) -> None:
    """List who opted out, and that somebody was erased (never who)."""
    with reading(db) as context:
        opted_out, erasures = context.store.opted_out(), context.store.erasures()
        if as_json:
            wishes = [wish_answer(user, since) for user, since in opted_out.items()]
            write([json_text({"opted_out": wishes, "erasures": [erasure_answer(one) for one in erasures]})])
            return
        people = context.queries.people(opted_out.keys())
        show(wishes_screen(opted_out, erasures, people, context.zone))


def erase(
    user: User,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept, without who.")],
    author: Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who decided it.")] = None,
    also: AlsoOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only show what it would do.")] = False,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a person for good: afterwards nothing in the database leads to them, and every sum is as before.

    Without --yes it only shows how many rows name them.
    """
    if not reason.strip():
        raise InputError("an erasure needs a reason", hint='add --reason "left the company"')
    with reading(db) as context:
        who = context.queries.find_user(user)
        counts = count_rows(rows_about(context.store, redactor_of(context.store, who, also or ())))
        if not counts:
            raise _nobody(user)
        if not yes:
            label = context.queries.people([who])[who].label
            if as_json:
                write([json_text({"erased": False, "user": who, "rows": counts})])
            else:
                show(preview_screen(label, counts, shlex.quote(clean(user))))
            return
        erased = erase_person(
            context.store, who, reason=reason, author=author or context.settings.author, also=also or ()
        ).erasure
    if as_json:
        write([json_text({"erased": True, **erasure_answer(erased)})])
    else:
        show(erased_screen(erased))


def export(
    user: User,
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to; shown here if left out.")
    ] = None,
    also: AlsoOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write everything that is kept about a person as one JSON document. --json changes nothing: it always is."""
    del as_json
    with reading(db) as context:
        who = context.queries.find_user(user)
        if next(rows_about(context.store, redactor_of(context.store, who, also or ())), None) is None:
            raise _nobody(user)
        pieces = export_person(context.queries, who, now=utc_now(), also=also or ())
        if output is None:
            write(pieces)
            return
        _save(pieces, output)
    show(screen([text(f"Written: {clean(str(output))}. It is as private as the person it is about.")]))


def _save(pieces: Iterator[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="replace") as file:
        file.writelines(pieces)


def _nobody(user: str) -> UnknownName:
    return UnknownName(f"nothing here names {user!r}", hint="name somebody by e-mail, or see: novigem board")


command = new_group(
    "Who is listed, all that is kept about a person, and erasing one.",
    [
        ("opt-out", opt_out, ["novigem privacy opt-out ann@example.com"]),
        ("opt-in", opt_in, ["novigem privacy opt-in ann@example.com"]),
        ("list", list_, ["novigem privacy list"]),
        ("status", status, ["novigem privacy status ann@example.com"]),
        (
            "erase",
            erase,
            [
                'novigem privacy erase ann@example.com --reason "left the company"',
                'novigem privacy erase ann@example.com --also "Ann Miller" --reason "left the company" --yes',
            ],
        ),
        ("export", export, ["novigem privacy export ann@example.com -o ann.json"]),
    ],
)
