"""The board: who leads, and where am I."""

from starlette.responses import Response

from novigem.access.table import What
from novigem.queries.board_types import Board
from novigem.views.tables import Table, csv_lines
from novigem.views.terminal.board import board_table
from novigem.views.web.live.streams import stream
from novigem.views.web.render import render
from novigem.views.web.routing import page
from novigem.views.web.standings import board_view
from novigem.views.web.visit import Visit


def show_board(visit: Visit) -> Response:
    """Show the standings; one's own row is always there. With `format=csv`, what is shown as a file."""
    view = board_view(visit)
    if visit.query("format") == "csv":
        return csv_file(board_csv(view.shown, holds_names_back=view.definition.names != "full"), view.board.board)
    return render(visit, "board.html", view=view)


def show_rows(visit: Visit) -> Response:
    """Show the same without the page around it, to be put into one."""
    return render(visit, "parts/board_rows.html", view=board_view(visit))


def board_csv(board: Board, *, holds_names_back: bool) -> Table:
    """Give a board as a table; without ids where it holds names back."""
    table = board_table(board)
    if not holds_names_back or "user" not in table.columns:
        return table
    place = list(table.columns).index("user")
    columns = [*table.columns[:place], *table.columns[place + 1 :]]
    return Table(columns, ([*row[:place], *row[place + 1 :]] for row in table.rows))


def csv_file(table: Table, name: str) -> Response:
    """Give a table as a file to be opened in a spreadsheet; `name` is an id of a program file."""
    return Response(
        "".join(csv_lines(table)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


ROUTES = [
    page("/boards/{board}", show_board, What.BOARD, name="board"),
    page("/boards/{board}/rows", show_rows, What.BOARD, name="board_rows"),
    stream("/boards/{board}/stream", show_rows, What.BOARD, name="board_stream"),
]
