"""A test bed for the pages: the season of the demo, played once, and a client that looks as whoever a test says."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from novigem.access.roles import Reader, Role
from novigem.ledger.sql.store import SqlStore, open_engine
from novigem.views.web.app import create_app
from novigem.views.web.site import Site
from novigem_sandbox.demo.story import play

#: In the fourth week of the demo's season, and after all of it.
MIDSEASON = datetime(2026, 1, 28, 15, 0, tzinfo=UTC)
AFTERWARDS = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)


@cache
def played() -> Path:
    """Play the demo's season, once a process, and give its database; see `demo_database` for one to write in."""
    folder = Path(mkdtemp(prefix="novigem-season-"))
    play(folder).store.close()
    return folder / "novigem.db"


def demo_database(folder: Path) -> Path:
    """Give a copy of the demo's database in a folder."""
    return Path(shutil.copy(played(), folder / "novigem.db"))


class LooksAs:
    """Signs everybody in as one reader; None: nobody is signed in."""

    def __init__(self, reader: Reader | None) -> None:
        self.current = reader

    def reader(self, request: HTTPConnection, store: SqlStore) -> Reader | None:
        """Give who looks."""
        del request, store
        return self.current


def reader(user: str | None, *roles: Role, reports: Iterable[str] = ()) -> Reader:
    """Give somebody who looks, a CSM at least."""
    return Reader(user=user, name=user or "", roles=frozenset((Role.CSM, *roles)), reports=frozenset(reports))


def demo_site(database: Path, who: Reader | None, now: datetime = AFTERWARDS) -> Site:
    """Give the site of a demo's database as somebody sees it at a moment."""
    return Site(open_engine(f"sqlite:///{database}"), LooksAs(who), clock=lambda: now)


@contextmanager
def client(site: Site) -> Iterator[TestClient]:
    """Give a client of a site that follows no redirects; afterwards nothing of the site is open."""
    try:
        with TestClient(create_app(site), follow_redirects=False) as browser:
            yield browser
    finally:
        site.engine.dispose()
