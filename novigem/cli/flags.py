"""`novigem flags`: what looks like gaming, for a person to judge; `dismiss` and `confirm` keep what was decided."""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import typer

from novigem.audit.flags import Look, judge, look, read_thresholds
from novigem.cli.context import Context, known_user, reading
from novigem.cli.options import (
    DbOption,
    JsonOption,
    ProgramOption,
    SinceOption,
    UntilOption,
    UserOption,
    new_looking_group,
)
from novigem.cli.output import console, screen_of, show, write
from novigem.model.change import to_micros
from novigem.model.judgement import Verdict
from novigem.queries.visibility import unlisted
from novigem.views.moments import micros
from novigem.views.tables import json_text
from novigem.views.terminal.flags import flags_answer, flags_screen, judged_screen, judgement_answer

ThresholdOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Another threshold, such as bulk_awards=12; several times."),
]
FlagArgument = Annotated[list[str], typer.Argument(metavar="FLAG", help="Ids of flags, or beginnings of them.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the flag.")]
AuthorOption = Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who decided it.")]


def flags(
    typer_context: typer.Context,
    *,
    user: UserOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that a person has judged.")] = False,
    thresholds: ThresholdOption = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what looks like gaming, the most serious first, for a person to judge.

    Nothing is blocked and nothing is taken back. Each flag comes with its evidence, and with what may be innocent
    about it.
    """
    if typer_context.invoked_subcommand is not None:
        return
    with reading(db, program) as context:
        seen = _seen(context, since, until, thresholds, user=user)
        people = context.queries.people({flag.finding.user for flag in seen.flags})
        hidden = unlisted(context.store, None)
    if as_json:
        shown = [flag for flag in seen.flags if everything or flag.judgement is None]
        write([json_text(flags_answer(seen, people, shown, hidden))])
    else:
        show(flags_screen(seen, people, screen_of(console()), with_judged=everything, unlisted=hidden))


def dismiss(
    flag: FlagArgument,
    *,
    reason: ReasonOption,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    thresholds: ThresholdOption = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remember that flags are innocent: they are not shown again, unless with --all.

    A flag that was found with --since, --until or --set is named with the same ones.
    """
    with reading(db, program) as context:
        seen = _seen(context, since, until, thresholds)
        _judge(context, seen, flag, _Decision("dismissed", reason, author), as_json=as_json)


def confirm(
    flag: FlagArgument,
    *,
    reason: ReasonOption,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    thresholds: ThresholdOption = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remember that flags are right. The points stand as they are: what becomes of them is decided by hand."""
    with reading(db, program) as context:
        seen = _seen(context, since, until, thresholds)
        _judge(context, seen, flag, _Decision("confirmed", reason, author), as_json=as_json)


class _Decision(NamedTuple):
    status: Verdict
    reason: str
    author: str | None


def _seen(
    context: Context, since: str | None, until: str | None, thresholds: list[str] | None, *, user: str | None = None
) -> Look:
    settings = read_thresholds(thresholds or ())
    chosen = context.queries.program(context.program)
    # A window is over when the reader's clock or the moment asked for says so; scoring never asks a clock.
    end = micros(until, "--until", chosen.zone, end_of_day=True)
    return look(
        context.store,
        chosen,
        since=micros(since, "--since", chosen.zone),
        until=to_micros(datetime.now(UTC)) if end is None else end,
        user=None if user is None else known_user(context, user),
        settings=settings,
    )


def _judge(context: Context, seen: Look, flags: list[str], decision: _Decision, *, as_json: bool) -> None:
    status, reason, author = decision
    who = author or context.settings.author
    judgements = judge(context.store, seen, flags, status, reason=reason, author=who, now=datetime.now(UTC))
    if as_json:
        write([json_text([judgement_answer(one) for one in judgements])])
        return
    by_id = {one.finding.id: one for one in seen.flags}
    people = context.queries.people({one.user for one in judgements})
    show(judged_screen([by_id[one.flag] for one in judgements], judgements, people))


command = new_looking_group(
    flags,
    ["novigem flags", "novigem flags --user ann@example.com --all", "novigem flags --set bulk_awards=12 --json"],
    [
        ("dismiss", dismiss, ['novigem flags dismiss 9f3a01c2de --reason "calls of a day" --author "Dana Velasco"']),
        ("confirm", confirm, ['novigem flags confirm 9f3a01c2de --reason "talked it over" --author "Dana Velasco"']),
    ],
)
