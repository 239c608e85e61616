"""Settings: what reaches me, and what others see of me."""

from starlette.responses import Response

from novigem.access.table import What
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit


def settings(visit: Visit) -> Response:
    """Not built yet."""
    del visit
    raise NotHere("this page is not built yet", hint="see the boards")


ROUTES = [page("/settings", settings, What.SETTINGS)]
