"""Streams: a function of a visit becomes a route that tells what it shows, now and whenever something was written."""

from dataclasses import replace
from hashlib import sha256

from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from novigem.access.roles import Reader
from novigem.access.table import What
from novigem.errors import NovigemError
from novigem.ledger.sql.store import SqlStore
from novigem.views.web.live.hub import Hub, Scene, Stream
from novigem.views.web.routing import Page, visit_of
from novigem.views.web.visit import Visit

#: After how many seconds a board is made anew though nothing was written: a week begins, a board becomes final.
_BOARD_SECONDS = 60.0
_PING_SECONDS = 15
#: Who may not look hears nothing but this; a browser leaves the page as it is, and asks less and less often.
_REFUSED = {"HX-Reswap": "none", "Cache-Control": "no-store"}
_SIGNED_OUT, _NOT_FOUND, _BUSY = 401, 404, 503


def stream(path: str, make: Page, needs: What, *, name: str) -> Route:
    """Give the route that goes on telling what a page or fragment shows.

    `make` is asked as somebody of the same roles whom it is not about, once for all of them: what it gives may say
    nothing about who looks.
    """

    async def endpoint(request: Request) -> Response:
        opened = await request.app.state.site.in_thread(_open, request, make, needs)
        return opened if isinstance(opened, Response) else answer(request, opened)

    # Read by the test that walks every route.
    endpoint.needs = needs  # type: ignore[attr-defined]
    return Route(path, endpoint, name=name)


def answer(request: Request, opened: Stream) -> Response:
    """Give the answer that sends the events of a stream; a short one where too many are open."""
    hub: Hub = request.app.state.hub
    if not hub.has_room:
        return Response(status_code=_BUSY, headers=_REFUSED | {"Retry-After": "60"})
    return EventSourceResponse(hub.follow(opened), ping=_PING_SECONDS)


def refused(status: int) -> Response:
    """Give the answer to somebody who may not listen."""
    return Response(status_code=status, headers=_REFUSED)


def session_of(request: Request, reader: Reader) -> str:
    """Give what the bound of one session goes by: what the browser sends to be known again, else who looks from where.

    A host alone is not enough: whom a proxy signs in all come from its own.
    """
    known = [request.headers.get(name, "") for name in ("cookie", "authorization")]
    text = "\n".join(known) if any(known) else f"{request.client and request.client.host} {reader.user} {reader.name}"
    return sha256(text.encode()).hexdigest()


def _open(request: Request, make: Page, needs: What) -> Stream | Response:
    site = request.app.state.site
    with site.snapshot() as store:
        visit = visit_of(request, store)
        if visit is None:
            return refused(_SIGNED_OUT)
        try:
            visit.need(needs)
            if not request.app.state.hub.shows(_key(visit, needs)):
                make(_as_anybody(visit))
        except NovigemError:
            return refused(_NOT_FOUND)
    return Stream(
        scene=Scene(_key(visit, needs), lambda store: _html(make(_as_anybody(_later(visit, store)))), _BOARD_SECONDS),
        session=session_of(request, visit.reader),
        user=visit.user,
        may_go_on=lambda store: site.sign_in.reader(request, store) == visit.reader,
        seen=request.headers.get("last-event-id") or request.query_params.get("seen", ""),
    )


def _key(visit: Visit, needs: What) -> tuple[object, ...]:
    request = visit.request
    asked = sorted(pair for pair in request.query_params.multi_items() if pair[0] != "seen")
    roles = tuple(sorted(visit.reader.roles))
    return needs, request.scope.get("root_path", ""), request.url.path, tuple(asked), roles, str(visit.locale)


def _as_anybody(visit: Visit) -> Visit:
    """Give a visit of somebody with the same roles whom nothing is about."""
    return replace(visit, reader=replace(visit.reader, user=None, name="", reports=frozenset()))


def _later(visit: Visit, store: SqlStore) -> Visit:
    """Give the same visit at another moment."""
    return replace(visit, store=store, now=visit.site.clock())


def _html(made: Response) -> str:
    return bytes(made.body).decode()
