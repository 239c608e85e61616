"""Boards."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from novigem.access.table import What
from novigem.engine.closing.windows import boards_of
from novigem.errors import InputError
from novigem.model.change import to_micros
from novigem.program.dump import plain
from novigem.views.json.answers import board_answer
from novigem.views.moments import moment
from novigem.views.web.api.door import AtDoor
from novigem.views.web.api.models.boards import BoardAnswer, BoardListed
from novigem.views.web.api.parts import USUAL_ROWS, Id, Limit, Program, answer, text, zone_of
from novigem.views.web.visit import Visit

router = APIRouter(tags=["boards"])
# As the command has it: what is longer is no position in a ledger.
_LONGEST_POSITION = 18


@router.get("/boards", response_model=list[BoardListed])
def list_boards(door: AtDoor) -> Response:
    """List the boards that there are."""
    with door.visit(What.BOARD) as visit:
        every = [(program, board) for program in visit.programs.values() for board in boards_of(program)]
        return answer(
            [
                {
                    "board": board.id,
                    "program": program.program,
                    "name": board.name,
                    "by": board.by,
                    "period": plain(board.period),
                    "ranks": "teams" if board.scope == "teams" else "people",
                }
                for program, board in every
            ]
        )


@router.get("/boards/{board}", response_model=BoardAnswer, response_model_exclude_unset=True)
def board(
    door: AtDoor,
    board: Id,
    *,
    program: Program = None,
    period: Annotated[
        str | None, text("program, week, month, quarter or all; with a day in it: week:2026-01-07")
    ] = None,
    as_of: Annotated[str | None, text("as it stood: a ledger entry, a day (to its end) or a moment")] = None,
    limit: Limit = USUAL_ROWS,
    around: Annotated[bool, Query(description="also the rows beside the reader")] = False,
    live: Annotated[bool, Query(description="where standings are final, what the ledger says today")] = False,
) -> Response:
    """Give the standings of a board."""
    with door.visit(What.BOARD) as visit:
        found = visit.queries.board(
            board,
            program_id=program,
            period=period,
            as_of=_as_of(visit, as_of),
            limit=limit,
            user=visit.user,
            live=live,
        )
        return answer(board_answer(found, with_around=around and visit.user is not None))


def _as_of(visit: Visit, told: str | None) -> int | datetime | None:
    if told is None:
        return None
    if not told.isdecimal():
        found = moment(told, "as_of", zone_of(visit), end_of_day=True)
        to_micros(found)
        return found
    newest = visit.store.entry_count()
    if len(told) > _LONGEST_POSITION or int(told) > newest:
        raise InputError(f"the ledger has no entry {told} yet", hint=f"its newest entry is {newest}")
    return int(told)
