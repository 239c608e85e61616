"""How people sign in, all ways together: what a site is given to find out who looks."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from threading import Thread

from sqlalchemy import Engine
from starlette.requests import HTTPConnection

from novigem.access.roles import Reader
from novigem.engine.engine import utc_now
from novigem.ledger.sql.store import SqlStore
from novigem.views.web.signing.limiting import Limits
from novigem.views.web.signing.provider import Provider
from novigem.views.web.signing.sessions import Sessions
from novigem.views.web.signing.settings import WebSettings


class Signing:
    """Signs people in by the ways that the settings name."""

    def __init__(self, engine: Engine, settings: WebSettings, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.sessions = Sessions(engine, settings, clock)
        self.limits = Limits()
        #: The last mail that was sent beside an answer.
        self.mailing: Thread | None = None

    @cached_property
    def provider(self) -> Provider:
        """The provider, where one is set up."""
        return Provider(self.settings)

    def reader(self, request: HTTPConnection, store: SqlStore) -> Reader | None:
        """Give who looks; None for somebody who is not signed in."""
        return self.sessions.reader(request, store)
