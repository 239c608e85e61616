"""The board: who leads, and where am I."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from novigem.access.table import What
from novigem.engine.closing.windows import boards_of
from novigem.model.program import Leaderboard, Program
from novigem.queries.board_types import Board
from novigem.views.terminal.board import with_gap
from novigem.views.web.live.streams import stream
from novigem.views.web.render import render
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit

_ON_PAGE = 25
#: The periods that can be chosen, in their order.
_PERIODS = ("week", "month", "program", "all")


@dataclass(frozen=True)
class BoardView:
    """A board with what the page shows beside it."""

    board: Board
    program: Program
    period: str
    periods: tuple[str, ...]
    others: tuple[tuple[Program, Leaderboard], ...]
    best: int


def show_board(visit: Visit) -> Response:
    """Show the standings; one's own row is always there."""
    return render(visit, "board.html", **_view(visit))


def show_rows(visit: Visit) -> Response:
    """Show the same without the page around it, to be put into one."""
    return render(visit, "parts/board_rows.html", **_view(visit))


def _view(visit: Visit) -> dict[str, Any]:
    board_id = visit.request.path_params["board"]
    others = tuple((program, one) for program in visit.programs.values() for one in boards_of(program))
    found = next(((program, one) for program, one in others if one.id == board_id), None)
    if found is None:
        raise NotHere("there is no such board", hint="see the boards of your programs")
    program, own = found
    period = visit.query("period") or _usual(program, own, visit)
    user = visit.user if own.scope != "teams" else None
    board = visit.queries.board(board_id, program_id=program.program, period=period, limit=_ON_PAGE, user=user)
    view = BoardView(
        board=board,
        program=program,
        period=period.partition(":")[0],
        periods=() if own.by == "percent" else _PERIODS,
        others=others,
        best=max((row.points for row in board.rows), default=0),
    )
    return {"view": view, "rows": with_gap(board)}


def _usual(program: Program, board: Leaderboard, visit: Visit) -> str:
    """Give the period that is shown first: this week while the season runs, else the board's own."""
    is_running = program.window.start <= visit.queries.now < program.window.end
    return "week" if is_running and board.by != "percent" and board.period == "program" else str(board.period)


ROUTES = [
    page("/boards/{board}", show_board, What.BOARD, name="board"),
    page("/boards/{board}/rows", show_rows, What.BOARD, name="board_rows"),
    stream("/boards/{board}/stream", show_rows, What.BOARD, name="board_stream"),
]
