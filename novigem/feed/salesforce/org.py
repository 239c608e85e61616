"""What the feed asks of a Salesforce org. `client.py` answers it over HTTP; tests may answer it in other ways.

Every method may raise OrgError (the org refuses: no retry helps), SessionError, LimitReached or OrgUnavailable (all
retries are behind it), and the signals below that the poller knows how to go on from.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from novigem.errors import FeedError, OrgUnavailable


class CursorGone(FeedError):  # noqa: N818 - a signal of the API that the poller goes on from
    """A query's cursor has died (INVALID_QUERY_LOCATOR): go on by key."""


class WindowRefused(FeedError):  # noqa: N818 - as CursorGone
    """A replication call refused its window (INVALID_REPLICATION_DATE, EXCEEDED_ID_LIMIT)."""


class FieldGone(FeedError):  # noqa: N818 - as CursorGone
    """A field of a query does not exist or may no longer be read (INVALID_FIELD): describe again."""


class QueryTooSlow(OrgUnavailable):
    """A query ran for too long (QUERY_TIMEOUT), again and again: ask for a smaller window."""


class QueryPage(NamedTuple):
    """One page of a query: rows as the JSON says them, and the address of the next page, None at the end."""

    records: Sequence[Mapping[str, Any]]
    more: str | None
    total: int


class Updated(NamedTuple):
    """The answer of `/updated`: everything before `covered` is committed and visible."""

    ids: Sequence[str]
    covered: datetime


class Gone(NamedTuple):
    """One record that `/deleted` lists."""

    id: str
    at: datetime


class Deleted(NamedTuple):
    """The answer of `/deleted`. `earliest` is how far back it reaches."""

    records: Sequence[Gone]
    earliest: datetime
    covered: datetime


class Usage(NamedTuple):
    """API calls used and allowed in the last 24 hours, as the org last said."""

    used: int
    allowed: int


class Org(Protocol):
    """A connected org. All moments are aware, in UTC."""

    @property
    def id(self) -> str:
        """The 18-character organisation id."""

    @property
    def calls(self) -> int:
        """API calls made by this connection so far."""

    @property
    def usage(self) -> Usage | None:
        """What the org last said of its limit; None when it has not."""

    def now(self) -> datetime:
        """Give the org's own time, from the `Date` of its answers; asks the org when none came yet."""

    def describe(self, name: str, *, fresh: bool = False) -> Mapping[str, Any]:
        """Give the describe of an object as the API says it, kept for an hour unless a `fresh` one is asked for.

        Raises OrgError for an object that may not be read.
        """

    def query(self, soql: str, *, deleted: bool = True) -> QueryPage:
        """Give the first page of a query; `deleted` also finds deleted and archived rows (queryAll)."""

    def query_more(self, more: str) -> QueryPage:
        """Give the next page of a query. Raises CursorGone when the cursor has died."""

    def updated(self, name: str, start: datetime, end: datetime) -> Updated:
        """Ask which records changed in a window. Raises WindowRefused."""

    def deleted(self, name: str, start: datetime, end: datetime) -> Deleted:
        """Ask which records were deleted in a window. Raises WindowRefused."""

    def bulk(self, soql: str) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Run a Bulk API 2.0 query job (queryAll) and yield its rows in parts: texts, with None for empty cells.

        Columns of parents are dotted, as in `Account.OwnerId`. The job is deleted when the caller stops.
        """


def all_rows(org: Org, soql: str, *, deleted: bool = True) -> Iterator[Mapping[str, Any]]:
    """Yield every row of a query that is short enough for one cursor. Raises as `Org.query` and `Org.query_more`."""
    page = org.query(soql, deleted=deleted)
    yield from page.records
    while page.more is not None:
        page = org.query_more(page.more)
        yield from page.records
