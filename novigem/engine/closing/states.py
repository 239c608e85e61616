"""How the windows of a program stand: running, provisional or final. Read only; `due.py` closes them."""

from collections.abc import Iterator
from typing import NamedTuple

from novigem.engine.closing.waiting import FeedCoverage, feed_coverage
from novigem.engine.closing.windows import Window, windows
from novigem.ledger.store import Store
from novigem.model.closing import Closing
from novigem.model.program import Program


class WindowState(NamedTuple):
    """How a window stands at a moment: `running`, `provisional` (late changes still count) or `final`.

    `waits_for` are objects that must be read further before it closes; `is_due` says that nothing is in its way.
    """

    window: Window
    status: str
    closing: Closing | None = None
    waits_for: tuple[str, ...] = ()
    is_due: bool = False


def states(program: Program, store: Store, now: int) -> Iterator[WindowState]:
    """Yield how each window of a program stands that has begun; `now` is in microseconds since 1970 UTC."""
    kept = {one.key: one for one in store.closings(program.program)}
    read = feed_coverage(program, store)
    for window in windows(program, store, now):
        yield state_of(window, kept.get(window.key), read, now)


def state_of(window: Window, closing: Closing | None, read: FeedCoverage, now: int) -> WindowState:
    """Give how one window stands; `closing` is what is kept of it."""
    if closing is not None:
        return WindowState(window, "final", closing)
    if now < window.end:
        return WindowState(window, "running")
    lacks = read.lacks(window.final_at)
    return WindowState(window, "provisional", None, lacks, is_due=now >= window.final_at and not lacks)
