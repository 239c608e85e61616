"""`novigem adjust`: somebody's points corrected by hand, as a ledger entry of its own."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from novigem.cli.opening import known_user, reading
from novigem.cli.options import DbOption, JsonOption, ProgramOption, new_command
from novigem.cli.output import show, write
from novigem.engine import Engine
from novigem.errors import InputError
from novigem.leaderboards.books import book_name
from novigem.model.closing import Closing, read_standings
from novigem.model.entry import Entry
from novigem.model.periods import local_day
from novigem.model.program import Program
from novigem.views.answers import entry_answer
from novigem.views.tables import json_text
from novigem.views.terminal import next_step, quiet, screen, text
from novigem.views.text import day_text, number_text, points_text

# A minus that is not the sign of an option; people also paste it from documents.
_MINUS = "\N{MINUS SIGN}"
_NEGATIVE = re.compile(r"-\d[\d,_]*")
_MOST_POINTS = 1_000_000


class _WithNegativeNumbers(TyperCommand):
    """A command that takes `-5` for a number, and not for an option of that name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        marked = [f"{_MINUS}{one[1:]}" if _NEGATIVE.fullmatch(one) else one for one in args]
        return super().parse_args(ctx, marked)


def adjust(
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose points: name, e-mail or id.")],
    points: Annotated[str, typer.Argument(metavar="POINTS", help="How many to add, such as 10; -5 takes away.")],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stands in the ledger for good.")],
    author: Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who decided it.")] = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct somebody's points by hand, with a reason.

    Nothing is rewritten: the correction is a line of the ledger of its own. It never counts for a challenge.
    """
    amount = _amount(points)
    with reading(db, program) as desk:
        chosen = desk.queries.program(desk.program)
        who = known_user(desk, user)
        engine = Engine(desk.store, [chosen])
        entry = engine.adjust(chosen.program, who, amount, reason=reason, author=author or desk.settings.author)
        total = desk.store.total(book_name(chosen.program, None, "all"), who)
        name = desk.queries.people([who])[who].label
        closed = [one for one in desk.store.closings(chosen.program) if one.kind == "board" and _holds(one, entry)]
    if as_json:
        write([json_text(entry_answer(entry))])
        return
    balance = 0 if total is None else total.points
    told = f"{name}: {points_text(amount)} points, now {number_text(balance)} (ledger entry {entry.number})"
    notes = [_season_note(chosen, entry), _closing_note(closed)]
    step = f"novigem seasons {chosen.program}" if closed else "novigem board"
    show(screen([text(told), *notes, next_step(step)]))


def _amount(text_given: str) -> int:
    plain = text_given.replace(_MINUS, "-").replace(",", "").replace("_", "")
    try:
        amount = int(plain)
    except ValueError as error:
        raise InputError(f"{text_given!r} is not a number of points", hint="give a whole number: 10 or -5") from error
    if abs(amount) > _MOST_POINTS:
        raise InputError(f"{amount:,} points are too many", hint=f"at most {_MOST_POINTS:,} at a time")
    return amount


def _season_note(program: Program, entry: Entry) -> Any:
    if entry.occurred == entry.recorded:
        return None
    which = "last" if entry.occurred < entry.recorded else "first"
    day = day_text(local_day(entry.occurred, program.zone))
    return quiet(f"The season is not running, so this counts for its {which} day, {day}.")


def _holds(closing: Closing, entry: Entry) -> bool:
    return read_standings(closing).start <= entry.occurred < closing.ends


def _closing_note(closed: Sequence[Closing]) -> Any:
    if not closed:
        return None
    names = ", ".join(dict.fromkeys(read_standings(one).name for one in closed))
    return quiet(f"Final standings do not change: {names}. There it is listed as an exception.")


command = new_command(
    adjust,
    [
        'novigem adjust ann@example.com 10 --reason "helped a colleague through an escalation"',
        'novigem adjust ann@example.com -5 --reason "logged twice by mistake" --author "Dana Velasco"',
    ],
    cls=_WithNegativeNumbers,
)
