"""What a closing waits for: nothing is closed over changes that have not been read yet."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from novigem.feed.salesforce.cursor import FEEDS, read_cursor
from novigem.ledger.store import Store
from novigem.model.program import Program


class FeedCoverage(NamedTuple):
    """How far the objects of a program have been read from Salesforce, in microseconds since 1970 UTC.

    `covered` is empty where nothing is read from there; None stands for an object that has not been read yet.
    """

    covered: Mapping[str, int | None]

    def lacks(self, final_at: int) -> tuple[str, ...]:
        """Give the objects that have not been read up to a moment."""
        return tuple(name for name, covered in self.covered.items() if covered is None or covered < final_at)


def feed_coverage(program: Program, store: Store) -> FeedCoverage:
    """Look how far the objects that a program watches have been read; raises FeedError for an unreadable position."""
    reached: dict[str, list[int]] = {}
    for feed, position in store.positions(FEEDS).items():
        cursor = read_cursor(position)
        # A deletion may take points back, so what was deleted must have been read as far.
        reached.setdefault(feed.split("/", 2)[2], []).append(min(cursor.covered, cursor.deletions or cursor.covered))
    if not reached:
        return FeedCoverage({})
    return FeedCoverage({name: min(reached.get(name, ()), default=None) for name in program.objects})


def waits_words(objects: Sequence[str]) -> str:
    """Name the objects that a closing waits for."""
    return ", ".join(objects)
