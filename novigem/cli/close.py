"""`novigem close`: standings made final, on time or before it with a reason."""

from typing import Annotated, NoReturn

import typer

from novigem.cli.context import Context, reading
from novigem.cli.options import DbOption, JsonOption, ProgramOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.engine.closing.states import WindowState, states
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import InputError
from novigem.model.change import from_micros
from novigem.model.closing import Closing
from novigem.queries.seasons import find_states
from novigem.queries.visibility import DisplayNames
from novigem.views.cast import Cast
from novigem.views.json.closings import closing_answer, state_answer
from novigem.views.tables import json_text
from novigem.views.terminal.closings import closed_screen, open_screen, until_words
from novigem.views.terminal.layout import next_step, screen, text
from novigem.views.words import fitting


def close(
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="A challenge or a board; challenge:ID or board:ID if both.")
    ] = None,
    *,
    due: Annotated[bool, typer.Option("--due", help="Close everything whose grace period is over.")] = False,
    period: Annotated[
        str | None, typer.Option("--period", metavar="P", help="One period of it, such as week:2026-01-05.")
    ] = None,
    early: Annotated[bool, typer.Option("--early", help="Close it as it stands now, before its time.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="With --early: why.")] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME", help="With --early: who decided.")] = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make standings final: they are kept with a hash, and nothing that arrives later changes them.

    Whatever is over closes by itself with a run or a sync once its grace period is; this is for closing it now.
    Closing again shows the same standings and changes nothing.
    """
    _refuse_mixed(name, due=due, period=period, early=early, reason=reason, author=author)
    with reading(db, program) as context:
        engine = Engine(context.store, list(context.programs.values()))
        if name is None:
            closed = Manual(engine).close_due()
        elif early:
            closed = [_early(context, engine, (name, period), reason or "", author or context.settings.author)]
        else:
            closed = _named(context, engine, name, period)
        _answer(context, closed, name, as_json=as_json)


def _refuse_mixed(
    name: str | None, *, due: bool, period: str | None, early: bool, reason: str | None, author: str | None
) -> None:
    if (name is None) != due:
        raise InputError("say what to close: a challenge, a board, or --due", hint="see: novigem seasons")
    if due and (early or period is not None):
        raise InputError("--due closes all that is over", hint="leave --early and --period out, or name one thing")
    if early and not (reason or "").strip():
        raise InputError("closing before the time needs a reason", hint='add --reason "why"')
    if not early and (reason is not None or author is not None):
        raise InputError("--reason and --author are for closing before the time", hint="add --early, or leave them out")


def _early(context: Context, engine: Engine, what: tuple[str, str | None], reason: str, author: str | None) -> Closing:
    name, period = what
    found = find_states(context.queries, name, program_id=context.program, period=period)
    waiting = [one for one in found if one.closing is None]
    if not waiting and found[-1].closing is not None:
        return found[-1].closing
    if len(waiting) > 1:
        periods = ", ".join(one.window.period for one in waiting)
        raise InputError(f"{name!r} has several periods that are not final", hint=f"add --period, one of: {periods}")
    return Manual(engine).close_early(waiting[0].window, reason=reason, author=author)


def _named(context: Context, engine: Engine, name: str, period: str | None) -> list[Closing]:
    """Close what is due of one thing; what is final already is shown again."""
    found = find_states(context.queries, name, program_id=context.program, period=period)
    due = {one.window.key for one in found if one.is_due}
    if due:
        Manual(engine).close_due(only=due)
    kept = [one for one in map(context.store.closing, due or {one.window.key for one in found}) if one is not None]
    if not kept:
        _refuse_open(context, name, found[-1])
    return sorted(kept, key=lambda one: one.ends)


def _refuse_open(context: Context, name: str, state: WindowState) -> NoReturn:
    """Say when it closes by itself. Raises InputError."""
    hint = f'to close it as it stands: novigem close {name} --early --reason "why"'
    window = state.window
    if not window.has_end:
        raise InputError(f"{window.name} has no end, so it never becomes final by itself", hint=hint)
    until = until_words(from_micros(window.final_at), context.queries.program(window.program).zone)
    if state.waits_for:
        waits = f"{', '.join(state.waits_for)} {fitting(len(state.waits_for), 'has', 'have')}"
        raise InputError(
            f"{window.name} waits until {waits} been read to {until}",
            hint=f"novigem sync; {hint}",
        )
    raise InputError(f"{window.name} becomes final by itself after {until}", hint=hint)


def _answer(context: Context, closed: list[Closing], name: str | None, *, as_json: bool) -> None:
    display_names = DisplayNames(context.store, context.programs)
    closed = [display_names.closing(one) for one in closed]
    cast = Cast(context.queries.programs(), display_names.people)
    programs = {one.program for one in closed} or set(context.programs)
    still = [
        one
        for program in context.programs.values()
        if program.program in programs
        for one in states(program, context.store, context.queries.now)
        if one.status != "final"
    ]
    if as_json:
        answer = {"closed": [closing_answer(one, cast) for one in closed], "open": [state_answer(one) for one in still]}
        write([json_text(answer)])
        return
    target = screen_of(console())
    told = closed_screen(closed, cast, target) if closed else text("Nothing is due.")
    first = min(programs) if len(programs) == 1 else ""
    step = next_step(f"novigem seasons {first}".strip()) if closed or name is None else None
    show(screen([told, open_screen(still, cast, context.queries.now, target), step]))


command = new_command(
    close,
    [
        "novigem close --due",
        "novigem close cs-team",
        'novigem close cs-team --early --reason "the team was moved to another program"',
    ],
)
