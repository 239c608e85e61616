"""The windows of the replication calls `/updated` and `/deleted`: whole minutes, and more than one of them."""

from datetime import datetime

from novigem.model.change import from_micros
from novigem.model.periods import MINUTE

# The calls cut seconds off, so a window begins a little earlier than where the last one ended.
_BACK = 2 * MINUTE


def replication_window(covered: int, now: int) -> tuple[datetime, datetime] | None:
    """Give start and end of the window to ask for, or None where less than the minimum of a minute has passed.

    Both moments are microseconds since 1970 UTC.
    """
    start = (covered - _BACK) // MINUTE * MINUTE
    end = now // MINUTE * MINUTE
    return (from_micros(start), from_micros(end)) if end - start > MINUTE else None
