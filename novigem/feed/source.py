"""The protocol of a change source, and the page it hands over."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from novigem.model.change import Change
from novigem.model.people import Person
from novigem.model.snapshot import Lease, Snapshot, Stream

#: Changes in a page unless asked otherwise: a transaction of a third of a second, and a tenth less work per award than
#: with half as many. Measured in `benchmarks/ledger.py`.
PAGE_SIZE = 10_000


class Rejected(NamedTuple):
    """A piece of input that could not be read: kept aside, counted, and never the end of a run.

    `place` names it inside its source (a line number); `reason` says what is wrong; `raw` is its beginning.
    """

    place: str
    reason: str
    raw: str


class Page(NamedTuple):
    """What one transaction takes in: changes, people told on the way, rejects, and where to go on after a restart.

    In a `verified` page every id has been held against its check characters, or is taken as it has been kept.

    `position` is opaque to the engine; None means that the source cannot be resumed. `done` and `total` are for
    progress bars only, in the source's own unit (bytes); `total` is None where it is not known.

    A source that compares records with copies of its own hands over the new `snapshots` of its `stream`, and the ids
    that its `sweep` with a number found, as `seen`. A page with a `lease` commits only while that lease is held.
    """

    changes: Sequence[Change]
    people: Sequence[Person] = ()
    rejected: Sequence[Rejected] = ()
    position: str | None = None
    done: int = 0
    total: int | None = None
    snapshots: Sequence[Snapshot] = ()
    stream: Stream | None = None
    lease: Lease | None = None
    seen: Collection[str] = ()
    sweep: int = 0
    verified: bool = False


class ChangeSource(Protocol):
    """Anything that yields pages. `name` is the identity under which its position is kept."""

    @property
    def name(self) -> str:
        """The identity of the source; two sources with one name share a position."""

    def pages(self, after: str | None) -> Iterator[Page]:
        """Yield the pages after a position (None: from the beginning)."""


class MemorySource:
    """Changes held in memory, for tests and small embeddings; not resumable."""

    def __init__(
        self,
        changes: Iterable[Change],
        people: Iterable[Person] = (),
        *,
        name: str = "memory",
        page_size: int = PAGE_SIZE,
    ) -> None:
        self.name = name
        self._changes = tuple(changes)
        self._people = tuple(people)
        self._page_size = page_size

    def pages(self, after: str | None = None) -> Iterator[Page]:
        """Yield all changes in pages, whatever the position."""
        del after
        size = self._page_size
        starts = range(0, max(len(self._changes), 1), size)
        for start in starts:
            part = self._changes[start : start + size]
            people = self._people if start == 0 else ()
            yield Page(part, people, done=start + len(part), total=len(self._changes))
