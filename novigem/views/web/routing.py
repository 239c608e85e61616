"""Routing: a function of a visit becomes a route, with its access, its snapshot and its errors."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

from babel import Locale
from babel.core import UnknownLocaleError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from novigem.access.roles import Reader
from novigem.access.table import TABLE, Reach, What
from novigem.errors import InputError, NovigemError, UnknownName, WorldError
from novigem.ledger.sql.store import SqlStore
from novigem.views.web.render import LOCALES, render
from novigem.views.web.site import Site
from novigem.views.web.tags import NEVER_KEPT, tag_of, tagged, unchanged
from novigem.views.web.visit import NotHere, Visit

#: Makes an answer from a visit.
Page = Callable[[Visit], Response]
_NOT_FOUND, _BAD, _BROKEN = 404, 400, 503
#: Whoever is not signed in.
NOBODY = Reader(user=None, roles=frozenset())


def page(
    path: str,
    make: Page,
    needs: What,
    *,
    methods: tuple[str, ...] = ("GET",),
    name: str | None = None,
    is_kept: bool | None = None,
) -> Route:
    """Give the route of a page. Whoever may not see it gets the answer of a page that does not exist.

    `needs` is asked for what is nobody's in particular; a page about somebody asks again with whose it is. `is_kept`
    tells whether the page follows from what is in its tag, and from nothing else; None: as `needs` tells.
    """
    may_be_kept = needs not in NEVER_KEPT if is_kept is None else is_kept

    async def endpoint(request: Request) -> Response:
        site: Site = request.app.state.site
        return await site.in_thread(_answer, request, make, needs, await _form(request), is_kept=may_be_kept)

    # Read by the test that walks every route.
    endpoint.needs = needs  # type: ignore[attr-defined]
    return Route(path, endpoint, methods=list(methods), name=name or make.__name__)


def open_page(path: str, make: Page, *, methods: tuple[str, ...] = ("GET",), name: str | None = None) -> Route:
    """Give the route of a page that is open to whoever is not signed in: of those that sign somebody in."""

    async def endpoint(request: Request) -> Response:
        site: Site = request.app.state.site
        return await site.in_thread(_answer, request, make, None, await _form(request))

    endpoint.needs = None  # type: ignore[attr-defined]
    return Route(path, endpoint, methods=list(methods), name=name or make.__name__)


def _answer(
    request: Request, make: Page, needs: What | None, form: Mapping[str, str], *, is_kept: bool = False
) -> Response:
    site: Site = request.app.state.site
    with site.snapshot() as store:
        visit = visit_of(request, store, form)
        if visit is None and needs is not None:
            return _to_sign_in(request)
        visit = visit or visit_as(request, store, NOBODY, form)
        try:
            if needs is None:
                return make(visit)
            visit.need(needs)
            tag = tag_of(visit, needs) if is_kept else None
            return unchanged(visit, tag) or _made(visit, make, tag)
        except NovigemError as error:
            return error_page(visit, error if needs is None else _as_if_unknown(error, needs))


def _made(visit: Visit, make: Page, tag: str | None) -> Response:
    """Give a page: the one that was made before under the same tag, or a new one."""
    answers = visit.site.answers
    found = None if tag is None else answers.find(tag)
    if found is None:
        found = tagged(make(visit), tag)
        if tag is not None:
            answers.keep(tag, found)
    return found


def _as_if_unknown(error: NovigemError, needs: What) -> NovigemError:
    """Give the error of what may belong to somebody: the same whether it does not exist or may not be seen."""
    is_somebodys = any(reach in (Reach.OWN, Reach.REPORTS) for reach in TABLE[needs].values())
    if not is_somebodys or not isinstance(error, UnknownName):
        return error
    return error if needs is What.SETTINGS else NotHere("there is nothing here", hint="see the start page")


async def _form(request: Request) -> Mapping[str, str]:
    """Give the fields of a form that was sent; none of anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        return {}
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


def visit_of(request: Request, store: SqlStore, form: Mapping[str, str] | None = None) -> Visit | None:
    """Give the visit of whoever asks, over a snapshot; None of somebody who is not signed in."""
    reader = request.app.state.site.sign_in.reader(request, store)
    return None if reader is None else visit_as(request, store, reader, form)


def visit_as(request: Request, store: SqlStore, reader: Reader, form: Mapping[str, str] | None = None) -> Visit:
    """Give the visit of somebody, also of one who is known by other means than signing in, such as a link."""
    site: Site = request.app.state.site
    preferences = {} if reader.user is None else store.sign_ins().preferences(reader.user)
    locale = _locale(request, preferences.get("language"))
    return Visit(request, site, store, reader, locale, site.clock(), preferences, form or {})


def error_page(visit: Visit, error: NovigemError, *, template: str = "error.html") -> Response:
    """Say what is wrong: one message, and the next step."""
    status = _BROKEN if isinstance(error, WorldError) else _BAD if isinstance(error, InputError) else _NOT_FOUND
    if isinstance(error, UnknownName):
        status = _NOT_FOUND
    return render(visit, template, status=status, error=error)


def _to_sign_in(request: Request) -> Response:
    """Send to the sign-in page, which sends back to where somebody was on the way to."""
    address = request.url_for("sign_in").path
    if request.method == "GET" and request.url.path != request.url_for("home").path:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        address += "?" + urlencode({"next": wanted})
    return RedirectResponse(address, status_code=303)


def own_page(request: Request, wanted: str | None) -> str:
    r"""Give the page that a `next` names, where it is one of ours; the home page for anything else.

    A path alone: `//host`, `/\host` and what has a scheme lead to others, and browsers drop signs nobody sees.
    """
    home = request.url_for("home").path
    if not wanted or not wanted.startswith(home) or not wanted.isprintable() or "\\" in wanted:
        return home
    parts = urlsplit(wanted)
    leads_away = wanted.startswith("//") or parts.scheme or parts.netloc
    return home if leads_away else wanted


def _locale(request: Request, chosen: str | None = None) -> Locale:
    """Give the reader's locale: the one they chose, else what the browser asks for first of those that there are."""
    if chosen in LOCALES:
        return Locale(chosen)
    for wanted in request.headers.get("accept-language", "").split(","):
        try:
            found = Locale.parse(wanted.partition(";")[0].strip().replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            continue
        if found.language in LOCALES:
            return found
    return Locale("en", "US")
