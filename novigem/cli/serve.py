"""`novigem serve`: the web pages."""

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from novigem.cli.context import must_exist, settings_from
from novigem.cli.options import DbOption, new_command
from novigem.cli.output import show
from novigem.cli.serving import listen, serve_until_told
from novigem.errors import InputError, SettingsError
from novigem.ledger.sql.store import open_engine
from novigem.settings import Settings
from novigem.views.terminal.layout import quiet, screen, text

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
    if no_login and not _is_loopback(host):
        raise InputError(
            f"--no-login would let everybody who reaches {host} see everything",
            hint="leave --host out, or set up signing in: docs/how-to/serve-pages.md",
        )
    if not no_login:
        raise InputError("there is no way to sign in yet", hint="novigem serve --no-login, on this machine alone")
    settings = settings_from(db=db)
    must_exist(settings.db)
    _serve(settings, host, port)


def _serve(settings: Settings, host: str, port: int) -> None:
    with pages(settings.db, origins=settings.origins) as app:
        serve_until_told(app, listen(host, port), told)


@contextmanager
def pages(db: str, *, origins: tuple[str, ...] = ()) -> Iterator["ASGIApp"]:
    """Give the pages of a database without login. Raises SettingsError where what they need is not installed."""
    try:
        from novigem.views.web.app import create_app  # noqa: PLC0415 - an extra
        from novigem.views.web.no_login import NoLogin  # noqa: PLC0415 - as above
        from novigem.views.web.site import Site  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise SettingsError(f"the pages need {error.name}", hint="pip install 'novigem[web]'") from error
    engine = open_engine(db)
    try:
        yield create_app(Site(engine, NoLogin(), api_origins=origins))
    finally:
        engine.dispose()


def told(address: str) -> None:
    """Say where the pages are."""
    show(screen([text(f"The pages are at {address}"), quiet("Ctrl-C stops them.")]))
    sys.stdout.flush()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


command = new_command(serve, ["novigem serve", "novigem serve --no-login --port 8500"])
