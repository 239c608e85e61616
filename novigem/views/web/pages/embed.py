"""The embed: one's own figures, small, inside a page of somebody else's. One document, one token, no cookie."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from novigem.access.roles import Reader
from novigem.engine.closing.windows import boards_of
from novigem.engine.displays import EmbedToken, read_token, use_token
from novigem.errors import NovigemError
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.store import RowFilter
from novigem.model.entry import GOAL_UNIT
from novigem.model.program import Leaderboard, Program
from novigem.queries.board_types import Board, BoardRow
from novigem.views.web.headers import policy
from novigem.views.web.render import render
from novigem.views.web.routing import error_page, visit_as
from novigem.views.web.site import Site
from novigem.views.web.visit import NotHere, Visit


@dataclass(frozen=True)
class NextStep:
    """The challenge that somebody is nearest to finishing."""

    challenge: str
    value: float
    target: float


@dataclass(frozen=True)
class EmbedView:
    """One's own figures: the row on the board, how far the next place is, what comes next."""

    program: Program
    board: Board
    own: BoardRow | None
    above: BoardRow | None
    step: NextStep | None


async def embed(request: Request) -> Response:
    """Show somebody their own figures, once for a token."""
    site: Site = request.app.state.site
    return await site.in_thread(_embed, request)


def _embed(request: Request) -> Response:
    site = request.app.state.site
    now = site.clock()
    with site.snapshot() as store:
        token = read_token(store, request.path_params["token"], now=now)
        person = None if token is None else store.people([token.user]).get(token.user)
        reader = Reader(user=None) if person is None else Reader(user=person.id, name=person.label)
        visit = visit_as(request, store, reader)
        made = _shown(visit, None if person is None or not person.active else token)
    made.headers.update(
        {
            "Content-Security-Policy": policy(site.frame_ancestors),
            "Cross-Origin-Opener-Policy": "unsafe-none",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
            "Cache-Control": "no-store",
        }
    )
    return made


def _shown(visit: Visit, token: EmbedToken | None) -> Response:
    """Give the figures, if the token is taken the first time. What is wrong is not said: it would help to guess."""
    gone = NotHere("this view has expired", hint="load the page around it again")
    try:
        if token is None:
            return error_page(visit, gone, template="embed_gone.html")
        view = _view(visit, token.board)
    except NovigemError:
        return error_page(visit, gone, template="embed_gone.html")
    with visit.site.writing() as store:
        if not use_token(store, token, now=visit.now):
            return error_page(visit, gone, template="embed_gone.html")
    return render(visit, "embed.html", view=view)


def _view(visit: Visit, board_id: str | None) -> EmbedView:
    program, own = _board(visit, board_id)
    board = visit.queries.board(own.id, program_id=program.program, period=str(own.period), limit=3, user=visit.user)
    rows = [*board.rows, *board.around]
    mine = next((row for row in rows if row.user in _users(visit.store, visit.user)), None)
    better = [row for row in board.around if mine is not None and 0 < row.rank < mine.rank]
    return EmbedView(program, board, mine, max(better, key=lambda row: row.rank, default=None), _step(visit, program))


def _users(store: SqlStore, user: str | None) -> frozenset[str]:
    return frozenset() if user is None else frozenset(store.joins().group(user))


def _board(visit: Visit, board_id: str | None) -> tuple[Program, Leaderboard]:
    """Give the board that is asked for, else the first that ranks people in the season that runs."""
    known = [(program, one) for program in visit.programs.values() for one in boards_of(program)]
    known.sort(key=lambda both: not both[0].window.start <= visit.queries.now < both[0].window.end)
    for program, one in known:
        if one.scope != "teams" and board_id in (None, one.id):
            return program, one
    raise NotHere("there is no such board")


def _step(visit: Visit, program: Program) -> NextStep | None:
    rows = visit.queries.completions(RowFilter(program=program.program, user=visit.user))
    names = {one.id: one.name for one in program.challenges}
    open_ones = [
        one.progress
        for one in rows
        if one.status == "running" and one.progress.completed is None and one.progress.target > 0
    ]
    nearest = max(open_ones, key=lambda one: one.value / one.target, default=None)
    if nearest is None or nearest.challenge not in names:
        return None
    return NextStep(names[nearest.challenge], nearest.value / GOAL_UNIT, nearest.target / GOAL_UNIT)


ROUTES = [Route("/embed/{token}", embed, name="embed")]
