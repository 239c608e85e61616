"""The sweep: now and then every id of the org is held against ours, and what differs is put right and counted.

In a sound feed nothing needs repair. A record that the org does not show any more may be purged, or only hidden from
us; so it takes two sweeps and a look at the record itself before it counts as gone, and a sweep that misses many
records is held back for a person to judge.
"""

from collections.abc import Generator, Mapping
from itertools import islice
from typing import Any

import msgspec

from novigem.feed.salesforce import soql
from novigem.feed.salesforce.cursor import ObjectCursor
from novigem.feed.salesforce.intake import Intake
from novigem.feed.salesforce.paging import query_pages
from novigem.feed.salesforce.records import is_copy
from novigem.feed.salesforce.values import micros
from novigem.feed.source import Page
from novigem.model.ids import whole_id
from novigem.model.periods import DAY
from novigem.model.snapshot import Snapshot

# Sweeps in a row that must miss a record before it is looked at by itself.
_SWEEPS_TO_MISS = 2


def sweep(intake: Intake, cursor: ObjectCursor) -> Generator[Page, None, ObjectCursor]:
    """Compare all ids, when it is time."""
    now = intake.now()
    if now - cursor.swept_at < intake.options.sweep_days * DAY:
        return cursor
    cursor = msgspec.structs.replace(cursor, read=cursor.read + 1, sweep=cursor.sweep + 1)

    def query(last: Mapping[str, Any] | None) -> str:
        return soql.every_id(intake.schema, whole_id(last["Id"]) if last else "")

    for page in query_pages(intake, query):
        yield from _held_against_ours(intake, cursor, [row for row in page.records if not is_copy(row)])
    missed = yield from _missed(intake, cursor, now)
    # What is missing is asked for again after a day instead of a week.
    again = now - round((intake.options.sweep_days - 1) * DAY) if missed else now
    cursor = msgspec.structs.replace(cursor, swept_at=again)
    yield intake.page((), cursor)
    return cursor


def _held_against_ours(
    intake: Intake, cursor: ObjectCursor, rows: list[Mapping[str, Any]]
) -> Generator[Page, None, None]:
    by_id = {whole_id(row["Id"]): row for row in rows}
    known = intake.memory.snapshots(intake.stream, by_id.keys())
    differing = {one: row for one, row in by_id.items() if _differs(row, known.get(one))}
    seen = set(by_id)
    for part in intake.rows_of(differing):
        page = intake.page(part, cursor, seen=seen)
        intake.tally.repaired += sum(
            1 for copy in page.snapshots if copy.stamp < cursor.covered and copy != known.get(copy.id)
        )
        yield page
    yield intake.page((), cursor, seen=seen)


def _differs(row: Mapping[str, Any], copy: Snapshot | None) -> bool:
    try:
        is_newer = copy is None or micros(row["SystemModstamp"]) > copy.stamp
    except (KeyError, TypeError, ValueError):
        return True  # the whole row is asked for, and put aside if it makes no sense
    if copy is None or is_newer:
        return True
    return copy.state != ("deleted" if row["IsDeleted"] else "live")


def _missed(intake: Intake, cursor: ObjectCursor, now: int) -> Generator[Page, None, int]:
    """Note who was not found, and end those who were missed before and are not there when looked for."""
    count = sum(1 for copy in intake.memory.not_seen(intake.stream, cursor.sweep) if copy.state == "live")
    every = intake.memory.snapshot_count(intake.stream)
    if count > max(1, every * intake.options.purge_share) and not intake.options.allow_purge:
        intake.tally.alarms.append(
            f"{count} of {every} records of {intake.schema.object} are not visible any more: either somebody purged "
            "them, or the sync's user lost sight of them; nothing was taken for deleted"
        )
        return count
    # Their number is small by now; the store is written to between the parts.
    missing = iter(list(intake.memory.not_seen(intake.stream, cursor.sweep)))
    while part := list(islice(missing, soql.IDS_AT_A_TIME)):
        yield _judged(intake, cursor, part, now)
    return count


def _judged(intake: Intake, cursor: ObjectCursor, missing: list[Snapshot], now: int) -> Page:
    due = {copy.id: copy for copy in missing if copy.missing + 1 >= _SWEEPS_TO_MISS}
    rows = [row for part in intake.rows_of(due) for row in part]
    found = {whole_id(row["Id"]) for row in rows}
    gone = [(copy, now) for one, copy in sorted(due.items()) if one not in found]
    page = intake.page(rows, cursor, gone=gone)
    noted = [msgspec.structs.replace(copy, missing=copy.missing + 1) for copy in missing if copy.id not in due]
    return page._replace(snapshots=sorted([*page.snapshots, *noted], key=lambda copy: copy.id))
