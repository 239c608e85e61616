"""Our copies of records against the change log: the changes of a record must lead to the copy that is kept.

Every change that a comparison finds is numbered, logged, and committed with the copy it led to. So the numbers of a
record's changes run from 1 to the copy's own without a gap, and the last of them carries the copy's values.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from novigem.feed.salesforce.cursor import FEEDS, read_cursor
from novigem.feed.salesforce.schema import moves_by_itself
from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.discrepancy import Discrepancy
from novigem.model.snapshot import Snapshot, Stream

_CHANGES_AT_A_TIME = 2000
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def unproved_copies(store: Store) -> Iterator[Discrepancy]:
    """Yield the copies that the logged changes of their records do not lead to, one record at a time."""
    streams = {}
    for feed, position in store.positions(FEEDS).items():
        _salesforce, org, name = feed.split("/")
        stream = streams[name] = Stream(org, name)
        cursor = read_cursor(position)
        # A field that joined late, or was out of sight for a while, was taken over without a change.
        silent = frozenset((*cursor.since, *cursor.lost))
        for copy in store.every_snapshot(stream):
            if copy.rev:
                yield from _of_record(store, stream, copy, silent)
    yield from _of_untouched(store, streams)


def _of_record(store: Store, stream: Stream, copy: Snapshot, silent: frozenset[str]) -> Iterator[Discrepancy]:
    # Changes that came out of a file are not numbered.
    told = {one.seq: one for _logged, one in store.changes_of([copy.id]) if one.seq and one.object == stream.object}
    what = f"{stream.object} {copy.id}"
    absent = [number for number in range(1, copy.rev + 1) if number not in told]
    if absent:
        yield Discrepancy(what, f"{copy.rev} changes", f"change {absent[0]} is not in the log")
    elif max(told) > copy.rev:
        yield Discrepancy(what, f"{copy.rev} changes", f"change {max(told)} in the log")
    elif copy.state == "live":
        yield from _of_values(what, copy, told[copy.rev], silent)


def _of_values(what: str, copy: Snapshot, last: Change, silent: frozenset[str]) -> Iterator[Discrepancy]:
    for path, value in _decode(copy.values).items():
        if path in silent or moves_by_itself(path) or path not in last.new or last.new[path] == value:
            continue
        yield Discrepancy(f"{what} {path}", repr(value), repr(last.new[path]))


def _of_untouched(store: Store, streams: dict[str, Stream]) -> Iterator[Discrepancy]:
    """Find changes of records whose copy says that there was none."""
    numbered = (one for _logged, one in store.changes() if one.seq and one.object in streams)
    while part := list(islice(numbered, _CHANGES_AT_A_TIME)):
        for name in sorted({one.object for one in part}):
            copies = store.snapshots(streams[name], {one.id for one in part if one.object == name})
            for one in part:
                copy = copies.get(one.id) if one.object == name else None
                if copy is not None and copy.rev == 0:
                    yield Discrepancy(f"{name} {one.id}", "no change", f"change {one.seq} in the log")
