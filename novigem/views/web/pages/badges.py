"""A badge: how it is earned, and who holds it."""

from starlette.responses import Response

from novigem.access.table import What
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit


def badge(visit: Visit) -> Response:
    """Not built yet."""
    del visit
    raise NotHere("this page is not built yet", hint="see the boards")


ROUTES = [page("/badges/{badge}", badge, What.BADGE)]
