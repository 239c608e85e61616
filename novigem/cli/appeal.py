"""`novigem appeal`: another look at how something was scored, by somebody else than who asks for it."""

from typing import Annotated, Any

import typer

from novigem.cli.adjust import closing_note, late_for
from novigem.cli.context import Context, known_rule, known_user, on_day, reading
from novigem.cli.options import DbOption, JsonOption, OnOption, ProgramOption, UserOption, new_group
from novigem.cli.output import console, screen_of, show, write
from novigem.engine.engine import Engine
from novigem.engine.requests import Requests, status_word, subject
from novigem.errors import InputError, UnknownName
from novigem.ledger.store import RequestFilter
from novigem.model.guesses import advise
from novigem.model.periods import local_day
from novigem.model.request import Request, RequestKind, RequestStatus
from novigem.queries.appeals import Case, case_of
from novigem.views.tables import json_text
from novigem.views.terminal.layout import next_step, quiet, screen, text
from novigem.views.terminal.requests import (
    case_answer,
    case_screen,
    note_words,
    request_answer,
    requests_screen,
    waiting_words,
)
from novigem.views.words import day_text, signed_points

_Number = Annotated[int, typer.Argument(metavar="N", min=1, help="The number of the appeal.")]
_Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept for good.")]
_Author = Annotated[
    str | None, typer.Option("--author", metavar="NAME", help="Who you are; NOVIGEM_AUTHOR if left out.")
]
_STATUSES = {"upheld": RequestStatus.APPROVED, "rejected": RequestStatus.DECLINED} | {
    str(one): one for one in (RequestStatus.OPEN, RequestStatus.WITHDRAWN)
}


def open_appeal(
    user: Annotated[str, typer.Argument(metavar="USER", help="Who appeals: name, e-mail or id.")],
    *,
    entry: Annotated[
        int | None, typer.Option("--entry", metavar="N", min=1, help="The ledger entry it is about.")
    ] = None,
    record: Annotated[str | None, typer.Option("--record", metavar="ID", help="Or the Salesforce record.")] = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="ID", help="With --record: one rule.")] = None,
    reason: _Reason,
    author: _Author = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for another look at an entry, or at what a record earned."""
    with reading(db, program) as context:
        chosen = context.queries.program(context.program)
        who = known_user(context, user)
        appeal = Requests(Engine(context.store, [chosen])).appeal(
            chosen.program,
            who,
            entry=entry,
            record=record,
            rule=known_rule(context, rule),
            reason=reason,
            author=author or context.settings.author,
        )
        case = case_of(context.store, context.programs, appeal)
        name = context.queries.people([who])[who].label
    if as_json:
        write([json_text(case_answer(case))])
        return
    told = f"Appeal {appeal.number} of {name} about {subject(appeal)} is open."
    note = note_words(case)
    show(screen([text(told), quiet(note) if note else None, next_step(f"novigem appeal show {appeal.number}")]))


def list_appeals(
    *,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help=f"One of: {', '.join(_STATUSES)}.")
    ] = None,
    user: UserOption = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """List appeals, the newest last."""
    if status is not None and status not in _STATUSES:
        raise InputError(f"{status!r} is not a status of an appeal", hint=advise(status, _STATUSES))
    with reading(db, program) as context:
        who = None if user is None else known_user(context, user)
        which = RequestFilter(RequestKind.APPEAL, _STATUSES[status] if status else None, context.program)
        users = None if who is None else context.store.joins().group(who)
        found = [one for one in context.store.requests(which) if users is None or one.user in users]
        people = context.queries.people({one.user for one in found})
    if as_json:
        write([json_text([request_answer(one) for one in found])])
    else:
        show(requests_screen(found, context.programs, people, RequestKind.APPEAL))


def show_appeal(number: _Number, *, db: DbOption = None, as_json: JsonOption = False) -> None:
    """Show an appeal with all that is known about what it is about."""
    with reading(db) as context:
        case = case_of(context.store, context.programs, _appeal(context, number))
        named = {name for one in case.verdicts for name in (one.user, one.by) if name}
        people = context.queries.people({case.appeal.user, *named})
    if as_json:
        write([json_text(case_answer(case))])
    else:
        show(case_screen(case, context.programs, people, screen_of(console())))


def uphold(
    number: _Number,
    *,
    points: Annotated[
        int | None,
        typer.Option(
            "--points", metavar="P", help="How many it pays; left out, those it is about, where that is clear."
        ),
    ] = None,
    reason: _Reason,
    author: _Author = None,
    on: OnOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find an appeal right: its points are paid, or asked for where the program wants a second person.

    They count for the day of what the appeal is about, and with a rule for its challenge then.
    """
    with reading(db) as context:
        name = author or context.settings.author or ""
        at = on_day(on, context.queries.program(_appeal(context, number).program).zone)
        decided = _requests(context, number).uphold(number, points=points, reason=reason, author=name, at=at)
        _tell(context, decided, as_json=as_json)


def reject(
    number: _Number, *, reason: _Reason, author: _Author = None, db: DbOption = None, as_json: JsonOption = False
) -> None:
    """Find that an appeal changes nothing."""
    with reading(db) as context:
        name = author or context.settings.author or ""
        _tell(context, _requests(context, number).reject(number, reason=reason, author=name), as_json=as_json)


def withdraw(
    number: _Number,
    *,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why, if it matters.")] = None,
    author: _Author = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take an appeal back before it is decided."""
    with reading(db) as context:
        name = author or context.settings.author
        _tell(context, _requests(context, number).withdraw(number, reason=reason, author=name), as_json=as_json)


def _appeal(context: Context, number: int) -> Request:
    found = next(
        (one for one in context.store.requests(RequestFilter(RequestKind.APPEAL)) if one.number == number), None
    )
    if found is None:
        raise UnknownName(f"there is no appeal {number}", hint="see: novigem appeal list")
    return found


def _requests(context: Context, number: int) -> Requests:
    return Requests(Engine(context.store, [context.queries.program(_appeal(context, number).program)]))


def _tell(context: Context, decided: Request, *, as_json: bool) -> None:
    case: Case = case_of(context.store, context.programs, decided)
    if as_json:
        write([json_text(case_answer(case))])
        return
    name = context.queries.people([decided.user])[decided.user].label
    paid = "" if case.paid is None else f": {signed_points(case.paid.points)}, ledger entry {case.paid.number}"
    told = f"Appeal {decided.number} of {name} about {subject(decided)} is {status_word(decided)}{paid}."
    if case.waiting is None:
        step = next_step("novigem statement WHO" if case.paid else "novigem appeal list")
        show(screen([text(told), *_counts_for(context, case), step]))
        return
    step = next_step(f"novigem adjust --approve {case.waiting.number} --author NAME")
    show(screen([text(told), text(waiting_words(case.waiting, name)), step]))


def _counts_for(context: Context, case: Case) -> list[Any]:
    """Say for which day an upheld appeal counts, and which final standings stay as they are."""
    if case.paid is None:
        return []
    day = day_text(local_day(case.paid.occurred, context.queries.program(case.paid.program).zone))
    return [quiet(f"It counts for {day}."), closing_note(late_for(context, case.paid))]


command = new_group(
    "Another look at how something was scored: open, list, show, uphold, reject, withdraw.",
    [
        (
            "open",
            open_appeal,
            [
                'novigem appeal open ann@example.com --entry 17 --reason "it was my account that week"',
                'novigem appeal open ann@example.com --record 006xx000001SwiU --reason "documented on Monday"',
            ],
        ),
        ("list", list_appeals, ["novigem appeal list", "novigem appeal list --status open"]),
        ("show", show_appeal, ["novigem appeal show 3"]),
        (
            "uphold",
            uphold,
            ['novigem appeal uphold 3 --points 10 --reason "the field was renamed" --author "Dana Velasco"'],
        ),
        ("reject", reject, ['novigem appeal reject 3 --reason "another record" --author "Dana Velasco"']),
        ("withdraw", withdraw, ["novigem appeal withdraw 3"]),
    ],
)
