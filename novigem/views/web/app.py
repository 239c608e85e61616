"""The application: every page behind one function, to be served alone or mounted in another one.

`create_app` needs no start of its own: a mounted application gets none. Addresses follow where it is mounted.
"""

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from novigem.views.web.api.app import create_api
from novigem.views.web.guard import Guard
from novigem.views.web.headers import SafeHeaders
from novigem.views.web.live.hub import Hub
from novigem.views.web.pages import (
    badges,
    board,
    challenges,
    entries,
    home,
    operator,
    people,
    programs,
    review,
    seasons,
    settings,
    signing_in,
)
from novigem.views.web.site import Site

_STATIC = Path(__file__).parent / "static"


def create_app(site: Site) -> Starlette:
    """Give the pages of a site as an ASGI application."""
    api = Mount("/api", create_api(site), name="api")
    guards = [Middleware(SafeHeaders), Middleware(Guard, settings=site.settings)]
    app = Starlette(routes=[*routes(), api], middleware=guards)
    app.state.site = site
    app.state.hub = Hub(site)
    return app


def routes() -> list[BaseRoute]:
    """Give every address."""
    return [
        *home.ROUTES,
        *board.ROUTES,
        *signing_in.ROUTES,
        *people.ROUTES,
        *entries.ROUTES,
        *badges.ROUTES,
        *challenges.ROUTES,
        *programs.ROUTES,
        *review.ROUTES,
        *seasons.ROUTES,
        *operator.ROUTES,
        *settings.ROUTES,
        Mount("/static", StaticFiles(directory=_STATIC), name="static"),
    ]
