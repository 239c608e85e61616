"""`novigem serve`: the web pages."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from novigem.cli.context import must_exist, settings_from
from novigem.cli.options import DbOption, new_command
from novigem.cli.output import show
from novigem.cli.serving import listen, serve_until_told
from novigem.errors import InputError, SettingsError
from novigem.feed.salesforce.settings import is_loopback
from novigem.ledger.sql.store import open_engine
from novigem.settings import Settings
from novigem.views.terminal.layout import quiet, screen, text
from novigem.views.web.signing.settings import WebSettings, load_web_settings

_NO_WAY = """set up one of these; docs/how-to/serve-pages.md says how:
Salesforce or another provider: issuer and client_id in [web] of novigem.toml
a link by mail: smtp_host and mail_from
a proxy that signs people in: proxy_header and proxy_peers
on this machine alone, for everybody on it: novigem serve --no-login"""

if TYPE_CHECKING:
    from starlette.types import ASGIApp  # an extra


def serve(
    *,
    host: Annotated[str, typer.Option("--host", metavar="HOST", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="At which port.")] = 8400,
    no_login: Annotated[
        bool, typer.Option("--no-login", help="Let everybody on this machine see everything; loopback only.")
    ] = False,
    db: DbOption = None,
) -> None:
    """Serve the web pages."""
    if no_login and not is_loopback(host):
        raise InputError(
            f"--no-login would let everybody who reaches {host} see everything",
            hint="leave --host out, or set up signing in: docs/how-to/serve-pages.md",
        )
    settings, web = settings_from(db=db), load_web_settings(environment=os.environ)
    if not no_login and not web.ways:
        raise SettingsError("nothing says how people sign in", hint=_NO_WAY)
    if not no_login and web.origin is None and not is_loopback(host):
        raise SettingsError(
            f"the pages would listen on {host}, and nothing says under which address browsers reach them",
            hint='set it in [web] of novigem.toml: origin = "https://novigem.example.com"',
        )
    must_exist(settings.db)
    # Without login nothing but this machine's own names: a page of the web that turns its name to it gets nothing.
    _serve(settings, host, port, WebSettings(brand=web.brand) if no_login else web)


def _serve(settings: Settings, host: str, port: int, web: WebSettings) -> None:
    with pages(settings, web) as app:
        serve_until_told(app, listen(host, port), told)


@contextmanager
def pages(settings: Settings, web: WebSettings | None = None) -> Iterator["ASGIApp"]:
    """Give the pages of a database; where `web` names no way to sign in, everybody on this machine sees everything.

    Raises SettingsError where what they need is not installed.
    """
    try:
        from novigem.views.web.app import create_app  # noqa: PLC0415 - an extra
        from novigem.views.web.headers import origins  # noqa: PLC0415 - as above
        from novigem.views.web.no_login import NoLogin  # noqa: PLC0415 - as above
        from novigem.views.web.signing.signing import Signing  # noqa: PLC0415 - as above
        from novigem.views.web.site import Site  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise SettingsError(f"the pages need {error.name}", hint="pip install 'novigem[web]'") from error
    framing = origins(settings.frame_ancestors)
    engine = open_engine(settings.db)
    ways = web or WebSettings()
    site = Site(
        engine,
        Signing(engine, ways) if ways.ways else NoLogin(),
        brand=ways.brand,
        settings=replace(ways, hosts=ways.hosts or frozenset()),
        frame_ancestors=framing,
        api_origins=settings.origins,
    )
    try:
        yield create_app(site)
    finally:
        engine.dispose()


def told(address: str) -> None:
    """Say where the pages are."""
    show(screen([text(f"The pages are at {address}"), quiet("Ctrl-C stops them.")]))
    sys.stdout.flush()


command = new_command(serve, ["novigem serve", "novigem serve --no-login --port 8500"])
