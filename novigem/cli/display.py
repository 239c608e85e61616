"""`novigem display`: links to walls, and tokens for figures inside other pages."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from novigem.cli.context import reading
from novigem.cli.options import DbOption, JsonOption, new_group
from novigem.cli.output import show, write
from novigem.engine.displays import (
    MOST_MINUTES,
    USUAL_MINUTES,
    address_of,
    end_link,
    make_link,
    make_token,
)
from novigem.model.change import from_micros
from novigem.model.displays import DisplayLink
from novigem.views.tables import json_text
from novigem.views.terminal.layout import quiet, screen, text

_USUAL_SITE = "http://127.0.0.1:8400"
_Site = Annotated[str, typer.Option("--site", metavar="URL", help="Where the pages are served.")]
_Board = Annotated[str | None, typer.Option("--board", metavar="ID", help="Which board; the first if left out.")]


def link(
    *,
    program: Annotated[str | None, typer.Option("--program", metavar="ID", help="Which program it shows.")] = None,
    board: _Board = None,
    team: Annotated[str | None, typer.Option("--team", metavar="ID", help="The people of one team only.")] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who made it.")] = None,
    site: _Site = _USUAL_SITE,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the address of a wall. Whoever has it sees the wall, without signing in, until it is ended."""
    with reading(db, program) as context:
        shown = context.queries.program(context.program)
        who = author or context.settings.author
        made = make_link(context.store, shown, board=board, team=team, author=who, now=_now())
        address = f"{site.rstrip('/')}/wall/{address_of(context.store, made)}"
    if as_json:
        write([json_text(_answer(made) | {"address": address})])
        return
    # An address goes on one line, however narrow the terminal.
    write([f"{address}\n"])
    show(screen([quiet(f"Whoever has it sees the wall. To end it: novigem display end {made.id}")]))


def links(*, db: DbOption = None, as_json: JsonOption = False) -> None:
    """List the links that were made, and those that hold."""
    with reading(db) as context:
        found = context.store.display_links()
    if as_json:
        write([json_text([_answer(one) for one in found])])
        return
    show(screen([text(_line(one)) for one in found] or [quiet("No link was made yet: novigem display link")]))


def end(
    link_id: Annotated[
        str, typer.Argument(metavar="LINK", help="The id of a link, as `novigem display links` has it.")
    ],
    *,
    db: DbOption = None,
) -> None:
    """Let a link hold no longer: walls that are open by it go dark within seconds."""
    with reading(db) as context:
        end_link(context.store, link_id, now=_now())
    show(screen([text(f"The link {link_id} holds no longer.")]))


def embed(
    *,
    user: Annotated[str, typer.Option("--user", metavar="WHO", help="Whose figures: name, e-mail or id.")],
    board: _Board = None,
    minutes: Annotated[
        int, typer.Option("--minutes", metavar="N", help=f"How long it holds, {MOST_MINUTES} at most.")
    ] = USUAL_MINUTES,
    site: _Site = _USUAL_SITE,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the address of one person's figures, for a frame in another page. It holds for minutes, and for one look."""
    with reading(db) as context:
        who = context.queries.find_user(user)
        token = make_token(context.store, who, board=board, minutes=minutes, now=_now())
    address = f"{site.rstrip('/')}/embed/{token}"
    if as_json:
        write([json_text({"address": address, "minutes": minutes})])
        return
    write([f"{address}\n"])
    show(screen([quiet(f"It holds for {minutes} minutes, and for one look.")]))


def _answer(one: DisplayLink) -> dict[str, object]:
    moments = {"made": from_micros(one.made), "ended": None if one.ended is None else from_micros(one.ended)}
    return one._asdict() | {name: at and at.isoformat() for name, at in moments.items()}


def _line(one: DisplayLink) -> str:
    what = " ".join(part for part in (one.program, one.board, one.team) if part)
    state = "holds" if one.ended is None else f"ended {from_micros(one.ended):%Y-%m-%d %H:%M} UTC"
    return f"{one.id}  {what}  made {from_micros(one.made):%Y-%m-%d %H:%M} UTC  {state}"


def _now() -> datetime:
    return datetime.now(UTC)


command = new_group(
    "Walls without signing in, and figures inside other pages.",
    [
        (
            "link",
            link,
            ["novigem display link", "novigem display link --board cs-team --site https://points.example.com"],
        ),
        ("links", links, ["novigem display links"]),
        ("end", end, ["novigem display end 5f0c9a1e7b3d2468"]),
        ("embed", embed, ["novigem display embed --user ann@example.com"]),
    ],
)
