"""The small world behind a server: each sync connects anew, as a process does, and meets what connections do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from pydantic import SecretStr

from novigem.errors import NovigemError
from novigem.feed.salesforce.client import SalesforceOrg, connect
from novigem.feed.salesforce.org import QueryPage
from novigem.feed.salesforce.settings import ClientCredentials, OrgSettings
from novigem.feed.salesforce.transport import Patience
from novigem.sync.report import SyncReport
from novigem_sandbox.org import Clock, Running, SampleOrg, faults, serve
from novigem_sandbox.org.faults import Effect
from tests.bed.world import NOON, World

PATIENT = Patience(first=0, longest=0)
#: Nothing waits between tries; a busy machine may take its time to answer.
HASTY = Patience(read=30, attempts=3, first=0, longest=0)
#: A test that waits for an answer that never comes should not wait for long.
IMPATIENT = Patience(read=1, attempts=3, first=0, longest=0)
_NO_ANSWER = "no answer"


def _expired(org: SampleOrg) -> Effect:
    return faults.calling(org.sessions.expire_all)


def _cursors_gone(org: SampleOrg) -> Effect:
    return faults.calling(org.cursors.expire_all)


#: What may happen to a request, and to how many in a row; None: to every one from there on.
FAULTS: Mapping[str, tuple[Callable[[SampleOrg], Effect], int | None]] = {
    "session ends": (_expired, 1),
    "session ends again and again": (_expired, None),
    "session is refused for good": (lambda _org: faults.session_expired(), None),
    "maintenance passes": (lambda _org: faults.maintenance(), 2),
    "maintenance stays": (lambda _org: faults.maintenance(), None),
    "connection breaks": (lambda _org: faults.reset(), 1),
    "connection breaks for good": (lambda _org: faults.reset(), None),
    "answer is cut off": (lambda _org: faults.truncated(), 1),
    "answer and connection are cut off": (lambda _org: faults.truncated(closes=True), 2),
    "a page instead of data": (lambda _org: faults.html_instead(), 1),
    _NO_ANSWER: (lambda _org: faults.hanging(60), 1),
    "cursors die": (_cursors_gone, 1),
    "cursors die again and again": (_cursors_gone, None),
    "a query takes too long": (lambda _org: faults.query_timeout(), 2),
    "calls are used up": (lambda _org: faults.total_limit(), None),
    "too many at once": (lambda _org: faults.concurrent_limit(), 2),
}


class Listening:
    """A connected org whose rows are noted as they come."""

    def __init__(self, org: SalesforceOrg) -> None:
        self._org = org
        self.served: list[Mapping[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._org, name)

    def query(self, soql: str, *, deleted: bool = True) -> QueryPage:
        return self._noted(self._org.query(soql, deleted=deleted))

    def query_more(self, more: str) -> QueryPage:
        return self._noted(self._org.query_more(more))

    def bulk(self, soql: str) -> Iterator[Sequence[Mapping[str, Any]]]:
        raise NotImplementedError("its rows are texts, which the observer does not read")

    def _noted(self, page: QueryPage) -> QueryPage:
        self.served += [row for row in page.records if "CreatedById" in row and "IsDeleted" in row]
        return page


class HttpWorld(World):
    """A world whose org is served."""

    def __init__(self, running: Running, *, page_size: int = 3) -> None:
        super().__init__(org=running.org)
        self._running = running
        self._page_size = page_size
        self._patience = PATIENT
        self.calm()

    def calm(self) -> None:
        """Switch everything off but the size of pages."""
        self._patience = PATIENT
        self.org.faults.clear()
        self.org.faults.add(faults.small_pages(self._page_size), "/query", times=None)

    def sync(self) -> SyncReport:
        sessions = self.org.sessions
        sign_in = ClientCredentials(self._running.url, sessions.client_id, SecretStr(sessions.client_secret))
        with connect(OrgSettings(sign_in), patience=self._patience) as org:
            self.direct = Listening(org)  # type: ignore[assignment]  # it does what is asked of the other
            return super().sync()

    def sync_through(
        self, fault: str, at: int, step: Callable[[], None], step_at: int, *, path: str = "/services/data"
    ) -> int:
        """Sync while a fault strikes from the n-th request on, and something happens in the org before another.

        Gives how often it struck.
        """
        effect, times = FAULTS[fault]
        self._patience = IMPATIENT if fault == _NO_ANSWER else HASTY
        # First: behind a fault that answers instead of the org, nothing happens.
        self.org.faults.add(faults.calling(step), path, at=step_at)
        struck = self.org.faults.add(effect(self.org), path, at=at, times=times)
        # The next sync goes on from wherever this one has come to.
        with suppress(NovigemError):
            self.sync()
        self.calm()
        return struck.fired


@contextmanager
def http_world(*, page_size: int = 3) -> Iterator[HttpWorld]:
    """Give a world of its own behind a server of its own."""
    org = SampleOrg(Clock.at(NOON))
    org.sessions.life_seconds = 10**8
    with serve(org) as running:
        yield HttpWorld(running, page_size=page_size)
    assert running.failures == []
