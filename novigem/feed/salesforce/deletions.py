"""Deletions: what `/deleted` lists is looked at again, since it may live once more, or be gone without a trace."""

from collections.abc import Generator

import msgspec

from novigem.feed.salesforce import soql
from novigem.feed.salesforce.cursor import ObjectCursor
from novigem.feed.salesforce.intake import Intake
from novigem.feed.salesforce.org import Gone, WindowRefused
from novigem.feed.salesforce.window import replication_window
from novigem.feed.source import Page
from novigem.model.change import to_micros
from novigem.model.ids import whole_id
from novigem.model.periods import DAY, SECOND

# `/deleted` reaches back 15 days; whoever was away for longer compares all ids instead.
_DELETED_DAYS = 14


def read_deletions(intake: Intake, cursor: ObjectCursor) -> Generator[Page, None, ObjectCursor]:
    """Read which records were deleted since the last time."""
    now = intake.now()
    if now - cursor.deletions_at < intake.options.replication_seconds * SECOND:
        return cursor
    reachable = max(cursor.deletions, now - _DELETED_DAYS * DAY)
    window = replication_window(reachable, now)
    if window is None:
        return cursor
    cursor = msgspec.structs.replace(cursor, read=cursor.read + 1, deletions_at=now)
    try:
        answer = intake.org.deleted(intake.schema.object, *window)
    except WindowRefused:
        return _sweep_soon(cursor)
    if reachable > cursor.deletions or answer.earliest > window[0]:
        cursor = _sweep_soon(cursor)
    records = list(answer.records)
    for start in range(0, len(records), soql.IDS_AT_A_TIME):
        yield _looked_at(intake, cursor, records[start : start + soql.IDS_AT_A_TIME])
    cursor = msgspec.structs.replace(cursor, deletions=max(cursor.deletions, min(now, to_micros(answer.covered))))
    yield intake.page((), cursor)
    return cursor


def _looked_at(intake: Intake, cursor: ObjectCursor, listed: list[Gone]) -> Page:
    at = {whole_id(one.id): to_micros(one.at) for one in listed}
    known = intake.memory.snapshots(intake.stream, at.keys())
    alive = {one: copy for one, copy in known.items() if copy.state == "live"}
    rows = [row for part in intake.rows_of(alive) for row in part]
    found = {whole_id(row["Id"]) for row in rows}
    gone = [(copy, at[one]) for one, copy in sorted(alive.items()) if one not in found]
    return intake.page(rows, cursor, gone=gone)


def _sweep_soon(cursor: ObjectCursor) -> ObjectCursor:
    return msgspec.structs.replace(cursor, swept_at=0)
