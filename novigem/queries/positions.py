"""Reading as of one ledger position, though others go on writing."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from novigem.ledger.store import EntryFilter, Store
from novigem.model.change import to_micros

#: A ledger position, or a moment: what had happened before it.
AsOf = int | datetime

# A reader beside a busy writer gives up waiting for a quiet moment after so many tries.
_MOST_READS = 5
_Found = TypeVar("_Found")


def read_steadily(store: Store, read: Callable[[], _Found]) -> tuple[_Found, int]:
    """Give what several reads find as of one ledger position, and that position: anew when a run commits in between."""
    for _attempt in range(_MOST_READS):
        position = store.entry_count()
        found = read()
        if store.entry_count() == position:
            break
    return found, position


def before(which: EntryFilter, as_of: AsOf | None) -> EntryFilter:
    """Give a filter that lets through only what stood at a position, or had happened before a moment."""
    if as_of is None:
        return which
    if isinstance(as_of, int):
        return which._replace(up_to=as_of)
    until = to_micros(as_of)
    return which._replace(until=until if which.until is None else min(until, which.until))
