"""One page with every part of `parts/figures.html`, to be looked at and tested; it is not among the pages we ship."""

from pathlib import Path

from starlette.responses import HTMLResponse, Response

from novigem.access.table import What
from novigem.views.web import render
from novigem.views.web.routing import page
from novigem.views.web.visit import Visit

_TEMPLATE = Path(__file__).with_name("parts.html")


def show_parts(visit: Visit) -> Response:
    """Show every part."""
    template = render.environment(visit.locale.language).from_string(_TEMPLATE.read_text(encoding="utf-8"))
    words = render.Words(visit.locale, visit.zone)
    return HTMLResponse(template.render(visit=visit, site=visit.site, words=words, url=render._url(visit)))


ROUTE = page("/parts", show_parts, What.BOARD, name="parts")
