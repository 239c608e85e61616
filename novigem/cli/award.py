"""`novigem award`: a badge given by hand."""

from typing import Annotated

import typer

from novigem.cli.context import known_user, reading
from novigem.cli.options import DbOption, JsonOption, ProgramOption, new_command
from novigem.cli.output import show, write
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import UnknownName
from novigem.model.binding import lasting_id
from novigem.model.guesses import advise
from novigem.views.tables import json_text
from novigem.views.terminal.layout import next_step, screen, text


def award(
    badge: Annotated[str, typer.Argument(metavar="BADGE", help="The id of a badge in the program.")],
    user: Annotated[str, typer.Argument(metavar="USER", help="Who gets it: name, e-mail or id.")],
    *,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with it.")] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who decided it.")] = None,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give somebody a badge by hand: once, or anew at any time where it expires. It brings no points."""
    with reading(db, program) as context:
        chosen = context.queries.program(context.program)
        badges = {one.id: one for one in chosen.badges}
        badge = badge if badge in badges else lasting_id(context.store.bindings(), "badge", badge)
        if badge not in badges:
            hint = advise(badge, badges) if badges else "add badges to the program first"
            raise UnknownName(f"{chosen.program} has no badge {badge!r}", hint=hint)
        who = known_user(context, user)
        engine = Engine(context.store, [chosen])
        is_new = Manual(engine).award_badge(
            chosen.program, badge, who, reason=reason, author=author or context.settings.author
        )
        name = context.queries.people([who])[who].label
    if as_json:
        write([json_text({"user": who, "badge": badge, "program": chosen.program, "awarded": is_new})])
        return
    told = f"{name} now holds {badges[badge].name}." if is_new else f"{name} holds {badges[badge].name} already."
    show(screen([text(told), next_step("novigem badges")]))


command = new_command(
    award, ['novigem award expansion-scout ann@example.com --reason "for the whole team\'s template"']
)
