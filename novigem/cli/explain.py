"""`novigem explain`: why a record earned points, or did not."""

from typing import Annotated

import typer

from novigem.cli.opening import known_rule, known_user, reading
from novigem.cli.options import DbOption, JsonOption, ProgramOption, UserOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.errors import InputError, UnknownName
from novigem.explain import explain_record
from novigem.model.change import id18
from novigem.views.answers import explain_answer
from novigem.views.tables import json_text
from novigem.views.terminal import next_step, screen, text
from novigem.views.verdicts import explain_screen


def explain(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="The id of a Salesforce record.")],
    *,
    rule: Annotated[str | None, typer.Option("--rule", metavar="ID", help="One rule.")] = None,
    user: UserOption = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what every rule made of every change of a record, condition by condition."""
    try:
        wanted = id18(record)
    except ValueError as error:
        raise InputError(
            f"{record!r} is not the id of a record", hint="give 15 or 18 letters and digits, as `novigem ledger` shows"
        ) from error
    with reading(db, program) as desk:
        object_name = next((logged.object for logged, _change in desk.store.changes(wanted)), None)
        if object_name is None:
            raise UnknownName(
                f"no change of the record {wanted} has been read",
                hint="check the id; changes are read with: novigem run PROGRAM --from FILE.jsonl",
            )
        answers = explain_record(
            desk.store,
            list(desk.programs.values()),
            wanted,
            rule=known_rule(desk, rule),
            user=None if user is None else known_user(desk, user),
        )
        named = {name for one in answers for name in (one.user, one.by) if name}
        people = desk.queries.people(named)
    if as_json:
        write([json_text([explain_answer(one) for one in answers])])
    elif not answers:
        told = f"No rule that was asked for looks at {object_name} {wanted}, or pays that person for it."
        show(screen([text(told), next_step("novigem check PROGRAM", label="See the rules:")]))
    else:
        show(explain_screen(wanted, answers, desk.programs, people, screen_of(console())))


command = new_command(
    explain, ["novigem explain 006xx000001SwiUAAS", "novigem explain 006xx000001SwiU --rule risk-documented"]
)
