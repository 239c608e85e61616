"""Writers: who changed a record, where Change Data Capture told of just one writer.

A poll knows the last writer only, and puts together what was edited since the poll before. A notice names the user of
each commit; where all notices of a record since then name one user, that user made the change. What no notice confirms,
and what notices were lost of, stays as the poll saw it.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

import msgspec

from novigem.feed.cdc.notice import Kind, Notice
from novigem.model.change import Change

# A change carries the moment of its statement; its notice comes with the commit, which ends a transaction.
_LONGEST_TRANSACTION = timedelta(minutes=15)
_SECOND = timedelta(seconds=1)
# Records remembered; a poll comes long before as many others have changed.
_MOST_RECORDS = 100_000


class _Heard(NamedTuple):
    number: int
    kind: Kind | None
    at: datetime
    user: str | None


class Writers:
    """Remembers notices by record. May be told from one thread and asked from another."""

    def __init__(self, most_records: int = _MOST_RECORDS) -> None:
        self._lock = Lock()
        self._most = most_records
        self._heard: OrderedDict[str, list[_Heard]] = OrderedDict()
        self._number = 0
        # Objects of which notices were lost, and when; None stands for all.
        self._deaf: dict[str | None, int] = {}

    def note(self, notice: Notice) -> None:
        """Remember who changed the records of a notice; one that names no moment tells nothing."""
        with self._lock:
            self._number += 1
            if notice.resync:
                self._deaf[notice.object] = self._number
            if notice.at is None:
                return
            for record in notice.ids:
                heard = _Heard(self._number, notice.kind, notice.at, notice.user)
                self._heard.setdefault(record, []).append(heard)
                self._heard.move_to_end(record)
            while len(self._heard) > self._most:
                self._heard.popitem(last=False)

    def lose(self) -> None:
        """Take it that notices were missed: of what is edited until the next whole sync, no writer is sure."""
        with self._lock:
            self._number += 1
            self._deaf[None] = self._number

    def mark(self) -> int:
        """Give a mark at the beginning of a sync, for `forget` at its end."""
        with self._lock:
            return self._number

    def forget(self, mark: int) -> None:
        """Forget what was heard before a mark: a sync that began there has told all of it."""
        with self._lock:
            kept = {record: [one for one in heard if one.number > mark] for record, heard in self._heard.items()}
            self._heard = OrderedDict((record, heard) for record, heard in kept.items() if heard)
            self._deaf = {name: number for name, number in self._deaf.items() if number > mark}

    def confirm(self, change: Change) -> Change:
        """Give the change with its writer, where that is sure; else as it is."""
        if change.confidence == "exact" or change.kind == "system_update":
            return change
        kind = "delete" if change.kind == "merge" else change.kind
        with self._lock:
            if not self._deaf.keys().isdisjoint((None, change.object)):
                return change
            heard = [one for one in self._heard.get(change.id, ()) if one.kind == kind]
        around = {one.user for one in heard if _fits(one.at, change.at)}
        # A poll that comes late tells the edits of several people as one.
        before = {one.user for one in heard if one.at <= change.at - _SECOND}
        if len(around) != 1 or not before <= around:
            return change
        (user,) = around
        return change if user is None else msgspec.structs.replace(change, by=user, confidence="exact")


def _fits(commit: datetime, change: datetime) -> bool:
    # Stamps are cut to the second, so the commit may lie a part of one before.
    return change - _SECOND < commit < change + _LONGEST_TRANSACTION
