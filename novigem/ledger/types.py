"""What a store keeps and is asked: rows of the change log and of programs, and which rows somebody wants to read."""

from typing import Literal, NamedTuple

from novigem.model.entry import Entry
from novigem.model.request import RequestKind, RequestStatus


class LoggedChange(NamedTuple):
    """A change as the change log keeps it: moment (microseconds since 1970 UTC), digest, and the canonical body."""

    at: int
    digest: bytes
    object: str
    record: str
    kind: str
    body: str


class Latest(NamedTuple):
    """The newest entry of a dedupe key, and whether it has been reversed."""

    entry: Entry
    is_reversed: bool


class ItemKey(NamedTuple):
    """A thing counted once: in a scope (a book or a challenge's period), for a user."""

    scope: str
    user: str
    item: str


class StoredProgram(NamedTuple):
    """A program version as accepted: its text and the moment (microseconds since 1970 UTC)."""

    program: str
    version: str
    text: str
    accepted: int


How = Literal["accepted", "dated", "scored anew"]


class ProgramUse(NamedTuple):
    """From when on a program version is in force: for changes that happened from `effective` on.

    Both moments in microseconds since 1970 UTC; of two uses that cover a moment, the one accepted later counts. `how`:
    `accepted` with the next run, from the start, what had been paid stays; `dated` from a moment on; `scored anew`:
    everything from `effective` on was made what this version makes of it.
    """

    program: str
    accepted: int
    version: str
    effective: int
    how: How = "accepted"
    author: str | None = None
    reason: str | None = None


class Extent(NamedTuple):
    """How much a store holds: the number of the newest entry, logged changes, and uses of program versions."""

    entries: int
    changes: int
    uses: int


class RejectedRow(NamedTuple):
    """A piece of input put aside."""

    feed: str
    place: str
    reason: str
    raw: str
    seen: int


class EntryFilter(NamedTuple):
    """Which entries to read; None means all. Times are microseconds since 1970 UTC, `[since, until)`.

    `up_to` and `after` are ledger positions: the newest entry to read, and the one behind which reading begins. `rules`
    are several rules of which any will do.
    """

    program: str | None = None
    user: str | None = None
    rule: str | None = None
    challenge: str | None = None
    record: str | None = None
    since: int | None = None
    until: int | None = None
    up_to: int | None = None
    after: int | None = None
    rules: frozenset[str] | None = None
    period: str | None = None


class RowFilter(NamedTuple):
    """Which progress rows or badge awards to read; None means all."""

    program: str | None = None
    user: str | None = None
    challenge: str | None = None
    period: str | None = None


class RequestFilter(NamedTuple):
    """Which requests to read; None means all."""

    kind: RequestKind | None = None
    status: RequestStatus | None = None
    program: str | None = None
    user: str | None = None


class Moment(NamedTuple):
    """What tells one state of the ledger from every other; see `novigem.ledger.sql.reader.SqlReader.moment`."""

    revision: int
    digest: bytes | None
    joined: int | None
    bound: int | None


class Who(NamedTuple):
    """Which people a board ranks. Empty `roles` and `managers` mean everybody; `excluded` are ids.

    Of the `joined`, who have several users, neither role nor manager is looked at: those that are ranked are `users`.
    """

    roles: frozenset[str] = frozenset()
    managers: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()

    @property
    def everybody(self) -> bool:
        """True when nobody is left out."""
        return not any(self)


EVERY_ENTRY = EntryFilter()
EVERY_ROW = RowFilter()
EVERY_REQUEST = RequestFilter()
EVERYBODY = Who()
