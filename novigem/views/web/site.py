"""The site: what stays from request to request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection, Engine
from starlette.requests import HTTPConnection

from novigem.access.roles import Reader
from novigem.ledger.sql.store import SqlStore
from novigem.views.web.signing.settings import WebSettings


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
    """

    engine: Engine
    sign_in: SignIn
    brand: str = "Novigem"
    settings: WebSettings = field(default_factory=WebSettings)
    clock: Callable[[], datetime] = field(default=utc_now)
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
        if not self._is_current:
            SqlStore(self.engine).entry_count()
            self._is_current = True


def _frozen(connection: Connection) -> Connection:
    """Let a connection see one moment."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
        return connection
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
