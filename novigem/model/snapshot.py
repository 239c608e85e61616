"""Snapshots: our own copies of Salesforce records, from which every later change is found by comparison."""

from typing import Literal, NamedTuple

import msgspec

RecordState = Literal["live", "deleted", "purged"]

#: How long a lease is taken for, and kept for with each page: longer than the longest wait for one answer of an org.
#: What a dead process of the same machine left is taken over at once.
LEASE_SECONDS = 600.0


class Stream(NamedTuple):
    """One object of one org. `org` is the 18-character organisation id: sandbox copies share record ids."""

    org: str
    object: str

    @property
    def feed(self) -> str:
        """The name under which its position, rejects, lease and last report are kept."""
        return f"salesforce/{self.org}/{self.object}"


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """A record as last accepted. Moments are whole microseconds since 1970 UTC.

    `values` is the canonical JSON text of the watched fields. `rev` counts the changes accepted since the record was
    first seen. `stamp` is SystemModstamp and `modified` LastModifiedDate. `read` is the number of the read that brought
    it: of two answers with one stamp, the one from the later read counts. `missing` counts the sweeps in a row that did
    not find the record.

    It holds texts and numbers alone, so the garbage collector need not go through thousands of them with every page.
    """

    id: str
    values: str
    rev: int
    stamp: int
    modified: int
    state: RecordState
    read: int
    missing: int = 0


class Lease(NamedTuple):
    """The right to work on a feed until a moment; `fence` grows with each new holder.

    `until` is in microseconds since 1970 UTC, by the clock of the store.
    """

    name: str
    owner: str
    fence: int
    until: int
