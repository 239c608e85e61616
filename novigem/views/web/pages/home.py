"""Me: where am I, what next."""

from starlette.responses import RedirectResponse, Response

from novigem.access.table import What
from novigem.engine.closing.windows import boards_of
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit


def home(visit: Visit) -> Response:
    """Send on to the first board."""
    return boards(visit)


def boards(visit: Visit) -> Response:
    """Send on to the first board there is."""
    first = next((one for program in visit.programs.values() for one in boards_of(program)), None)
    if first is None:
        raise NotHere("there is no board yet", hint="run a program first: novigem run PROGRAM --from FILE.jsonl")
    return RedirectResponse(visit.request.url_for("board", board=first.id).path, status_code=303)


ROUTES = [page("/", home, What.SETTINGS), page("/boards", boards, What.BOARD)]
