"""Writers: who changed a record, where Change Data Capture told of just one writer.

A poll knows the last writer only. A notice names the user of each commit; where all notices of a record around a change
name one user, that user made it. What no notice confirms stays as the poll saw it.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

import msgspec

from novigem.feed.cdc.notice import Notice
from novigem.model.change import Change

# A change carries the moment of its statement; its notice comes with the commit, which ends a transaction.
_LONGEST_TRANSACTION = timedelta(minutes=15)
_SECOND = timedelta(seconds=1)
# Records remembered; a poll comes long before as many others have changed.
_MOST_RECORDS = 100_000


class Writers:
    """Remembers notices by record. May be told from one thread and asked from another."""

    def __init__(self, most_records: int = _MOST_RECORDS) -> None:
        self._lock = Lock()
        self._most = most_records
        self._told: OrderedDict[str, list[tuple[str | None, datetime, str | None]]] = OrderedDict()

    def note(self, notice: Notice) -> None:
        """Remember who changed the records of a notice; one that names no moment tells nothing."""
        if notice.at is None:
            return
        with self._lock:
            for record in notice.ids:
                self._told.setdefault(record, []).append((notice.kind, notice.at, notice.user))
                self._told.move_to_end(record)
            while len(self._told) > self._most:
                self._told.popitem(last=False)

    def confirm(self, change: Change) -> Change:
        """Give the change with its writer, where that is sure; else as it is."""
        if change.confidence == "exact" or change.kind == "system_update":
            return change
        kind = "delete" if change.kind == "merge" else change.kind
        with self._lock:
            users = {
                user
                for log_event, at, user in self._told.get(change.id, ())
                if log_event == kind and _fits(at, change.at)
            }
        if len(users) != 1:
            return change
        (user,) = users
        return change if user is None else msgspec.structs.replace(change, by=user, confidence="exact")


def _fits(commit: datetime, change: datetime) -> bool:
    # Stamps are cut to the second, so the commit may lie a part of one before.
    return change - _SECOND < commit < change + _LONGEST_TRANSACTION
