"""A program: what pays, and whether it works."""

from starlette.responses import Response

from novigem.access.table import What
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit


def program(visit: Visit) -> Response:
    """Not built yet."""
    del visit
    raise NotHere("this page is not built yet", hint="see the boards")


ROUTES = [page("/programs/{program}", program, What.PROGRAM)]
