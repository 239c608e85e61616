"""`novigem explain`: why a record earned points, or did not; and what rules were one condition short of."""

from typing import Annotated, NamedTuple

import typer

from novigem.cli.context import known_rule, known_user, reading
from novigem.cli.options import DbOption, JsonOption, ProgramOption, SinceOption, UntilOption, UserOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.errors import InputError, UnknownName
from novigem.model.ids import id18
from novigem.queries.explain import explain_record
from novigem.queries.near_misses import near_misses
from novigem.views.json.answers import explain_answer
from novigem.views.json.near_misses import near_misses_answer
from novigem.views.moments import micros
from novigem.views.tables import json_text
from novigem.views.terminal.explain import explain_screen
from novigem.views.terminal.layout import next_step, screen, text
from novigem.views.terminal.near_misses import near_misses_screen


def explain(
    record: Annotated[str | None, typer.Argument(metavar="RECORD", help="The id of a Salesforce record.")] = None,
    *,
    rule: Annotated[str | None, typer.Option("--rule", metavar="ID", help="One rule.")] = None,
    user: UserOption = None,
    near: Annotated[
        bool, typer.Option("--near-misses", help="Instead of a record: what lacked one condition of a rule, how often.")
    ] = False,
    since: SinceOption = None,
    until: UntilOption = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what every rule made of every change of a record, condition by condition.

    With --near-misses, count the changes on which all conditions of a rule held but one, by what that one found.
    """
    if near:
        if record is not None:
            raise InputError("a record and --near-misses do not go together", hint="choose one of them")
        _near_misses(_Asked(rule, user, since, until), program, db, as_json=as_json)
        return
    if record is None:
        raise InputError(
            "a record is missing", hint="give its id; or see what rules lacked with: novigem explain --near-misses"
        )
    if since is not None or until is not None:
        raise InputError("--since and --until go with --near-misses", hint="a record is explained from its beginning")
    _record(record, _Asked(rule, user), program, db, as_json=as_json)


class _Asked(NamedTuple):
    rule: str | None
    user: str | None
    since: str | None = None
    until: str | None = None


def _record(record: str, asked: _Asked, program: str | None, db: str | None, *, as_json: bool) -> None:
    try:
        wanted = id18(record)
    except ValueError as error:
        raise InputError(
            f"{record!r} is not the id of a record", hint="give 15 or 18 letters and digits, as `novigem ledger` shows"
        ) from error
    with reading(db, program) as context:
        object_name = next((logged.object for logged, _change in context.store.changes_of([wanted])), None)
        if object_name is None:
            raise UnknownName(
                f"no change of the record {wanted} has been read",
                hint="check the id; changes are read with: novigem run PROGRAM --from FILE.jsonl",
            )
        answers = explain_record(
            context.store,
            list(context.programs.values()),
            wanted,
            rule=known_rule(context, asked.rule),
            user=None if asked.user is None else known_user(context, asked.user),
        )
        named = {name for one in answers for name in (one.user, one.by) if name}
        people = context.queries.people(named)
    if as_json:
        write([json_text([explain_answer(one) for one in answers])])
    elif not answers:
        told = f"No rule that was asked for looks at {object_name} {wanted}, or pays that person for it."
        show(screen([text(told), next_step("novigem check PROGRAM", label="See the rules:")]))
    else:
        show(explain_screen(wanted, answers, context.programs, people, screen_of(console())))


def _near_misses(asked: _Asked, program: str | None, db: str | None, *, as_json: bool) -> None:
    with reading(db, program) as context:
        found = near_misses(
            context.store,
            list(context.programs.values()),
            rule=known_rule(context, asked.rule),
            user=None if asked.user is None else known_user(context, asked.user),
            since=micros(asked.since, "--since", context.zone),
            until=micros(asked.until, "--until", context.zone, end_of_day=True),
        )
    if as_json:
        write([json_text(near_misses_answer(found))])
    else:
        show(near_misses_screen(found, context.programs))


command = new_command(
    explain,
    [
        "novigem explain 006xx000001SwiUAAS",
        "novigem explain 006xx000001SwiU --rule risk-documented",
        "novigem explain --near-misses --rule upsell-task-completed --since 2026-01-05",
    ],
)
