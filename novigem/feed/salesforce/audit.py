"""Our copies of one object's records beside the records themselves: what agrees, what will come, what was missed.

Only reads, and writes nothing: neither here nor there. A record that the next sync reads anyway may differ; one that
the watermark has passed may not.
"""

import random
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, NamedTuple, Protocol, Self

import msgspec

from novigem.feed.salesforce import soql
from novigem.feed.salesforce.cursor import ObjectCursor
from novigem.feed.salesforce.intake import Intake, Memory
from novigem.feed.salesforce.org import WindowRefused
from novigem.feed.salesforce.paging import query_pages
from novigem.feed.salesforce.records import Record, is_copy, read_record
from novigem.feed.salesforce.schema import ObjectSchema
from novigem.feed.salesforce.window import replication_window
from novigem.model.ids import whole_id
from novigem.model.periods import DAY, SECOND
from novigem.model.snapshot import Snapshot, Stream

Verdict = Literal["same", "coming", "missed", "hidden", "unknown"]

#: Rows in a page of a query, unless they are wide; what a whole pass costs is estimated with it.
ROWS_IN_A_PAGE = 2000
_MOST_EXAMPLES = 50
_LONGEST_SHOWN = 40
# `/deleted` reaches back 15 days.
_DELETED_DAYS = 14
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Example(NamedTuple):
    """A record that does not agree: its id, in which way, and what our copy and the org say of it."""

    record: str
    verdict: Verdict
    kept: str
    found: str


@dataclass
class Audit:
    """What the comparison of one object came to.

    `same` agree. `coming` differ, and the next sync reads them anyway. `missed` differ although the watermark has
    passed them, and `unknown` have no copy although it has: both are defects. `hidden` live here, and the org does not
    show them any more. `rejected` could not be read. `examples` holds some of those that are findings.
    """

    object: str
    same: int = 0
    coming: int = 0
    missed: int = 0
    hidden: int = 0
    unknown: int = 0
    rejected: int = 0
    is_sample: bool = False
    examples: list[Example] = field(default_factory=list)

    @property
    def checked(self) -> int:
        """How many records were looked at."""
        return self.same + self.coming + self.findings + self.rejected

    @property
    def findings(self) -> int:
        """How many records are not as they should be."""
        return self.missed + self.hidden + self.unknown

    def count(self, record: str, verdict: Verdict, kept: str, found: str) -> None:
        """Count one record."""
        setattr(self, verdict, getattr(self, verdict) + 1)
        if verdict not in {"same", "coming"} and len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(Example(record, verdict, kept, found))


class Copies(Memory, Protocol):
    """Our copies of records, all of which can be gone through."""

    def every_snapshot(self, stream: Stream) -> Iterator[Snapshot]:
        """Yield all copies of a stream, ordered by id."""


class Auditor:
    """Compares one object. `cursor` is how far its feed had come before the org is read.

    Raises OrgError, FieldGone, SessionError, LimitReached or OrgUnavailable while it reads.
    """

    def __init__(self, intake: Intake, copies: Copies, cursor: ObjectCursor) -> None:
        self._intake = intake
        self._copies = copies
        self._cursor = cursor
        self._started = intake.now()
        # What is read again with every sync may still differ.
        self._settled = cursor.covered - intake.options.overlap_seconds * SECOND

    def everything(self) -> Audit:
        """Compare all records."""
        audit = Audit(self._intake.schema.object)
        with _Seen() as seen:
            for page in query_pages(self._intake, self._rows_behind):
                self._hold(audit, page.records)
                seen.add(whole_id(row["Id"]) for row in page.records)
            missing = (
                copy for part in _parts(self._copies.every_snapshot(self._intake.stream)) for copy in seen.lacking(part)
            )
            self._judge_missing(audit, missing)
        return audit

    def some(self, number: int, chance: random.Random) -> Audit:
        """Compare a number of records, drawn at random from our copies; what has no copy is not found so."""
        audit = Audit(self._intake.schema.object, is_sample=True)
        drawn = {copy.id: copy for copy in _drawn(self._copies.every_snapshot(self._intake.stream), number, chance)}
        for rows in self._intake.rows_of(drawn):
            self._hold(audit, rows)
            for row in rows:
                drawn.pop(whole_id(row["Id"]), None)
        self._judge_missing(audit, drawn.values())
        return audit

    def _rows_behind(self, last: Mapping[str, Any] | None) -> str:
        return soql.every_row(self._intake.schema, whole_id(last["Id"]) if last else "")

    def _hold(self, audit: Audit, rows: Iterable[Mapping[str, Any]]) -> None:
        """Hold rows against our copies of them."""
        records: list[Record] = []
        redactor = self._copies.redactor()
        for row in rows:
            if is_copy(row):
                continue
            try:
                records.append(read_record(redactor.value(row) if redactor else row, self._intake.schema))
            except (KeyError, TypeError, ValueError):
                audit.rejected += 1
        known = self._copies.snapshots(self._intake.stream, {record.id for record in records})
        for record in records:
            copy = known.get(record.id)
            verdict, kept, found = self._judge(record, copy)
            audit.count(record.id, verdict, kept, found)

    def _judge(self, record: Record, copy: Snapshot | None) -> tuple[Verdict, str, str]:
        is_settled = record.stamp < self._settled and self._cursor.is_filled
        state = "deleted" if record.is_deleted else "live"
        if copy is None:
            return ("unknown" if is_settled else "coming"), "no copy", state
        if copy.stamp > record.stamp:
            return "same", "", ""  # a sync has read it since
        difference = _difference(record, copy, self._intake.schema, self._cursor.since)
        if difference is None:
            return "same", "", ""
        return ("missed" if is_settled else "coming"), *difference

    def _judge_missing(self, audit: Audit, missing: Iterable[Snapshot]) -> None:
        """Judge copies of records that the org does not show."""
        listed: Collection[str] | None = None
        for copy in missing:
            if copy.state != "live" or copy.stamp >= self._started:
                # Gone here as well; or made by a sync that ran beside us.
                audit.count(copy.id, "same", "", "")
                continue
            listed = self._purged() if listed is None else listed
            audit.count(copy.id, "coming" if copy.id in listed else "hidden", "live", "not visible")

    def _purged(self) -> Collection[str]:
        """Ask which records were deleted since the feed last asked: those, the next sync ends."""
        start = max(self._cursor.deletions, self._started - _DELETED_DAYS * DAY)
        window = replication_window(start, self._started)
        if window is None:
            return ()
        try:
            return frozenset(
                whole_id(one.id) for one in self._intake.org.deleted(self._intake.schema.object, *window).records
            )
        except WindowRefused:
            return ()


def _difference(
    record: Record, copy: Snapshot, schema: ObjectSchema, since: Mapping[str, int]
) -> tuple[str, str] | None:
    """Say in which states or fields our copy and a record differ; None where nothing does."""
    is_live = copy.state == "live"
    if is_live == record.is_deleted:
        return copy.state, "deleted" if record.is_deleted else "live"
    if not is_live:
        return None  # nobody edits what is deleted
    was = _decode(copy.values)
    differing = [
        one.path
        for one in schema.fields
        if one.is_compared
        and one.path in was
        and since.get(one.path, 0) <= copy.read
        and was[one.path] != record.values[one.path]
    ]
    return (_shown(differing, was), _shown(differing, record.values)) if differing else None


def _shown(paths: Iterable[str], values: Mapping[str, Any]) -> str:
    return ", ".join(f"{path} {str(values[path])[:_LONGEST_SHOWN]}" for path in paths)


def _drawn(copies: Iterable[Snapshot], number: int, chance: random.Random) -> list[Snapshot]:
    """Draw some copies, each with the same chance, in one pass and without keeping the others."""
    drawn: list[Snapshot] = []
    for place, copy in enumerate(one for one in copies if one.state != "purged"):
        if place < number:
            drawn.append(copy)
        elif (chosen := chance.randrange(place + 1)) < number:
            drawn[chosen] = copy
    return drawn


def _parts(copies: Iterator[Snapshot]) -> Iterator[list[Snapshot]]:
    while part := list(islice(copies, soql.IDS_AT_A_TIME)):
        yield part


class _Seen:
    """The ids that the org showed: on a temporary file of SQLite's own, so that millions of them need no memory.

    The two sides cannot be gone through side by side: an org and a database need not sort ids alike.
    """

    def __init__(self) -> None:
        # An empty name is a database that spills to a nameless file, which is gone with the connection.
        self._connection = closing(sqlite3.connect("", isolation_level=None))

    def __enter__(self) -> Self:
        self._open = self._connection.__enter__()
        self._open.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.__exit__(*error)

    def add(self, ids: Iterable[str]) -> None:
        self._open.execute("BEGIN")
        self._open.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((one,) for one in ids))
        self._open.execute("COMMIT")

    def lacking(self, copies: list[Snapshot]) -> list[Snapshot]:
        """Give the copies whose ids were not seen."""
        marks = ", ".join("?" * len(copies))
        query = f"SELECT id FROM seen WHERE id IN ({marks})"  # noqa: S608 - question marks alone
        seen = {row[0] for row in self._open.execute(query, [copy.id for copy in copies])}
        return [copy for copy in copies if copy.id not in seen]
