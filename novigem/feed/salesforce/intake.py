"""Rows in, pages out: each row is read, held against our copy, and put aside when it makes no sense."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import msgspec

from novigem.feed.salesforce import soql
from novigem.feed.salesforce.compare import Comparison, ReadPass, compare
from novigem.feed.salesforce.cursor import ObjectCursor
from novigem.feed.salesforce.definitions import Definitions
from novigem.feed.salesforce.history import HistoryReader, may_hide_steps
from novigem.feed.salesforce.org import Org, all_rows
from novigem.feed.salesforce.records import Record, is_copy, read_record
from novigem.feed.salesforce.schema import ObjectSchema
from novigem.feed.source import Page, Rejected
from novigem.model.change import Change, from_micros, to_micros
from novigem.model.ids import whole_id
from novigem.model.redaction import Redactor
from novigem.model.snapshot import Lease, Snapshot, Stream

_RAW_CHARACTERS = 4000


@dataclass(frozen=True)
class PollOptions:
    """How an object is read; the defaults suit an org that is polled every few minutes.

    `overlap_seconds` are read again behind the watermark, since a row becomes visible later than its stamp says.
    `lag_seconds` is the longest transaction we expect where the org does not tell. `replication_seconds` lie at least
    between two replication calls of a kind. Above `bulk_above` rows a first read uses a bulk job. A sweep of all ids
    runs every `sweep_days`; one that would purge more than `purge_share` of the records is held back unless
    `allow_purge`. `with_history` reads field history, where the object has one. `reread` reads every record anew, and
    puts right what differs, whatever its stamp.
    """

    overlap_seconds: int = 900
    lag_seconds: int = 900
    replication_seconds: int = 300
    bulk_above: int = 50_000
    sweep_days: float = 7
    purge_share: float = 0.01
    allow_purge: bool = False
    with_history: bool = False
    reread: bool = False


@dataclass
class Tally:
    """What the reading of one object has come to so far. `alarms` are for people to look at.

    `returned` counts records that counted as gone for good and are there again.
    """

    rows: int = 0
    pages: int = 0
    restarts: int = 0
    repaired: int = 0
    purged: int = 0
    returned: int = 0
    alarms: list[str] = field(default_factory=list)


class Memory(Protocol):
    """Our copies of records, as they were committed."""

    def snapshots(self, stream: Stream, ids: Collection[str]) -> dict[str, Snapshot]:
        """Give the copies of some records, where there are any."""

    def snapshot_count(self, stream: Stream) -> int:
        """Count the live records."""

    def not_seen(self, stream: Stream, sweep: int) -> Iterator[Snapshot]:
        """Yield the live and deleted records that a sweep did not find."""

    def redactor(self) -> Redactor:
        """Give who is erased: copies name them no more, and rows of the org still do."""


@dataclass(frozen=True)
class Intake:
    """Everything that stays the same while one object is read."""

    org: Org
    memory: Memory
    schema: ObjectSchema
    lease: Lease | None
    options: PollOptions
    tally: Tally

    @property
    def stream(self) -> Stream:
        """The object and its org."""
        return Stream(self.org.id, self.schema.object)

    def now(self) -> int:
        """Give the org's time, in microseconds since 1970 UTC."""
        return to_micros(self.org.now())

    def page(
        self,
        rows: Sequence[Mapping[str, Any]],
        cursor: ObjectCursor,
        *,
        gone: Sequence[tuple[Snapshot, int]] = (),
        seen: Collection[str] = (),
        total: int | None = None,
    ) -> Page:
        """Make the page of some rows, read and committed under a cursor.

        `gone` are copies of records that are no more, and since when.
        """
        reading = ReadPass(cursor.read, cursor.feed_start, not cursor.is_filled, cursor.since)
        rejected: list[Rejected] = []
        known = self.memory.snapshots(self.stream, set(_ids(rows)))
        # Each row is read and compared while it is near the processor: a tenth less time than in two steps.
        redactor = self.memory.redactor()
        changes, written = self._compared(self._records(rows, rejected, redactor), known, reading, redactor)
        for copy, at in gone:
            changes += _ended(self.schema.object, copy, at)
            written[copy.id] = msgspec.structs.replace(
                copy, state="purged", rev=copy.rev + (copy.state == "live"), read=reading.number, missing=0
            )
            self.tally.purged += 1
        self.tally.rows += len(rows)
        self.tally.pages += 1
        return Page(
            changes,
            rejected=rejected,
            position=cursor.encode(),
            done=self.tally.rows,
            total=total,
            snapshots=[written[one] for one in sorted(written)],
            stream=self.stream,
            lease=self.lease,
            seen=seen,
            sweep=cursor.sweep,
        )

    def rows_of(self, ids: Collection[str]) -> Iterator[list[Mapping[str, Any]]]:
        """Ask for records by id and yield the rows that there are, some at a time."""
        every = sorted(ids)
        for start in range(0, len(every), soql.IDS_AT_A_TIME):
            yield list(all_rows(self.org, soql.rows_of(self.schema, every[start : start + soql.IDS_AT_A_TIME])))

    def _records(
        self, rows: Sequence[Mapping[str, Any]], rejected: list[Rejected], redactor: Redactor
    ) -> Iterator[Record]:
        for row in rows:
            if is_copy(row):
                continue
            try:
                yield read_record(redactor.value(row) if redactor else row, self.schema)
            except (KeyError, TypeError, ValueError) as error:
                reason = f"no {error.args[0]}" if isinstance(error, KeyError) else str(error)
                raw = msgspec.json.encode(row).decode()[:_RAW_CHARACTERS]
                rejected.append(Rejected(f"{row.get('Id')} {row.get('SystemModstamp')}", reason, raw))

    def _compared(
        self, records: Iterable[Record], known: dict[str, Snapshot], reading: ReadPass, redactor: Redactor
    ) -> tuple[list[Change], dict[str, Snapshot]]:
        changes: list[Change] = []
        written: dict[str, Snapshot] = {}
        edited: list[tuple[Record, Snapshot | None, Comparison]] = []
        for record in records:
            copy = known.get(record.id)
            outcome = compare(record, copy, reading, self.schema)
            if outcome.snapshot is None:
                continue
            known[record.id] = written[record.id] = outcome.snapshot
            self.tally.returned += copy is not None and (copy.state, outcome.snapshot.state) == ("purged", "live")
            if self._has_history and may_hide_steps(record, copy, outcome):
                edited.append((record, copy, outcome))
            else:
                changes += outcome.changes
        if edited:
            for told in HistoryReader(self.org, self.schema, redactor, self._definitions).refine(edited):
                changes += told.changes
                if told.snapshot is not None:
                    written[told.snapshot.id] = told.snapshot
        return changes, written

    @cached_property
    def _definitions(self) -> Definitions:
        return Definitions(self.org, self.schema.object)

    @property
    def _has_history(self) -> bool:
        return self.options.with_history and self.schema.history is not None


def _ids(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        try:
            yield whole_id(row["Id"])
        except (KeyError, TypeError, ValueError):
            continue  # a row that makes no sense, which is put aside when it is read


def _ended(name: str, copy: Snapshot, at: int) -> list[Change]:
    if copy.state != "live":
        return []
    values = msgspec.json.decode(copy.values)
    return [Change(name, copy.id, "delete", from_micros(at), values, {}, None, copy.rev + 1)]
