"""The truth table: a row of the org beside our copy of it gives changes, and the copy to keep.

Salesforce's stamps say where to look. What happened is decided here, by content alone, so that reading a row twice
does nothing. Pure: no clock, no network, no store.

    our copy   the row      content      gives
    none       live         -            create; nothing for a record older than the feed
    none       deleted      -            create and delete; nothing for a record older than the feed
    live       live         same         nothing; the new stamp is kept
    live       live         different    update; system_update where no person's edit moved the row
    live       deleted      -            (update where it differs, then) delete, or merge into the winner
    deleted    live         -            undelete (then update where it differs)
    deleted    deleted      -            nothing
    any        older stamp  -            nothing: the answer is older than what we have seen
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from novigem.feed.salesforce.records import Record
from novigem.feed.salesforce.schema import ObjectSchema
from novigem.model.change import Change, ChangeKind, from_micros
from novigem.model.snapshot import RecordState, Snapshot

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class ReadPass(NamedTuple):
    """What a row is read under. `number` grows with each read of the object.

    `feed_start` is when watching began (microseconds since 1970 UTC); `is_fill` is true while the object is read for
    the first time. `since` tells from which read on each field's value in our copies can be trusted.
    """

    number: int
    feed_start: int
    is_fill: bool
    since: Mapping[str, int]


class Comparison(NamedTuple):
    """What a row leads to: changes in order, and the copy to write; None where ours stays as it is."""

    changes: tuple[Change, ...]
    snapshot: Snapshot | None


NOTHING = Comparison((), None)


def compare(record: Record, known: Snapshot | None, reading: ReadPass, schema: ObjectSchema) -> Comparison:
    """Hold a row against our copy of its record."""
    if known is None:
        return _first_seen(record, reading, schema)
    if record.stamp < known.stamp or (record.stamp == known.stamp and reading.number < known.read):
        return NOTHING
    body = _encode(record.values).decode()
    state = _state(record)
    if body == known.values and state == known.state:
        return NOTHING if _is_settled(record, known, reading) else Comparison((), _copy(record, body, known, reading))
    if record.is_deleted and known.state != "live":
        # Nobody edits what is deleted; the org itself may, and a record taken for purged may be in the bin after all.
        return Comparison((), _copy(record, body, known, reading))
    return _different(record, body, known, reading, schema)


def _is_settled(record: Record, known: Snapshot, reading: ReadPass) -> bool:
    if (record.stamp, record.modified) != (known.stamp, known.modified) or known.missing:
        return False
    # Values that were not to be trusted are trusted from this read on.
    return all(since <= known.read for since in reading.since.values()) or known.read == reading.number


def _first_seen(record: Record, reading: ReadPass, schema: ObjectSchema) -> Comparison:
    story = _Story(schema.object, record, 0)
    if record.created >= reading.feed_start:
        # Of a record that was edited before this look, the values it was made with are not known.
        is_edited = record.modified > record.created
        story.tell("create", record.created, record.creator, confidence="exact", as_first_seen=is_edited)
        if is_edited:
            story.tell("update", record.modified, record.modifier, confidence="last_writer", as_first_seen=True)
        if record.is_deleted:
            story.end(record)
    elif reading.is_fill and record.modified >= reading.feed_start and not record.is_deleted:
        # Edited while the first read was under way: that it happened is sure, what was there before is not.
        story.tell("update", record.modified, record.modifier, confidence="last_writer")
    body = _encode(record.values).decode()
    state = _state(record)
    snapshot = Snapshot(record.id, body, story.rev, record.stamp, record.modified, state, reading.number)
    return Comparison(tuple(story.changes), snapshot)


def _different(record: Record, body: str, known: Snapshot, reading: ReadPass, schema: ObjectSchema) -> Comparison:
    story = _Story(schema.object, record, known.rev)
    was = _decode(known.values)
    if known.state != "live":
        story.tell("undelete", record.stamp, record.modifier, new=was, old={}, confidence="last_writer")
    if body != known.values:
        _tell_edit(story, was, known, reading, schema)
    if record.is_deleted:
        story.end(record)
    return Comparison(tuple(story.changes), _copy(record, body, known, reading, story.rev))


def _tell_edit(story: "_Story", was: dict[str, Any], known: Snapshot, reading: ReadPass, schema: ObjectSchema) -> None:
    record, new, since = story.record, story.record.values, reading.since
    # Usually no field has joined the watch, and every one of our values can be trusted.
    trusted = {path: value for path, value in was.items() if since.get(path, 0) <= known.read} if since else was
    differing: dict[str, Any] = {}
    of_parents: dict[str, str] = {}
    # A field that we begin to know with this very row may have changed or not: then nothing is said of old values.
    is_known = True
    for path, _steps, _convert, is_compared, lookup in schema.fields:
        if path not in trusted:
            is_known = is_known and not is_compared
        elif was[path] != new[path]:
            if is_compared:
                differing[path] = was[path]
            elif lookup is not None:
                of_parents[path] = lookup
    if not differing:
        return
    old = differing | {path: was[path] for path, lookup in of_parents.items() if lookup in differing}
    if record.modified == known.modified and record.stamp != known.stamp:
        story.tell("system_update", record.stamp, None, old=old if is_known else None)
    else:
        story.tell("update", record.modified, record.modifier, old=old if is_known else None, confidence="last_writer")


def _state(record: Record) -> RecordState:
    return "deleted" if record.is_deleted else "live"


def _copy(record: Record, body: str, known: Snapshot, reading: ReadPass, rev: int | None = None) -> Snapshot:
    return Snapshot(
        record.id,
        body,
        known.rev if rev is None else rev,
        record.stamp,
        record.modified,
        _state(record),
        reading.number,
    )


class _Story:
    """The changes of one record in order; `rev` numbers them."""

    def __init__(self, name: str, record: Record, rev: int) -> None:
        self._object = name
        self.record = record
        self.rev = rev
        self.changes: list[Change] = []

    def tell(
        self,
        kind: ChangeKind,
        at: int,
        by: str | None,
        *,
        new: dict[str, Any] | None = None,
        old: dict[str, Any] | None = None,
        into: str | None = None,
        confidence: Any = None,
        as_first_seen: bool = False,
    ) -> None:
        """Add a change; it carries the record's values as they are now, unless others are given."""
        self.rev += 1
        self.changes.append(
            Change(
                self._object,
                self.record.id,
                kind,
                from_micros(at),
                self.record.values if new is None else new,
                old,
                by,
                self.rev,
                into,
                confidence if by else None,
                as_first_seen=as_first_seen,
            )
        )

    def end(self, record: Record) -> None:
        """Add the change that ended the record."""
        kind: ChangeKind = "merge" if record.merged_into else "delete"
        self.tell(kind, record.stamp, record.modifier, old={}, into=record.merged_into, confidence="last_writer")
