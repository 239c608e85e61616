"""An entry with its conditions, and a record with every verdict on it."""

from starlette.responses import Response

from novigem.access.table import What
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit


def entry(visit: Visit) -> Response:
    """Not built yet."""
    del visit
    raise NotHere("this page is not built yet", hint="see the boards")


def record(visit: Visit) -> Response:
    """Not built yet."""
    del visit
    raise NotHere("this page is not built yet", hint="see the boards")


ROUTES = [page("/entries/{number:int}", entry, What.ENTRIES), page("/records/{record}", record, What.ENTRIES)]
