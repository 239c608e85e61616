"""`novigem me`: where one person stands, and what still pays."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from novigem.cli.context import known_user, reading
from novigem.cli.options import DbOption, JsonOption, ProgramOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.model.clocks import Clocks, Zones
from novigem.model.periods import local_day
from novigem.queries.chances import find_chances, next_steps
from novigem.queries.me import my_seasons
from novigem.views.json.me import me_answer
from novigem.views.tables import json_text
from novigem.views.terminal.me import me_screen

_SHOWN = 3


def me(
    who: Annotated[str, typer.Argument(metavar="WHO", help="Whose page: name, e-mail or id.")],
    *,
    program: ProgramOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what would still pay somebody, where they stand, their points by week, badges, and what did not pay.

    As the person's own page has it. A chance is only named where it would pay if it were done now.
    """
    with reading(db, program) as context:
        user, now = known_user(context, who), context.queries.now
        seasons = my_seasons(context.queries, context.programs, user)
        chances = find_chances(context.store, context.programs, user, now)
        person = context.queries.people([user])[user]
        clocks = [Clocks(one.program, Zones(context.store)) for one in seasons]
        zone = ZoneInfo(clocks[0].zone(user, now)) if clocks else ZoneInfo("UTC")
    if as_json:
        write([json_text(me_answer(person, seasons, chances, context.programs, now))])
        return
    shown = next_steps(chances, _SHOWN)
    today = local_day(now, zone)
    show(me_screen(person, seasons, shown, context.programs, screen_of(console()), today=today, now=now))


command = new_command(me, ["novigem me ann@example.com", 'novigem me "Ann Lee" --json'])
