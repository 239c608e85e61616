"""A person: their place, their badges, and every point of theirs."""

from starlette.responses import Response

from novigem.access.table import What
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit


def person(visit: Visit) -> Response:
    """Not built yet."""
    del visit
    raise NotHere("this page is not built yet", hint="see the boards")


def statement(visit: Visit) -> Response:
    """Not built yet."""
    del visit
    raise NotHere("this page is not built yet", hint="see the boards")


ROUTES = [page("/people/{user}", person, What.PERSON), page("/people/{user}/statement", statement, What.ENTRIES)]
