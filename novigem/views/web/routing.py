"""Routing: a function of a visit becomes a route, with its access, its snapshot and its errors."""

from collections.abc import Callable

from babel import Locale
from babel.core import UnknownLocaleError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from novigem.access.roles import Reader
from novigem.access.table import What
from novigem.errors import InputError, NovigemError, UnknownName, WorldError
from novigem.ledger.sql.store import SqlStore
from novigem.views.web.render import LOCALES, render
from novigem.views.web.site import Site
from novigem.views.web.tags import tag_of, tagged, unchanged
from novigem.views.web.visit import Visit

#: Makes an answer from a visit.
Page = Callable[[Visit], Response]
_NOT_FOUND, _BAD, _BROKEN = 404, 400, 503


def page(path: str, make: Page, needs: What, *, methods: tuple[str, ...] = ("GET",), name: str | None = None) -> Route:
    """Give the route of a page. Whoever may not see it gets the answer of a page that does not exist.

    `needs` is asked for what is nobody's in particular; a page about somebody asks again with whose it is.
    """

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(_answer, request, make, needs)

    return Route(path, endpoint, methods=list(methods), name=name or make.__name__)


def _answer(request: Request, make: Page, needs: What) -> Response:
    site: Site = request.app.state.site
    with site.snapshot() as store:
        visit = visit_of(request, store)
        if visit is None:
            return _to_sign_in(request)
        try:
            visit.need(needs)
            tag = tag_of(visit, needs)
            return unchanged(visit, tag) or tagged(make(visit), tag)
        except NovigemError as error:
            return error_page(visit, error)


def visit_of(request: Request, store: SqlStore) -> Visit | None:
    """Give the visit of whoever asks, over a snapshot; None of somebody who is not signed in."""
    site: Site = request.app.state.site
    reader = site.sign_in.reader(request, store)
    return None if reader is None else visit_as(request, store, reader)


def visit_as(request: Request, store: SqlStore, reader: Reader) -> Visit:
    """Give the visit of somebody known by other means than signing in, such as a link."""
    site: Site = request.app.state.site
    return Visit(request, site, store, reader, _locale(request), site.clock())


def error_page(visit: Visit, error: NovigemError, *, template: str = "error.html") -> Response:
    """Say what is wrong: one message, and the next step."""
    status = _BROKEN if isinstance(error, WorldError) else _BAD if isinstance(error, InputError) else _NOT_FOUND
    if isinstance(error, UnknownName):
        status = _NOT_FOUND
    return render(visit, template, status=status, error=error)


def _to_sign_in(request: Request) -> Response:
    return RedirectResponse(request.url_for("sign_in").path, status_code=303)


def _locale(request: Request) -> Locale:
    """Give the reader's locale: what the browser asks for first of those that there are."""
    for wanted in request.headers.get("accept-language", "").split(","):
        try:
            found = Locale.parse(wanted.partition(";")[0].strip().replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            continue
        if found.language in LOCALES:
            return found
    return Locale("en", "US")
