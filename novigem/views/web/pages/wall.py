"""The wall: what happened just now, on a screen that nobody is signed in at; and the same as it goes on."""

from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from novigem.access.roles import Reader
from novigem.engine.displays import link_at
from novigem.errors import NovigemError
from novigem.ledger.sql.store import SqlStore
from novigem.model.displays import DisplayLink
from novigem.views.web.live.hub import Scene, Stream
from novigem.views.web.live.streams import answer, refused
from novigem.views.web.render import render
from novigem.views.web.routing import error_page, visit_as
from novigem.views.web.site import Site
from novigem.views.web.tags import build
from novigem.views.web.visit import NotHere, Visit
from novigem.views.web.wall_scenes import wall_of

#: A wall hears something at least this often, so that it knows that it is fresh.
EVERY_SECONDS = 20
_NOT_FOUND = 404
#: Who looks at a wall: nobody in particular, who takes part in nothing.
NOBODY = Reader(user=None)


async def wall(request: Request) -> Response:
    """Show the wall of a link."""
    site: Site = request.app.state.site
    return await site.in_thread(_wall, request)


def _wall(request: Request) -> Response:
    with request.app.state.site.snapshot() as store:
        visit = visit_as(request, store, NOBODY)
        try:
            made = _shown(visit, "wall.html")
        except NovigemError:
            made = error_page(visit, NotHere("there is nothing here", hint="ask whoever made the link for a new one"))
        # Whoever has the address sees the wall, so it goes to no other host and to no search engine.
        made.headers.update({"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "Cache-Control": "no-store"})
        return made


async def wall_stream(request: Request) -> Response:
    """Go on telling what a wall shows, until its link is ended."""
    opened = await request.app.state.site.in_thread(_open, request)
    return refused(_NOT_FOUND) if opened is None else answer(request, opened)


def _open(request: Request) -> Stream | None:
    token = request.path_params["token"]
    with request.app.state.site.snapshot() as store:
        if link_at(store, token) is None:
            return None
        visit = visit_as(request, store, NOBODY)
    where = f"{token} {request.client and request.client.host}"
    return Stream(
        scene=Scene(
            ("wall", request.scope.get("root_path", ""), token, str(visit.locale)),
            lambda store: bytes(_shown(visit_as(request, store, NOBODY), "parts/wall_scenes.html").body).decode(),
            EVERY_SECONDS,
        ),
        session=sha256(where.encode()).hexdigest(),
        user=None,
        may_go_on=lambda store: link_at(store, token) is not None,
        seen="",
    )


def _shown(visit: Visit, template: str) -> Response:
    link = _link(visit.store, visit.request.path_params["token"])
    wall = wall_of(visit, link)
    return render(visit, template, wall=wall, every=EVERY_SECONDS, build=build()[:8])


def _link(store: SqlStore, token: str) -> DisplayLink:
    found = link_at(store, token)
    if found is None:
        raise NotHere("there is nothing here", hint="ask whoever made the link for a new one")
    return found


ROUTES = [Route("/wall/{token}", wall, name="wall"), Route("/wall/{token}/stream", wall_stream, name="wall_stream")]
