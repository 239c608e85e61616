"""A test bed for signing in: the pages over a store with some people, and a clock that a test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from novigem.access.roles import Named, Role
from novigem.ledger.sql.store import SqlStore, open_engine
from novigem.model.people import Person
from novigem.views.web.app import create_app
from novigem.views.web.signing.identity import Identity
from novigem.views.web.signing.sessions import cookie_name
from novigem.views.web.signing.settings import WebSettings
from novigem.views.web.signing.signing import Signing
from novigem.views.web.site import Site

SETTINGS = WebSettings(
    roles={
        Role.LEADER: Named(frozenset(("lea@example.com",)), frozenset(("VP",))),
        Role.ADMIN: Named(frozenset(("adm@example.com",))),
        Role.OPERATOR: Named(frozenset(("ops@example.com",))),
    },
    smtp_host="127.0.0.1",
    smtp_security="none",
    mail_from="novigem@example.com",
)


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = datetime(2026, 1, 28, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **stretch: int) -> None:
        self.now += timedelta(**stretch)


@dataclass
class Bed:
    """The pages, and what stands behind them."""

    engine: Engine
    signing: Signing
    site: Site
    browser: TestClient
    clock: Clock

    @property
    def cookie(self) -> str:
        return cookie_name(self.signing.settings, "session")

    def sign_in(self, user: str | None, subject: str = "", browser: TestClient | None = None) -> str:
        """Open a session in a browser, and give its token."""
        request = Request({"type": "http", "headers": [(b"user-agent", b"Firefox")]})
        response = Response()
        self.signing.sessions.open(request, response, Identity(user, subject or user or "", "oidc"))
        token = response.headers["set-cookie"].partition("=")[2].partition(";")[0]
        self.plant(browser or self.browser, token)
        return token

    def plant(self, browser: TestClient, token: str) -> None:
        """Put a token into a browser, as an answer of the pages would."""
        browser.cookies.set(self.cookie, token, domain="testserver.local", path="/")

    def another(self, peer: str = "testclient") -> TestClient:
        """Give another browser, at an address of the network."""
        return TestClient(self.browser.app, follow_redirects=False, client=(peer, 50_000))


@contextmanager
def bed(
    folder: Path, people: list[Person], settings: WebSettings = SETTINGS, database: Path | None = None
) -> Iterator[Bed]:
    """Serve the pages to a test."""
    clock = Clock()
    engine = open_engine(f"sqlite:///{database or folder / 'novigem.db'}")
    with SqlStore(engine).begin() as transaction:
        transaction.save_people(people)
    signing = Signing(engine, settings, clock)
    site = Site(engine, signing, settings=replace(settings), clock=clock)
    try:
        with TestClient(create_app(site), follow_redirects=False) as browser:
            yield Bed(engine, signing, site, browser, clock)
    finally:
        engine.dispose()
