"""`novigem serve`: the web pages."""

import ipaddress
import os
from dataclasses import replace
from typing import Annotated

import typer

from novigem.cli.context import must_exist, settings_from
from novigem.cli.options import DbOption, new_command
from novigem.errors import InputError, SettingsError
from novigem.ledger.sql.store import open_engine
from novigem.views.web.signing.settings import WebSettings, load_web_settings

_NO_WAY = """set up one of these; docs/how-to/serve-pages.md says how:
Salesforce or another provider: issuer and client_id in [web] of novigem.toml
a link by mail: smtp_host and mail_from
a proxy that signs people in: proxy_header and proxy_peers
on this machine alone, for everybody on it: novigem serve --no-login"""


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
    settings, web = settings_from(db=db), load_web_settings(environment=os.environ)
    if no_login:
        # Nothing but this machine's own names: a page of the web that turns its name to this address gets nothing.
        web = WebSettings(brand=web.brand, hosts=frozenset())
    elif not web.ways:
        raise SettingsError("nothing says how people sign in", hint=_NO_WAY)
    elif web.origin is None and not _is_loopback(host):
        raise SettingsError(
            f"the pages would listen on {host}, and nothing says under which address browsers reach them",
            hint='set it in [web] of novigem.toml: origin = "https://novigem.example.com"',
        )
    must_exist(settings.db)
    _serve(settings.db, host, port, web, no_login=no_login)


def _serve(db: str, host: str, port: int, web: WebSettings, *, no_login: bool) -> None:
    try:
        import uvicorn  # noqa: PLC0415 - an extra

        from novigem.views.web.app import create_app  # noqa: PLC0415 - as above
        from novigem.views.web.no_login import NoLogin  # noqa: PLC0415 - as above
        from novigem.views.web.signing.signing import Signing  # noqa: PLC0415 - as above
        from novigem.views.web.site import Site  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise SettingsError(f"the pages need {error.name}", hint="pip install 'novigem[web]'") from error
    engine = open_engine(db)
    sign_in = NoLogin() if no_login else Signing(engine, web)
    site = Site(engine, sign_in, brand=web.brand, settings=replace(web, hosts=web.hosts or frozenset()))
    uvicorn.run(create_app(site), host=host, port=port, log_level="warning", server_header=False, proxy_headers=False)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


command = new_command(serve, ["novigem serve", "novigem serve --no-login --port 8500"])
