"""`novigem serve`: the web pages."""

import ipaddress
from typing import Annotated

import typer

from novigem.cli.context import must_exist, settings_from
from novigem.cli.options import DbOption, new_command
from novigem.errors import InputError, SettingsError
from novigem.ledger.sql.store import open_engine
from novigem.settings import Settings


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
    try:
        import uvicorn  # noqa: PLC0415 - an extra

        from novigem.views.web.app import create_app  # noqa: PLC0415 - as above
        from novigem.views.web.headers import origins  # noqa: PLC0415 - as above
        from novigem.views.web.no_login import NoLogin  # noqa: PLC0415 - as above
        from novigem.views.web.site import Site  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise SettingsError(f"the pages need {error.name}", hint="pip install 'novigem[web]'") from error
    site = Site(open_engine(settings.db), NoLogin(), frame_ancestors=origins(settings.frame_ancestors))
    uvicorn.run(create_app(site), host=host, port=port, log_level="warning", server_header=False, proxy_headers=False)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


command = new_command(serve, ["novigem serve", "novigem serve --no-login --port 8500"])
