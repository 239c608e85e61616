"""The site: what stays from request to request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection, Engine
from starlette.requests import HTTPConnection

from novigem.access.roles import Reader
from novigem.engine import displays
from novigem.errors import StoreError
from novigem.ledger.sql.store import SqlStore
from novigem.queries.programs import ProgramCache
from novigem.queries.visibility import NAMES_SECRET
from novigem.views.web.signing.settings import WebSettings

# What pages need of the secrets of a database.
_SECRETS = (NAMES_SECRET, displays.SECRET)


class SignIn(Protocol):
    """Finds out who looks."""

    def reader(self, request: HTTPConnection, store: SqlStore) -> Reader | None:
        """Give who looks; None for somebody who is not signed in."""


def utc_now() -> datetime:
    """Give the wall clock."""
    return datetime.now(UTC)


@dataclass
class Site:
    """The database, who may come in, and the clock.

    `engine` is the developer's own or one of ours. `brand` is the name at the top of each page; `title` of a program
    stands beside it. `settings` are those of `[web]`; a mounted application may leave them out. `clock` gives the
    reader's moment, as a datetime with a zone.
    `programs` keeps the programs that were read back. At most `most_streams` pages of an application are told live of
    what happens, and `most_streams_of_one` of one session, the newest of it; the others show what was before.
    `api_origins` are the other hosts whose pages may ask the API with a token, such as `https://crm.example`;
    `api_rate` is how often one token, or one person, may.
    `frame_ancestors` are the origins whose pages may frame an embed, such as `https://acme.lightning.force.com`.
    """

    engine: Engine
    sign_in: SignIn
    brand: str = "Novigem"
    settings: WebSettings = field(default_factory=WebSettings)
    clock: Callable[[], datetime] = field(default=utc_now)
    programs: ProgramCache = field(default_factory=ProgramCache)
    frame_ancestors: tuple[str, ...] = ()
    most_streams: int = 2_000
    most_streams_of_one: int = 8
    api_origins: tuple[str, ...] = ()
    api_rate: str = "300/minute"
    _is_current: bool = field(default=False, init=False)
    _secrets: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)

    @contextmanager
    def snapshot(self) -> Iterator[SqlStore]:
        """Open one snapshot of the database: all that is read in it belongs to one moment. It cannot be written to."""
        self._make_current()
        with self.engine.connect() as connection:
            yield SqlStore(_frozen(connection), is_current=True)

    @contextmanager
    def writing(self) -> Iterator[SqlStore]:
        """Open the database to write what somebody decided."""
        yield SqlStore(self.engine, is_current=self._is_current)

    def secret(self, name: str) -> bytes:
        """Give a random secret of the database, made when it is first asked for."""
        if name not in self._secrets:
            self._secrets[name] = SqlStore(self.engine).secret(name)
        return self._secrets[name]

    def _make_current(self) -> None:
        """Bring the tables up to date once; the first request does it, since a mounted application gets no start."""
        if self._is_current:
            return
        store = SqlStore(self.engine)
        store.entry_count()
        with suppress(StoreError):  # of a database that can only be read
            # A snapshot cannot write, and a secret that is made in it would be another one in each.
            for name in _SECRETS:
                store.secret(name)
        self._is_current = True


def _frozen(connection: Connection) -> Connection:
    """Let a connection see one moment."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
        return connection
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
