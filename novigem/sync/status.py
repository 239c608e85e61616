"""How the sync stands, from the store alone: no org is asked."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from novigem.feed.salesforce.cursor import FEEDS, ObjectCursor, read_cursor
from novigem.feed.salesforce.people import OBJECT as PEOPLE
from novigem.ledger.store import Store
from novigem.model.periods import SECOND
from novigem.model.snapshot import Lease, Stream
from novigem.sync.report import ObjectReport, read_report


class ObjectStatus(NamedTuple):
    """One object of an org. `covered` is the watermark, in microseconds since 1970 UTC; None before the first read.

    `records` counts the live ones, `put_aside` every row that ever could not be read. `lease` is held right now, and
    `last` is the report of the latest sync that was at work on the object.
    """

    org: str
    object: str
    covered: int | None
    lag_seconds: float | None
    is_filled: bool
    records: int
    put_aside: int
    lease: Lease | None
    last: ObjectReport | None


def read_status(store: Store, now: int) -> Sequence[ObjectStatus]:
    """Give every object that a sync has been at, people first; `now` is in microseconds since 1970 UTC.

    Raises StoreError, and FeedError for a position that this version does not understand.
    """
    positions = store.positions(FEEDS)
    reports = {feed: read_report(body) for feed, body in store.reports().items() if feed.startswith(FEEDS)}
    leases = {lease.name: lease for lease in store.leases() if lease.name.startswith(FEEDS)}
    put_aside = Counter(row.feed for row in store.rejected())
    told = []
    for feed in {**positions, **reports, **leases}:
        _feeds, org, name = feed.split("/", 2)
        cursor = read_cursor(positions[feed]) if feed in positions else None
        told.append(
            ObjectStatus(
                org=org,
                object=name,
                covered=None if cursor is None else cursor.covered,
                lag_seconds=None if cursor is None else max(0.0, (now - cursor.covered) / SECOND),
                is_filled=_is_filled(name, cursor),
                records=_records(store, Stream(org, name)),
                put_aside=put_aside[feed],
                lease=leases.get(feed),
                last=reports.get(feed),
            )
        )
    return sorted(told, key=lambda one: (one.org, one.object != PEOPLE, one.object))


def _is_filled(name: str, cursor: ObjectCursor | None) -> bool:
    return cursor is not None and (cursor.is_filled or name == PEOPLE)


def _records(store: Store, stream: Stream) -> int:
    return len(store.every_user()) if stream.object == PEOPLE else store.snapshot_count(stream)
