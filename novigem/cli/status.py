"""`novigem status`: how the sync stands, from the database alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from novigem.cli.context import reading
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.model.change import to_micros
from novigem.model.program import Program
from novigem.queries.names import names_astray
from novigem.sync.status import read_status
from novigem.views.json.answers import pause_answer
from novigem.views.tables import json_text
from novigem.views.terminal.layout import screen
from novigem.views.terminal.names import names_answer, names_part
from novigem.views.terminal.pauses import paused_lines
from novigem.views.terminal.status import status_answer, status_screen


def status(*, db: DbOption = None, as_json: JsonOption = False) -> None:
    """Show how the sync stands: how far each object has been read, what the last sync did, and who is at work.

    It asks the database only; the org is not needed.
    """
    with reading(db) as context:
        now = to_micros(datetime.now(UTC))
        objects, astray = read_status(context.store, now), names_astray(context.store, at=now)
        zone, programs = context.zone, context.programs
    if as_json:
        write([json_text(status_answer(objects) | {"names": names_answer(astray)} | _paused(programs, now))])
    else:
        show(status_screen(objects, zone, screen_of(console())))
        if paused := paused_lines(programs.values(), now):
            show(screen([*paused]))
        if astray:
            show(screen([names_part(astray)]))


def _paused(programs: Mapping[str, Program], now: int) -> dict[str, Any]:
    """Give the programs that are paused; nothing where none is."""
    found = ((name, one.pause_at(now)) for name, one in programs.items())
    paused = [{"program": name, **pause_answer(pause)} for name, pause in found if pause is not None]
    return {"paused": paused} if paused else {}


command = new_command(status, ["novigem status", "novigem status --json --db postgresql+psycopg://host/name"])
