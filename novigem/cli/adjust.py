"""`novigem adjust`: somebody's points corrected by hand, as a ledger entry of its own."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from novigem.cli.context import Context, known_user, on_day, reading
from novigem.cli.options import DbOption, JsonOption, OnOption, ProgramOption, new_command
from novigem.cli.output import show, write
from novigem.engine.closing.late import late_entries
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.engine.requests import Requests
from novigem.errors import InputError, UnknownName
from novigem.leaderboards.rollups import rollup_name
from novigem.ledger.store import EntryFilter, RequestFilter
from novigem.model.closing import Closing, read_standings
from novigem.model.entry import Entry
from novigem.model.periods import local_day
from novigem.model.program import Program
from novigem.model.request import Request, RequestKind, RequestStatus
from novigem.views.json.answers import entry_answer
from novigem.views.tables import json_text
from novigem.views.terminal.layout import next_step, quiet, screen, text
from novigem.views.terminal.requests import request_answer, requests_screen, waiting_words
from novigem.views.words import day_text, number_text, signed_points

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
    user: Annotated[str | None, typer.Argument(metavar="USER", help="Whose points: name, e-mail or id.")] = None,
    points: Annotated[
        str | None, typer.Argument(metavar="POINTS", help="How many to add, such as 10; -5 takes away.")
    ] = None,
    *,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; it stands in the ledger for good.")
    ] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who decided it.")] = None,
    on: OnOption = None,
    approve: Annotated[
        int | None, typer.Option("--approve", metavar="N", min=1, help="Approve points that somebody else asked for.")
    ] = None,
    decline: Annotated[
        int | None, typer.Option("--decline", metavar="N", min=1, help="Turn down points that somebody asked for.")
    ] = None,
    is_list: Annotated[bool, typer.Option("--list", help="List the points that wait for a second person.")] = False,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct somebody's points by hand, with a reason.

    Nothing is rewritten: the correction is a line of the ledger of its own. It never counts for a challenge. Where the
    program asks for a second approver, it waits until somebody else approves it.
    """
    asked = (user is not None or points is not None, approve is not None, decline is not None, is_list)
    if sum(asked) != 1:
        raise InputError(
            "say one thing to do: USER POINTS, --approve N, --decline N or --list", hint="see: novigem adjust --help"
        )
    if on is not None and (user is None or points is None):
        raise InputError("--on goes with USER POINTS", hint="what was asked for counts for when it was asked for")
    with reading(db, program) as context:
        name = author or context.settings.author
        if user is not None and points is not None:
            _adjust(context, user, _amount(points), reason, name, on=on, as_json=as_json)
        elif approve is not None:
            _approve(context, approve, reason, name, as_json=as_json)
        elif decline is not None:
            _decline(context, decline, reason, name, as_json=as_json)
        elif is_list:
            _list(context, as_json=as_json)
        else:
            raise InputError("the number of points is missing", hint="give it after the user: 10, or -5")


def _adjust(
    context: Context,
    user: str,
    amount: int,
    reason: str | None,
    author: str | None,
    *,
    on: str | None,
    as_json: bool,
) -> None:
    if reason is None:
        raise InputError("a reason is missing", hint='add --reason "why"')
    chosen = context.queries.program(context.program)
    who = known_user(context, user)
    engine, at = Engine(context.store, [chosen]), on_day(on, chosen.zone)
    if chosen.adjustments.needs_second(amount):
        request = Requests(engine).ask(chosen.program, who, amount, reason=reason, author=author or "", at=at)
        _tell(context, request, as_json=as_json)
        return
    entry = Manual(engine).adjust(chosen.program, who, amount, reason=reason, author=author, at=at)
    if as_json:
        write([json_text(entry_answer(entry))])
        return
    _show_paid(context, chosen, entry)


def _show_paid(context: Context, program: Program, entry: Entry) -> None:
    closed = late_for(context, entry)
    notes = [_season_note(program, entry), closing_note(closed)]
    step = f"novigem seasons {program.program}" if closed else "novigem board"
    show(screen([text(_paid_words(context, entry)), *notes, next_step(step)]))


def _approve(context: Context, number: int, reason: str | None, author: str | None, *, as_json: bool) -> None:
    request = _asked(context, number)
    chosen = context.queries.program(request.program)
    decided = Requests(Engine(context.store, [chosen])).approve(number, author=author or "", reason=reason)
    if as_json:
        write([json_text(request_answer(decided))])
        return
    entries = context.store.entries(EntryFilter(program=decided.program, user=decided.user))
    entry = next(one for one in entries if one.number == decided.paid)
    _show_paid(context, chosen, entry)


def _decline(context: Context, number: int, reason: str | None, author: str | None, *, as_json: bool) -> None:
    chosen = context.queries.program(_asked(context, number).program)
    decided = Requests(Engine(context.store, [chosen])).decline(number, reason=reason or "", author=author)
    _tell(context, decided, as_json=as_json)


def _list(context: Context, *, as_json: bool) -> None:
    found = context.store.requests(RequestFilter(RequestKind.ADJUSTMENT, RequestStatus.OPEN, context.program))
    if as_json:
        write([json_text([request_answer(one) for one in found])])
        return
    people = context.queries.people({one.user for one in found})
    show(requests_screen(found, context.programs, people, RequestKind.ADJUSTMENT))


def _asked(context: Context, number: int) -> Request:
    found = context.store.requests(RequestFilter(RequestKind.ADJUSTMENT))
    request = next((one for one in found if one.number == number), None)
    if request is None:
        raise UnknownName(f"there is no request for points {number}", hint="see: novigem adjust --list")
    return request


def _tell(context: Context, request: Request, *, as_json: bool) -> None:
    if as_json:
        write([json_text(request_answer(request))])
        return
    name = context.queries.people([request.user])[request.user].label
    if request.is_open:
        step = next_step(f"novigem adjust --approve {request.number} --author NAME", label="A second person:")
        show(screen([text(waiting_words(request, name)), step]))
        return
    told = f"Request {request.number} is {request.status}: nothing was paid to {name}."
    reopened = f"Appeal {request.appeal} is open again." if request.appeal else None
    show(screen([text(told), text(reopened) if reopened else None, next_step("novigem adjust --list")]))


def _paid_words(context: Context, entry: Entry) -> str:
    total = context.store.total(rollup_name(entry.program, None, "all"), entry.user)
    balance = 0 if total is None else total.points
    name = context.queries.people([entry.user])[entry.user].label
    return f"{name}: {signed_points(entry.points)}, now {number_text(balance)} (ledger entry {entry.number})"


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
    day = day_text(local_day(entry.occurred, program.zone))
    if day == day_text(local_day(entry.recorded, program.zone)):
        return None
    if program.window.start <= entry.recorded < program.window.end or not _is_at_the_edge(program, entry):
        return quiet(f"This counts for {day}.")
    which = "last" if entry.occurred < entry.recorded else "first"
    return quiet(f"The season is not running, so this counts for its {which} day, {day}.")


def _is_at_the_edge(program: Program, entry: Entry) -> bool:
    return entry.occurred in (program.window.start, program.window.end - 1)


def late_for(context: Context, entry: Entry) -> list[Closing]:
    """Give the closed boards that list an entry among what came too late."""
    boards = (one for one in context.store.closings(entry.program) if one.kind == "board")
    return [one for one in boards if _is_late_for(one, entry, context)]


def _is_late_for(closing: Closing, entry: Entry, context: Context) -> bool:
    """Tell whether a board that is closed lists an entry among what came too late."""
    final = read_standings(closing)
    if not final.start <= entry.occurred < closing.ends:
        return False
    closed = context.queries.program_version(closing.program, closing.version)
    return any(one.number == entry.number for one in late_entries(final, closed, context.store))


def closing_note(closed: Sequence[Closing]) -> Any:
    """Say which final standings stay as they are though points count for their time."""
    if not closed:
        return None
    names = ", ".join(dict.fromkeys(read_standings(one).name for one in closed))
    return quiet(f"Final standings do not change: {names}. There it is listed as an exception.")


command = new_command(
    adjust,
    [
        'novigem adjust ann@example.com 10 --reason "helped a colleague through an escalation"',
        'novigem adjust ann@example.com -5 --reason "logged twice by mistake" --author "Dana Velasco"',
        'novigem adjust ann@example.com 5 --on 2026-01-07 --reason "the call was on Wednesday"',
        'novigem adjust --approve 3 --author "Sam Ortiz"',
        'novigem adjust --decline 3 --reason "it was paid last week" --author "Sam Ortiz"',
    ],
    cls=_WithNegativeNumbers,
)
