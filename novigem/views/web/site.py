"""The site: what stays from request to request."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import ParamSpec, Protocol, TypeVar
from weakref import WeakKeyDictionary

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine, QueuePool
from starlette.requests import HTTPConnection

from novigem.access.roles import Reader
from novigem.engine import displays
from novigem.errors import StoreError
from novigem.ledger.sql.kept import KeptStore, Moments
from novigem.ledger.sql.store import SqlStore
from novigem.queries.programs import ProgramCache
from novigem.queries.visibility import NAMES_SECRET
from novigem.views.web.answers import Answers
from novigem.views.web.signing.settings import WebSettings

# What pages need of the secrets of a database.
_SECRETS = (NAMES_SECRET, displays.SECRET)
#: So many pages are made at once at most: more threads than that only wait for each other.
_MOST_THREADS = 40
_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


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
    `programs` keeps the programs that were read back, `moments` what was read of the newest states of the ledger,
    `answers` whole pages by their tags, and `addresses` the paths of pages. At most `most_streams` pages of an
    application are told live of what happens, and `most_streams_of_one` of one session, the newest of it; the others
    show what was before.
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
    moments: Moments = field(default_factory=Moments)
    answers: Answers = field(default_factory=Answers)
    addresses: dict[tuple[object, ...], tuple[object, str]] = field(default_factory=dict, repr=False)
    frame_ancestors: tuple[str, ...] = ()
    most_streams: int = 2_000
    most_streams_of_one: int = 8
    api_origins: tuple[str, ...] = ()
    api_rate: str = "300/minute"
    _is_current: bool = field(default=False, init=False)
    _secrets: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)
    _limiters: WeakKeyDictionary[asyncio.AbstractEventLoop, CapacityLimiter] = field(
        default_factory=WeakKeyDictionary, init=False, repr=False
    )

    @contextmanager
    def snapshot(self) -> Iterator[KeptStore]:
        """Open one snapshot of the database: all that is read in it belongs to one moment. It cannot be written to."""
        self._make_current()
        with self.engine.connect() as connection:
            yield KeptStore(_frozen(connection), self.moments)

    async def in_thread(
        self, function: Callable[_Given, _Answer], *args: _Given.args, **keys: _Given.kwargs
    ) -> _Answer:
        """Answer something beside the loop, in one of as many threads as the pool of the database can serve."""
        loop = asyncio.get_running_loop()
        limiter = self._limiters.get(loop)
        if limiter is None:
            limiter = self._limiters[loop] = CapacityLimiter(threads_for(self.engine))
        return await to_thread.run_sync(partial(function, *args, **keys), limiter=limiter)

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


def threads_for(engine: Engine) -> int:
    """Give how many pages may be made at once: half as many as the pool has connections.

    A page reads on one, and where it writes takes a second one while it holds the first: were all of them lent to
    pages that read, those that write would wait for each other.
    """
    pool = engine.pool
    if not isinstance(pool, QueuePool):
        return _MOST_THREADS
    overflow = pool._max_overflow  # noqa: SLF001 - told by nothing else
    if overflow < 0 or pool.size() == 0:
        return _MOST_THREADS
    return max(1, min(_MOST_THREADS, (pool.size() + overflow) // 2))


def _frozen(connection: Connection) -> Connection:
    """Let a connection see one moment."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
        return connection
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
